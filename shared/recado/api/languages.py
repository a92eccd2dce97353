"""In which language a person reads what the API says: Spanish or English, by `Accept-Language`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Language(StrEnum):
    """The languages that people are told of their mistakes in."""

    ENGLISH = "en"
    SPANISH = "es"


def preferred_language(header: str) -> Language:
    """The language that an `Accept-Language` header (RFC 9110, 12.5.4) prefers; else English.

    Every kind of Spanish counts as Spanish. What cannot be read is left out.
    """
    weights: dict[Language, float] = {}
    for part in header.split(","):
        spoken, _, parameters = part.partition(";")
        primary = spoken.strip().casefold().partition("-")[0]
        if primary in Language:
            language = Language(primary)
            weights[language] = max(weights.get(language, 0.0), _weight(parameters))
    # Of two with one weight the first that was named wins.
    best = max(weights, key=weights.__getitem__, default=Language.ENGLISH)
    return best if weights.get(best) else Language.ENGLISH


def language(app: Any) -> Language:
    """The language of who calls, inside a route: of a resolver, or of a router in it."""
    found: Language = app.context["language"]
    return found


def say(message: str, values: Mapping[str, object], language: Language) -> str:
    """A message of ours with its values; in English where it has no other text."""
    if language is Language.SPANISH:
        # Loaded here: most clients are programs, and ask for nothing.
        from recado.api.spanish import spanish

        message = spanish(message)
    return message.format_map(values) if values else message


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().casefold() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
