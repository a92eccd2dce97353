"""Which account of several carries a message, and how weights move away from one and back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.account_performance import MinuteCounts
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.weights import (
    CHANGES_KEPT,
    STEPS,
    AccountWeight,
    WeightReason,
    at_rest,
    choose,
    current_weights,
    draw,
    draw_other,
    judge,
    sharing,
)
from tests.fakes.clock import NOON

MINUTE = timedelta(minutes=1)
PHONE = Address(channel=Channel.WHATSAPP, value="+593991234567")
CHAT = Address(channel=Channel.TELEGRAM, value="4711")


def account(account_id: str, **changes: object) -> ChannelAccount:
    fields = {"tenant_id": "t", "account_id": account_id, "provider": Provider.TWILIO_SMS}
    return ChannelAccount.model_validate({**fields, **changes})


A, B, C = account("a"), account("b"), account("c")


def minute(ago: int, tries: int, *, failures: int = 0, slow: int = 0) -> MinuteCounts:
    return MinuteCounts(minute=NOON - ago * MINUTE, tries=tries, failures=failures, slow=slow)


def away(each: ChannelAccount, steps: int, *, lowered: int) -> AccountWeight:
    """An account's weight that was lowered step by step, the last time so many minutes ago."""
    weight = at_rest(each)
    for step in range(steps):
        at = NOON - (lowered + steps - 1 - step) * MINUTE
        weight = weight.lowered(each.weight, at, WeightReason.ERRORS, "")
    return weight


def moves(
    counts: Mapping[str, Sequence[MinuteCounts]],
    stored: Sequence[AccountWeight] = (),
    *,
    group: Sequence[ChannelAccount] = (A, B),
    now: datetime = NOON,
) -> dict[str, tuple[float, WeightReason]]:
    changed = judge(group, {weight.account_id: weight for weight in stored}, counts, now)
    rests = {each.account_id: each.weight for each in group}
    return {
        weight.account_id: (
            weight.current(rests[weight.account_id]),
            weight.changes[-1].reason,
        )
        for weight in changed
    }


# Who shares


def test_enabled_accounts_of_one_channel_and_priority_share_its_messages() -> None:
    others = [
        account("later", priority=2),
        account("off", enabled=False),
        account("standby", weight=0),
        account("mail", provider=Provider.SES),
    ]

    assert sharing([B, *others, A]) == [[A, B]]


def test_who_is_alone_shares_nothing() -> None:
    assert sharing([A, account("mail", provider=Provider.SES), account("b", priority=2)]) == []


# Draws


def test_draws_follow_the_weights() -> None:
    weights = {"a": 60.0, "b": 30.0, "c": 10.0}
    rng = random.Random(7)  # noqa: S311

    drawn = Counter(draw([A, B, C], weights, rng.random()).account_id for _ in range(10_000))

    chi_square = sum(
        (drawn[name] - 100 * weight) ** 2 / (100 * weight) for name, weight in weights.items()
    )
    assert chi_square < 13.8  # two degrees of freedom: one run in a thousand is farther off


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=5),
    st.floats(0, 1),
)
def test_a_draw_takes_the_lowest_priority_number_that_has_weight(
    places: list[tuple[int, int]], number: float
) -> None:
    accounts = [
        account(str(position), priority=priority) for position, (priority, _) in enumerate(places)
    ]
    weights = {str(position): float(weight) for position, (_, weight) in enumerate(places)}

    drawn = draw(accounts, weights, number)

    weighty = [each for each in accounts if weights[each.account_id]]
    assert drawn in (weighty or accounts)
    assert drawn.priority == min(each.priority for each in weighty or accounts)


@pytest.mark.parametrize("number", [0, 0.5, 1])
def test_who_rests_at_nothing_gets_no_message_of_its_own(number: float) -> None:
    assert draw([A, account("standby", weight=0)], {"a": 20.0, "standby": 0.0}, number) is A


def test_what_one_could_not_take_goes_to_the_standby_before_the_next_priority() -> None:
    standby, later = account("standby", weight=0), account("later", priority=2)

    assert draw_other([standby, later], {"standby": 0.0, "later": 100.0}, 0.5) is standby


def test_what_one_could_not_take_goes_last_to_who_lost_all_weight() -> None:
    later = account("later", priority=2)

    assert draw_other([A, later], {"a": 0.0, "later": 100.0}, 0.0) is later
    assert draw_other([A], {"a": 0.0}, 0.0) is A


# Choices


def chosen(
    accounts: Sequence[ChannelAccount],
    *,
    address: Address = PHONE,
    heard: Mapping[str, datetime] | None = None,
    carries: Callable[[ChannelAccount], bool] = lambda _: True,
    number: float = 0.0,
) -> ChannelAccount:
    return choose(
        accounts,
        address=address,
        heard=heard or {},
        moment=NOON,
        carries=carries,
        weights=current_weights(accounts, {}),
        number=number,
    )


