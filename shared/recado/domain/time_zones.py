"""Time zones by their names in the IANA database."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

from recado.domain.errors import InvalidValueError

logger = logging.getLogger(__name__)

_NO_ZONE = (ZoneInfoNotFoundError, ValueError, OSError)
"""What `ZoneInfo` raises for a name that is none: the last for a folder of the database."""


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except _NO_ZONE:
        raise InvalidValueError(
            "not a time zone of the IANA database, like America/Guayaquil"
        ) from None
    return name


TimeZone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_known),
    Field(examples=["America/Guayaquil"]),
]
"""The name of a time zone, as a client gives it."""


@cache
def zone_of(name: str) -> tzinfo:
    """The time zone of that name; UTC, and logged, where there is none."""
    try:
        return ZoneInfo(name)
    except _NO_ZONE:
        logger.error("an unknown time zone is taken for UTC", extra={"time_zone": name})
        return UTC
