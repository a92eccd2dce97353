"""Let no API key ask more often than it may."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.domain.api_keys import ApiKey
from recado.domain.errors import TooManyRequestsError, without_message
from recado.domain.rate_limits import Lease
from recado.ports.clock import Clock
from recado.ports.rate_limits import RateLimits

logger = logging.getLogger(__name__)

LEASED = timedelta(seconds=10)
"""How long a container may spend the tokens that it took. Longer, and a burst could be made of old
ones; shorter, and a key whose few requests go to many containers would lose most of them."""

MOST_HELD = 5_000


@dataclass
class _Held:
    """What is left of a container's lease for a key."""

    tokens: int
    until: datetime


class LimitRequests:
    """A container's share of the keys' buckets.

    It takes some tokens at once and spends them on its own, so that not every request costs a
    write. In any T seconds all N containers together let pass at most `burst + per_second * T`
    requests of a key and what had been taken before and not been spent: `N * at_once`, and no more
    than `burst + per_second * 10`.
    """

    def __init__(self, *, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._held: dict[str, _Held] = {}

    def __call__(self, key: ApiKey) -> None:
        """Let a request of a key pass.

        Also when the buckets cannot be reached: then nobody is limited, and a log tells.

        Raises
        ------
        TooManyRequestsError
            The key has asked too often.
        """
        now = self._clock.now()
        held = self._held.get(key.key_id)
        if held is None or now >= held.until:
            held = self._hold(key, now)
        elif not held.tokens:
            self._refuse(held, now)
        held.tokens -= 1
        if not held.tokens:
            del self._held[key.key_id]

    def _hold(self, key: ApiKey, now: datetime) -> _Held:
        lease = self._lease(key, now)
        kept_for = LEASED if lease.tokens else timedelta(seconds=lease.wait)
        held = _Held(tokens=lease.tokens, until=now + kept_for)
        if len(self._held) >= MOST_HELD:
            self._held.clear()
        self._held[key.key_id] = held
        if not held.tokens:
            self._refuse(held, now)
        return held

    def _lease(self, key: ApiKey, now: datetime) -> Lease:
        try:
            return self._limits.lease(key.key_id, key.rate_limit, now=now)
        except Exception as error:
            logger.error("requests pass without a limit", extra=without_message(error))
            # Many at once: each further look at a store that fails may take until its time-out.
            return Lease(tokens=key.rate_limit.burst)

    def _refuse(self, held: _Held, now: datetime) -> None:
        wait = (held.until - now).total_seconds()
        raise TooManyRequestsError(retry_after=max(1, math.ceil(wait)))