def test_who_wrote_lately_is_answered_by_the_account_that_heard_it() -> None:
    heard = {"a": NOON - timedelta(hours=23), "b": NOON - timedelta(hours=2)}

    assert chosen([A, B, C], heard=heard) is B


def test_after_a_day_any_account_may_write() -> None:
    heard = {"b": NOON - timedelta(hours=23, minutes=55)}

    assert chosen([A, B], heard=heard) is A


def test_an_account_that_cannot_send_the_message_is_not_drawn() -> None:
    assert chosen([A, B], carries=lambda each: each is B) is B
    assert chosen([A, B], carries=lambda _: False) is A


def test_a_name_that_one_account_gave_stays_with_it() -> None:
    heard = {"b": NOON - timedelta(days=90)}

    assert chosen([A, B], address=CHAT, heard=heard, number=0.0) is B
    assert chosen([A, B], address=CHAT, number=0.9) is A


# Moving away


def test_more_than_fifty_errors_in_a_minute_move_a_step_away() -> None:
    busy = {"b": [minute(1, 5_000)]}

    assert moves({"a": [minute(1, 5_000, failures=51)], **busy}) == {"a": (80, WeightReason.ERRORS)}
    assert moves({"a": [minute(1, 5_000, failures=50)], **busy}) == {}


def test_of_few_tries_the_share_that_failed_counts() -> None:
    day = [minute(ago, 1) for ago in (240, 300, 360)]
    failing = [minute(ago, 1, failures=1) for ago in (20, 80, 150)]

    assert moves({"a": [*failing, *day]}) == {"a": (80, WeightReason.ERRORS)}
    assert moves({"a": [*failing[:2], *day]}) == {}
    many = [minute(ago, 1) for ago in range(30, 200)]
    assert moves({"a": [minute(1, 2, failures=2), minute(2, 1, failures=1), *many]}) == {
        "a": (80, WeightReason.ERRORS)
    }
    assert moves({"a": [minute(1, 20, failures=3), *many]}) == {}


def test_what_happened_a_day_ago_is_forgotten() -> None:
    assert moves({"a": [minute(24 * 60 + 1, 5, failures=5)]}) == {}


def test_slow_calls_move_a_step_away_every_five_minutes() -> None:
    slow = {"a": [minute(ago, 20, slow=3) for ago in range(1, 16)]}

    assert moves(slow) == {"a": (80, WeightReason.SLOW)}
    assert moves(slow, [away(A, 1, lowered=4)]) == {}
    assert moves(slow, [away(A, 1, lowered=5)]) == {"a": (60, WeightReason.SLOW)}
    assert moves({"a": [minute(ago, 20, slow=2) for ago in range(1, 16)]}) == {}


@pytest.mark.parametrize(
    "counts", [minute(1, 20, slow=20), minute(1, 20, failures=20), minute(1, 900, failures=60)]
)
def test_where_all_do_badly_nothing_moves(counts: MinuteCounts) -> None:
    assert moves({"a": [counts], "b": [counts]}) == {}


def test_nothing_moves_to_who_has_no_weight() -> None:
    assert moves({"a": [minute(1, 20, failures=20)]}, [away(B, STEPS, lowered=3)]) == {}


def test_the_same_failures_move_only_once() -> None:
    failures = {"a": [minute(30, 3, failures=3)]}

    assert moves(failures) == {"a": (80, WeightReason.ERRORS)}
    assert moves(failures, [away(A, 1, lowered=10)]) == {}


def test_a_reason_tells_the_numbers() -> None:
    [weight] = judge([A, B], {}, {"a": [minute(1, 12, failures=9)]}, NOON)

    assert weight.changes[-1].detail == "9 of the latest 12 tries failed"
    assert (weight.changes[-1].before, weight.changes[-1].after) == (100, 80)


# Drifting back


def test_who_was_left_alone_for_a_quarter_of_an_hour_gets_a_step_back_every_five_minutes() -> None:
    lowered = away(A, 3, lowered=15)

    assert moves({}, [away(A, 3, lowered=14)]) == {}
    assert moves({}, [lowered]) == {"a": (60, WeightReason.RECOVERING)}
    raised = lowered.raised(A.weight, NOON)
    assert moves({}, [raised], now=NOON + 4 * MINUTE) == {}
    assert moves({}, [raised], now=NOON + 5 * MINUTE) == {"a": (80, WeightReason.RECOVERING)}


def test_who_still_fails_gets_nothing_back() -> None:
    failing = {"a": [minute(2, 5, failures=5)]}

    assert moves(failing, [away(A, STEPS, lowered=20)]) == {}


