"""When a tenant's team is alerted."""

from __future__ import annotations

from pydantic import Field

from recado.domain.model import Model


class AlertRules(Model):
    """The limits at which conditions begin.

    Parameters
    ----------
    failed_in_24_hours
        More failed notifications than this are too many.
    failed_share, failed_share_of
        Or this share of the last 24 hours' notifications, where there were so many at least: for
        tenants of whom ten failures would be half a day.
    expiry_days
        How many days before a token expires its renewal is asked for.
    """

    failed_in_24_hours: int = Field(default=10, ge=0)
    failed_share: float = Field(default=0.25, gt=0, le=1)
    failed_share_of: int = Field(default=8, ge=1)
    expiry_days: int = Field(default=7, ge=1, le=90)
