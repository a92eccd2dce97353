"""How often API keys ask, as services see it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from recado.domain.rate_limits import Lease, RateLimit


class RateLimits(Protocol):
    """The buckets of all keys, which all containers share."""

    def lease(self, key_id: str, limit: RateLimit, *, now: datetime) -> Lease:
        """Take `limit.at_once` tokens of a key's bucket, or as many as there are.

        With any token the key counts as used now.
        """
        ...

    def last_used(self, key_ids: Collection[str]) -> dict[str, datetime]:
        """When keys were last used, to within some seconds; those never used are left out."""
        ...