def test_the_latest_changes_are_kept() -> None:
    weight = away(A, 1, lowered=500)
    for number in range(30):
        weight = weight.raised(100, NOON).lowered(100, NOON, WeightReason.SLOW, str(number))

    assert len(weight.changes) == CHANGES_KEPT
    assert weight.changes[-1].detail == "29"


# Properties

COUNTS = st.builds(
    lambda tries, failed, slow: (tries, round(tries * failed), round(tries * slow)),
    st.integers(0, 300),
    st.floats(0, 1),
    st.floats(0, 1),
)
RESTS = st.lists(st.integers(1, 1000), min_size=2, max_size=4)


class Shop:
    """Accounts of one channel that are judged every minute."""

    def __init__(self, rests: Sequence[int]) -> None:
        self.accounts = [account(str(position), weight=rest) for position, rest in enumerate(rests)]
        self.stored: dict[str, AccountWeight] = {}
        self.counts: dict[str, list[MinuteCounts]] = {a.account_id: [] for a in self.accounts}
        self.now = NOON

    def pass_a_minute(self, counts: Sequence[tuple[int, int, int]]) -> list[AccountWeight]:
        for each, (tries, failures, slow) in zip(self.accounts, counts, strict=False):
            if tries:
                latest = MinuteCounts(minute=self.now, tries=tries, failures=failures, slow=slow)
                self.counts[each.account_id].insert(0, latest)
        self.now += MINUTE
        changed = judge(self.accounts, self.stored, self.counts, self.now)
        self.stored |= {weight.account_id: weight for weight in changed}
        return changed

    def weights(self) -> dict[str, float]:
        return current_weights(self.accounts, self.stored)


@given(RESTS, st.lists(st.lists(COUNTS, min_size=4, max_size=4), max_size=40))
def test_weights_stay_between_nothing_and_rest_and_never_all_vanish(
    rests: list[int], minutes: list[list[tuple[int, int, int]]]
) -> None:
    shop = Shop(rests)

    for counts in minutes:
        shop.pass_a_minute(counts)

        weights = shop.weights()
        assert all(0 <= weights[a.account_id] <= a.weight for a in shop.accounts)
        assert sum(weights.values()) > 0


@given(RESTS, st.lists(st.lists(COUNTS, min_size=4, max_size=4), max_size=20))
def test_a_minute_that_is_judged_twice_changes_nothing_more(
    rests: list[int], minutes: list[list[tuple[int, int, int]]]
) -> None:
    shop = Shop(rests)

    for counts in minutes:
        changed = shop.pass_a_minute(counts)

        again = judge(shop.accounts, shop.stored, shop.counts, shop.now)
        assert again == []
        assert len({weight.account_id for weight in changed}) == len(changed)


@given(RESTS, st.lists(st.lists(COUNTS, min_size=4, max_size=4), max_size=20))
def test_without_new_failures_every_weight_drifts_back_to_rest(
    rests: list[int], minutes: list[list[tuple[int, int, int]]]
) -> None:
    shop = Shop(rests)
    for counts in minutes:
        shop.pass_a_minute(counts)

    for _ in range(15 + 5 * STEPS):
        shop.pass_a_minute([])

    assert shop.weights() == {a.account_id: a.weight for a in shop.accounts}


@given(RESTS, st.integers(1, 300), st.booleans(), st.integers(1, 40))
def test_where_all_are_slow_or_fail_alike_weights_stay_at_rest(
    rests: list[int], tries: int, fails: bool, minutes: int
) -> None:
    shop = Shop(rests)

    for _ in range(minutes):
        counts = (tries, tries, 0) if fails else (tries, 0, tries)
        shop.pass_a_minute([counts] * len(rests))

    assert shop.weights() == {a.account_id: a.weight for a in shop.accounts}


@pytest.mark.parametrize("messages", [10, 60, 600])
def test_in_an_outage_the_messages_move_within_minutes_and_come_back(messages: int) -> None:
    shop, rng = Shop([100, 100]), random.Random(3)  # noqa: S311
    shares = []

    for passed in range(120):
        is_out = 20 <= passed < 50
        weights = shop.weights()
        drawn = Counter(
            draw(shop.accounts, weights, rng.random()).account_id for _ in range(messages)
        )
        shares.append(weights["0"] / sum(weights.values()))
        shop.pass_a_minute([(drawn["0"], drawn["0"] if is_out else 0, 0), (drawn["1"], 0, 0)])

    assert set(shares[:20]) == {0.5}
    assert shares[27] == 0
    assert sum(shares[27:50]) / 23 < 0.1
    assert shares[-1] == 0.5
