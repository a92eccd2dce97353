"""When a tenant's team is alerted."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from pydantic import Field

from recado.domain.model import Model
from recado.domain.quiet_hours import QuietHours


class AlertRules(Model):
    """The limits at which conditions begin, and the hours in which most of them are told.

    Parameters
    ----------
    failed_in_24_hours
        More failed notifications than this are too many.
    failed_share, failed_share_of
        Or this share of the last 24 hours' notifications, where there were so many at least: for
        tenants of whom ten failures would be half a day.
    expiry_days
        How many days before a token expires its renewal is asked for.
    down_minutes
        How long an account must be out before that is told.
    told_from, told_until
        Between these times of the tenant's clock the team is told; what is urgent is told at any
        time, and all of it is where both are the same.
    """

    failed_in_24_hours: int = Field(default=10, ge=0)
    failed_share: float = Field(default=0.25, gt=0, le=1)
    failed_share_of: int = Field(default=8, ge=1)
    expiry_days: int = Field(default=7, ge=1, le=90)
    down_minutes: int = Field(default=10, ge=0, le=24 * 60)
    told_from: time = time(7)
    told_until: time = time(21)

    def keeps_quiet(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether only what is urgent is told at a moment."""
        if self.told_from == self.told_until:
            return False
        night = QuietHours(begin=self.told_until, end=self.told_from)
        return night.until(now, zone) is not None
