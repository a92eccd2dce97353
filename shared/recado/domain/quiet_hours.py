"""Hours in which people are not written to, by the clock on their own wall."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Self

from pydantic import model_validator

from recado.domain.model import Model
from recado.domain.wall_clock import at_wall_clock


class QuietHours(Model):
    """From `begin` to `end`, over midnight where `end` is the earlier one."""

    begin: time
    end: time

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begin == self.end:
            raise ValueError("quiet hours begin and end at the same time")
        return self

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours end that are on at a moment; None when none are."""
        local = now.astimezone(zone)
        # The ones that began yesterday may last until today.
        for day in (local.date() - timedelta(days=1), local.date()):
            begins = at_wall_clock(day, self.begin, zone)
            last = day if self.begin < self.end else day + timedelta(days=1)
            ends = at_wall_clock(last, self.end, zone)
            if begins <= now < ends:
                return ends
        return None
