"""What every implementation of `ports.RateLimits` must do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.rate_limits import RateLimit
from recado.ports.rate_limits import RateLimits
from tests.fakes.clock import NOON

LIMIT = RateLimit(most=10, burst=20)
SECOND = timedelta(seconds=1)


def drained(limits: RateLimits, limit: RateLimit = LIMIT, *, key_id: str = "k") -> int:
    """Lease at noon until there is nothing left; gives how many tokens there were."""
    total = 0
    while tokens := limits.lease(key_id, limit, now=NOON).tokens:
        total += tokens
    return total


class RateLimitsContract:
    def test_a_rested_bucket_gives_its_burst_in_leases(self, limits: RateLimits) -> None:
        assert limits.lease("k", LIMIT, now=NOON).tokens == LIMIT.at_once
        assert LIMIT.at_once + drained(limits) == LIMIT.burst

    def test_an_empty_bucket_says_when_it_has_a_token(self, limits: RateLimits) -> None:
        drained(limits)

        lease = limits.lease("k", LIMIT, now=NOON)

        assert (lease.tokens, lease.wait) == (0, 0.1)
        assert limits.lease("k", LIMIT, now=NOON + timedelta(seconds=lease.wait)).tokens == 1

    def test_time_refills_a_bucket_up_to_its_burst(self, limits: RateLimits) -> None:
        drained(limits)

        assert limits.lease("k", LIMIT, now=NOON + SECOND * 0.3).tokens == 3
        later = NOON + SECOND * 3600
        tokens = [limits.lease("k", LIMIT, now=later).tokens for _ in range(5)]
        assert tokens == [5, 5, 5, 5, 0]

    def test_a_lease_takes_what_is_left(self, limits: RateLimits) -> None:
        small = RateLimit(most=1, burst=2)

        assert limits.lease("k", small, now=NOON).tokens == small.burst == 2

    def test_keys_have_buckets_of_their_own(self, limits: RateLimits) -> None:
        drained(limits)

        assert limits.lease("other", LIMIT, now=NOON).tokens == LIMIT.at_once

    @pytest.mark.parametrize("seconds", [0.05, 5])
    def test_a_clock_that_is_behind_takes_no_more(self, limits: RateLimits, seconds: float) -> None:
        drained(limits)

        assert limits.lease("k", LIMIT, now=NOON - SECOND * seconds).tokens == 0

    def test_a_lease_says_when_a_key_was_used(self, limits: RateLimits) -> None:
        limits.lease("k", LIMIT, now=NOON)
        limits.lease("k", LIMIT, now=NOON + SECOND)

        assert limits.last_used(["k", "never", "k"]) == {"k": NOON + SECOND}

    def test_a_refusal_is_no_use(self, limits: RateLimits) -> None:
        drained(limits)
        limits.lease("k", LIMIT, now=NOON + SECOND * 0.01)

        assert limits.last_used(["k"]) == {"k": NOON}

    def test_of_no_key_nothing_is_known(self, limits: RateLimits) -> None:
        assert limits.last_used([]) == {}
