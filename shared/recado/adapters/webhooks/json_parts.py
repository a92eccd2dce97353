"""Parts of a provider's JSON, read without trust in its shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MILLISECONDS_FROM = 10**11
"""A time over this is in milliseconds: in seconds it would be the year 5138."""

MAX_ID_CHARACTERS = 512
"""Ids become keys in DynamoDB, whose limit is 1,024 bytes; all known ones are under 200."""

type Json = Mapping[str, Any]


class UnreadableError(Exception):
    """A part that is not what its place says."""


def as_object(value: object) -> Json:
    """A value that must be an object."""
    if not isinstance(value, dict):
        raise UnreadableError
    return value


def part(value: Json, name: str) -> Json:
    """An object inside another; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def elements(value: Json, name: str) -> list[object]:
    """A list inside an object; a single thing in its place is a list of it."""
    found = value.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def text_of(value: object) -> str | None:
    """A text, None where there is none. Half of a cut emoji is no Unicode: it becomes "?"."""
    return value.encode(errors="replace").decode() if isinstance(value, str) and value else None


def required(value: Json, name: str) -> str:
    """A text that must be there."""
    text = text_of(value.get(name))
    if text is None:
        raise UnreadableError
    return text


def required_id(value: Json, name: str) -> str:
    """An id that must be there, short enough for a key."""
    text = required(value, name)
    if len(text) > MAX_ID_CHARACTERS:
        raise UnreadableError
    return text


def moment(value: object, *, otherwise: datetime) -> datetime:
    """A time in seconds or milliseconds, as a number or its digits."""
    try:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number <= 0:
            return otherwise
        seconds = number / 1000 if number > MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise
