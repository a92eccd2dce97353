"""The moment at which a clock on the wall shows a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo


def at_wall_clock(day: date, wall_time: time, zone: tzinfo) -> datetime:
    """When a day's clock shows a time, in UTC.

    An hour that comes twice means its first coming. One that is left out, because the clock is
    put forward, means as long after the change as it would have been without it: 02:30 is then
    03:30.
    """
    return datetime.combine(day, wall_time.replace(fold=0), tzinfo=zone).astimezone(UTC)
