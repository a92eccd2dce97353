"""How languages are written, so that what people and systems write finds its templates."""

from __future__ import annotations

SCRIPT_LETTERS = 4


def normal_locale(locale: str) -> str:
    """A locale as RFC 5646 writes it: `es_co` is `es-CO`, `ZH-hant-tw` is `zh-Hant-TW`."""
    language, *others = locale.replace("_", "-").split("-")
    return "-".join([language.lower(), *map(_normal_part, others)])


def _normal_part(part: str) -> str:
    if len(part) < SCRIPT_LETTERS:
        return part.upper()
    return part.title() if len(part) == SCRIPT_LETTERS and part.isalpha() else part.lower()
