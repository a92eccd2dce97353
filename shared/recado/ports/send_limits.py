"""How fast accounts send and how much people get, as services see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, Protocol

from recado.domain.directory import Address
from recado.domain.rate_limits import RateLimit
from recado.domain.send_limits import Turns


class BucketName(NamedTuple):
    """Whose bucket: an account's, or that of an account for one address."""

    tenant_id: str
    account_id: str
    address: Address | None = None


class SendLimits(Protocol):
    """The buckets of all accounts, which all workers share, and what people got today."""

    def take(
        self, name: BucketName, limit: RateLimit, *, turns: int, newcomers: int, now: datetime
    ) -> Turns:
        """Take tokens for messages whose turn it is and for newcomers, by one write for all."""
        ...

    def count_for_person(
        self, tenant_id: str, recipient_id: str, day: date, notification_id: str, *, most: int
    ) -> bool:
        """Count a notification among those that a person gets on a day.

        False when the person has `most` others already. Counting one twice changes nothing.
        """
        ...
