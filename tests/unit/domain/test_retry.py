"""How long to wait before another attempt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.retry import MAX_RETRIES, MAX_VISIBILITY_SECONDS, RetryPolicy

POLICY = RetryPolicy(max_retries=3, base_seconds=10, cap_seconds=300)
POLICIES = st.builds(
    RetryPolicy,
    max_retries=st.integers(0, MAX_RETRIES),
    base_seconds=st.floats(0.001, 10_000),
    cap_seconds=st.floats(0.001, MAX_VISIBILITY_SECONDS),
)
DRAWS = st.floats(0, 1)


@pytest.mark.parametrize(
    ("tries", "draw", "seconds"),
    [
        (1, 1.0, 20),
        (2, 1.0, 40),
        (3, 1.0, 80),
        (4, 1.0, 160),
        (5, 1.0, 300),
        (1, 0.5, 10),
        (3, 0.25, 20),
        (3, 0.0, 0),
    ],
)
def test_the_wait_doubles_with_every_attempt_up_to_its_cap(
    tries: int, draw: float, seconds: float
) -> None:
    assert POLICY.delay(tries, None, lambda: draw) == seconds


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, 20), (0, 20), (5, 20), (20, 20), (21.5, 21.5), (1000, 1000), (10**9, 43_000)],
)
def test_the_providers_own_wait_wins_where_it_is_longer(
    retry_after: float | None, seconds: float
) -> None:
    assert POLICY.delay(1, retry_after, lambda: 1.0) == seconds


@given(POLICIES, st.integers(1, 11), DRAWS)
def test_the_wait_lies_between_nothing_and_its_ceiling(
    policy: RetryPolicy, tries: int, draw: float
) -> None:
    wait = policy.delay(tries, None, lambda: draw)

    assert 0 <= wait <= min(policy.cap_seconds, policy.base_seconds * 2**tries)


@given(POLICIES, st.integers(1, 11), DRAWS, st.floats(0, 1e12))
def test_the_wait_is_never_shorter_than_asked_nor_longer_than_sqs_can_hold(
    policy: RetryPolicy, tries: int, draw: float, retry_after: float
) -> None:
    wait = policy.delay(tries, retry_after, lambda: draw)

    assert min(retry_after, MAX_VISIBILITY_SECONDS) <= wait <= MAX_VISIBILITY_SECONDS


@given(POLICIES, st.integers(1, 11), DRAWS, DRAWS)
def test_a_larger_draw_never_shortens_the_wait(
    policy: RetryPolicy, tries: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))

    assert policy.delay(tries, None, lambda: low) <= policy.delay(tries, None, lambda: high)


@pytest.mark.parametrize("max_retries", [0, 1, MAX_RETRIES])
def test_a_policy_allows_its_retries_after_the_first_attempt(max_retries: int) -> None:
    policy = RetryPolicy(max_retries=max_retries)

    allowed = [tries for tries in range(1, 20) if not policy.exhausted(tries)]

    assert allowed == list(range(1, max_retries + 1))


@pytest.mark.parametrize(
    "fields",
    [
        {"max_retries": -1},
        {"max_retries": MAX_RETRIES + 1},
        {"base_seconds": 0},
        {"cap_seconds": 0},
        {"cap_seconds": 43_001},
    ],
)
def test_a_policy_that_sqs_cannot_hold_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        RetryPolicy.model_validate(fields)
