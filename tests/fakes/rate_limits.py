"""The buckets of API keys in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from recado.domain.rate_limits import Lease, RateLimit, in_microseconds


class FakeRateLimits:
    """Implements `ports.RateLimits`; `error` is raised by every lease while it is set."""

    def __init__(self) -> None:
        self._full_at: dict[str, int] = {}
        self._used: dict[str, datetime] = {}
        self.leases = 0
        self.error: Exception | None = None

    def lease(self, key_id: str, limit: RateLimit, *, now: datetime) -> Lease:
        self.leases += 1
        if self.error is not None:
            raise self.error
        moment = in_microseconds(now)
        full_at = max(self._full_at.get(key_id, 0), moment)
        tokens = min(limit.at_once, limit.available(full_at, moment))
        if not tokens:
            return Lease(tokens=0, wait=limit.seconds_until_one(full_at, moment))
        self._full_at[key_id] = full_at + limit.cost(tokens)
        self._used[key_id] = now
        return Lease(tokens=tokens)

    def last_used(self, key_ids: Collection[str]) -> dict[str, datetime]:
        return {key_id: self._used[key_id] for key_id in key_ids if key_id in self._used}
