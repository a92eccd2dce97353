"""Cursors: opaque to clients, they name where the next page begins."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from recado.domain.errors import UnprocessableError


def to_cursor(position: tuple[str, ...] | None) -> str | None:
    """The cursor that leads to what comes after a position; None at the end."""
    if position is None:
        return None
    return urlsafe_b64encode(json.dumps(position).encode()).rstrip(b"=").decode()


def from_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    """The position that a cursor names.

    Raises
    ------
    UnprocessableError
        It is none of ours.
    """
    if cursor is None:
        return None
    try:
        position = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        position = None
    if not (
        isinstance(position, list)
        and len(position) == parts
        and all(isinstance(part, str) and _is_text(part) for part in position)
    ):
        raise UnprocessableError("this cursor is none that a page gave", field="cursor")
    return tuple(position)


def _is_text(part: str) -> bool:
    """Half a surrogate pair is none: no store takes it."""
    return not any("\ud800" <= character <= "\udfff" for character in part)
