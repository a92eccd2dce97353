"""Rate limits of API keys over many containers."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.api_keys import ApiKey, new_key
from recado.domain.errors import TooManyRequestsError
from recado.domain.notification import Mode
from recado.services.limit_requests import LEASED, LimitRequests
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.rate_limits import FakeRateLimits


def a_key(requests_per_second: int | None = None) -> ApiKey:
    key, _ = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name="x",
        now=NOON,
        requests_per_second=requests_per_second,
    )
    return key


def passes(limit: LimitRequests, key: ApiKey) -> bool:
    try:
        limit(key)
    except TooManyRequestsError:
        return False
    return True


def test_a_key_may_ask_a_hundred_times_at_once_and_fifty_times_a_second() -> None:
    clock, key = FakeClock(), a_key()
    limit = LimitRequests(limits=FakeRateLimits(), clock=clock)

    assert sum(passes(limit, key) for _ in range(200)) == 100
    clock.advance(seconds=1)
    assert sum(passes(limit, key) for _ in range(200)) == 50


def test_a_key_has_the_limit_that_it_was_given() -> None:
    clock, key = FakeClock(), a_key(2)
    limit = LimitRequests(limits=FakeRateLimits(), clock=clock)

    assert sum(passes(limit, key) for _ in range(10)) == 4


def test_not_every_request_costs_a_write() -> None:
    clock, limits, key = FakeClock(), FakeRateLimits(), a_key()
    limit = LimitRequests(limits=limits, clock=clock)

    for _ in range(20):
        limit(key)
        clock.advance(seconds=1)

    assert limits.leases == 4


def test_who_asks_too_often_is_told_when_to_come_back_without_a_look_at_the_store() -> None:
    clock, limits, key = FakeClock(), FakeRateLimits(), a_key(1)
    limit = LimitRequests(limits=limits, clock=clock)
    while passes(limit, key):
        pass
    asked = limits.leases

    with pytest.raises(TooManyRequestsError) as refused:
        limit(key)

    assert refused.value.retry_after == 1
    assert limits.leases == asked
    clock.advance(seconds=refused.value.retry_after)
    limit(key)


def test_keys_do_not_take_from_each_other() -> None:
    limit = LimitRequests(limits=FakeRateLimits(), clock=FakeClock())
    greedy = a_key(1)
    while passes(limit, greedy):
        pass

    assert passes(limit, a_key(1))


def test_requests_pass_while_the_store_fails_and_it_is_not_asked_for_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = FakeRateLimits()
    limits.error = ConnectionError("the store's own words")
    limit = LimitRequests(limits=limits, clock=FakeClock())
    key = a_key()

    with caplog.at_level(logging.ERROR):
        assert all(passes(limit, key) for _ in range(500))

    assert limits.leases == 5
    assert "requests pass without a limit" in caplog.text
    assert "the store's own words" not in caplog.text


def test_tokens_that_were_not_spent_in_time_are_lost() -> None:
    clock, limits, key = FakeClock(), FakeRateLimits(), a_key()
    limit = LimitRequests(limits=limits, clock=clock)
    limit(key)
    clock.advance(seconds=LEASED.total_seconds())
    limit(key)

    assert limits.leases == 2


@st.composite
def _traffic(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Who asks how often after how many milliseconds: container, requests, pause."""
    asks = st.tuples(
        st.integers(0, 3), st.integers(1, 40), st.sampled_from([0, 1, 20, 100, 900, 5_000, 11_000])
    )
    return draw(st.lists(asks, min_size=1, max_size=40))


@settings(deadline=None)
@given(traffic=_traffic(), rate=st.integers(1, 60))
def test_all_containers_together_stay_within_the_bound_over_every_interval(
    traffic: list[tuple[int, int, int]], rate: int
) -> None:
    clock, limits, key = FakeClock(), FakeRateLimits(), a_key(rate)
    containers = [LimitRequests(limits=limits, clock=clock) for _ in range(4)]
    passed: list[datetime] = []
    for container, requests, pause in traffic:
        clock.advance(milliseconds=pause)
        passed += [clock.now() for _ in range(requests) if passes(containers[container], key)]

    taken_before = min(
        len(containers) * key.rate_limit.at_once,
        key.rate_limit.burst + rate * LEASED.total_seconds(),
    )
    # Over every interval at once: how many passed beyond the rate since the best beginning.
    fewest = 0.0
    for number, moment in enumerate(passed):
        at_rate = rate * (moment - NOON).total_seconds()
        fewest = min(fewest, number - at_rate) if number else -at_rate
        assert number + 1 - at_rate - fewest <= key.rate_limit.burst + taken_before


@settings(deadline=None)
@given(rate=st.integers(1, 60), containers=st.integers(1, 4))
def test_a_key_that_keeps_to_its_rate_is_not_refused(rate: int, containers: int) -> None:
    clock, limits, key = FakeClock(), FakeRateLimits(), a_key(rate)
    each = [LimitRequests(limits=limits, clock=clock) for _ in range(containers)]

    # Half its rate, whichever container the requests come to in turn.
    for number in range(100):
        assert passes(each[number % containers], key)
        clock.advance(seconds=2 / rate)
    assert limits.last_used([key.key_id])[key.key_id] >= clock.now() - LEASED - timedelta(
        seconds=2 / rate
    )
