"""Limits of accounts, people and budgets, for a batch and over simulated hours."""

from __future__ import annotations

import heapq
import logging
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.channels import Channel, ChannelAccount, Provider, SendLimits
from recado.domain.delivery import Conclusion
from recado.domain.directory import Address
from recado.domain.notification import CommunicationDetails, MessageType, Mode, State
from recado.domain.orchestration import Target
from recado.domain.rate_limits import RateLimit
from recado.domain.send_limits import LATEST_TURN, LIMITS_OF, LONGEST_LINE, Turns
from recado.domain.tenants import Tenant
from recado.ports.send_limits import BucketName
from recado.services.hold_to_limits import Held, HoldToLimits, Outgoing
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.send_limits import FakeSendLimits, FakeSpendingLedger
from tests.unit.domain.notifications import STEPS, new_notification
from tests.workshop import TENANT

WHATSAPP = ChannelAccount(tenant_id="andinos", account_id="wa", provider=Provider.WHATSAPP_CLOUD)
MAIL = ChannelAccount(tenant_id="andinos", account_id="mail", provider=Provider.SES)
MONTH = "2026-03"


def limited(most: int, seconds: int = 1, **more: int) -> ChannelAccount:
    """A WhatsApp account of so many messages in so many seconds, whomever to."""
    fast = RateLimit(most=10_000)
    limit = RateLimit(most=most, seconds=seconds, **more)
    return WHATSAPP.model_copy(update={"limits": SendLimits(account=limit, recipient=fast)})


def outgoing(
    number: int = 0,
    *,
    account: ChannelAccount = WHATSAPP,
    tenant: Tenant = TENANT,
    phone: str | None = None,
    **changes: object,
) -> Outgoing:
    """A queued notification to a person of its own."""
    address = Address(channel=Channel.WHATSAPP, value=phone or f"+5939{number:08}")
    step = STEPS[0] if account.channel is Channel.WHATSAPP else STEPS[1]
    route = (
        step.model_copy(update={"account_id": account.account_id, "address": address}),
        STEPS[1],
    )
    notification = new_notification().queued(NOON)
    own = {"notification_id": f"ntf_{number}", "tenant_id": tenant.tenant_id, "route": route}
    return Outgoing(notification.model_copy(update={**own, **changes}), tenant, account)


@dataclass
class Desk:
    """The limits over fakes."""

    clock: FakeClock = field(default_factory=FakeClock)
    limits: FakeSendLimits = field(default_factory=FakeSendLimits)
    spending: FakeSpendingLedger = field(default_factory=FakeSpendingLedger)
    draw: Callable[[], float] = lambda: 0.5

    def __post_init__(self) -> None:
        self.hold = HoldToLimits(
            limits=self.limits, spending=self.spending, clock=self.clock, draw=self.draw
        )

    def go(self, batch: Sequence[Outgoing]) -> list[str]:
        """The ids of those that may go now."""
        held = self.hold(batch)
        return [each.its_id for each in batch if each.its_id not in held.concluded]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def only(conclusions: Mapping[str, Conclusion]) -> Conclusion:
    [conclusion] = conclusions.values()
    return conclusion


def after(outgoing: Outgoing, held: Held) -> Outgoing:
    """A message as it comes back from its queue."""
    notification = held.concluded[outgoing.its_id].change.notification
    return Outgoing(notification.stored_again(), outgoing.tenant, outgoing.account)


def test_every_provider_has_its_limits() -> None:
    assert set(LIMITS_OF) == set(Provider)


def test_a_provider_without_limits_costs_no_write(desk: Desk) -> None:
    push = ChannelAccount(tenant_id="andinos", account_id="push", provider=Provider.WEB_PUSH)

    assert len(desk.go([outgoing(n, account=push) for n in range(10)])) == 10
    assert desk.limits.calls == []


def test_a_batch_costs_one_write_for_its_account(desk: Desk) -> None:
    desk.go([outgoing(n, account=MAIL) for n in range(10)])

    assert desk.limits.calls == ["account"]
    assert desk.spending.writes == []


def test_a_recipients_limit_costs_a_write_for_each_only_where_the_provider_has_one(
    desk: Desk,
) -> None:
    desk.go([outgoing(n) for n in range(3)] + [outgoing(3, phone="+593900000000")])

    assert desk.limits.calls == ["account"] + ["recipient"] * 3


def test_what_is_over_an_accounts_limit_waits_for_its_turn(desk: Desk) -> None:
    batch = [outgoing(n, account=limited(2)) for n in range(4)]

    held = desk.hold(batch)

    assert sorted(held.concluded) == ["ntf_2", "ntf_3"]
    waiting = held.concluded["ntf_3"]
    notification = waiting.change.notification
    assert waiting.is_deferred
    assert (notification.state, notification.reason) == (State.QUEUED, "rate_limited")
    assert (notification.attempts, notification.tries, notification.step) == (0, 0, 0)
    assert notification.delay == timedelta(seconds=1)
    assert waiting.change.history is not None
    assert waiting.change.history.kind == "rate_limited"


def test_the_timeline_tells_of_the_first_wait_only(desk: Desk) -> None:
    account = limited(1)
    desk.go([outgoing(0, account=account)])
    first = outgoing(1, account=account)
    held = desk.hold([first])

    again = desk.hold([after(first, held)])

    assert only(again.concluded).change.history is None


def test_a_wait_for_a_limit_does_not_count_as_one_for_a_resting_account(desk: Desk) -> None:
    desk.go([outgoing(0, account=limited(1, 60))])
    held_since = NOON - timedelta(seconds=100)
    rested = outgoing(1, account=limited(1, 60), held_since=held_since)

    waiting = only(desk.hold([rested]).concluded).change.notification

    assert waiting.delay == timedelta(seconds=60)
    assert waiting.held_since == held_since + timedelta(seconds=60)


def test_a_recipient_gets_one_whatsapp_message_in_six_seconds(desk: Desk) -> None:
    batch = [outgoing(n, phone="+593991234567") for n in range(3)]

    held = desk.hold([*batch, outgoing(99)])

    delays = [c.change.notification.delay for c in held.concluded.values()]
    assert delays == [timedelta(seconds=6), timedelta(seconds=12)]
    desk.clock.advance(seconds=6)
    assert desk.go([after(batch[1], held)]) == ["ntf_1"]


def test_urgent_messages_go_before_newcomers(desk: Desk) -> None:
    account = limited(2)
    batch = [outgoing(n, account=account) for n in range(3)]
    batch.append(outgoing(3, account=account, urgent=True))

    assert desk.go(batch) == ["ntf_0", "ntf_3"]


def test_who_finds_the_line_too_long_comes_back_without_a_turn(desk: Desk) -> None:
    batch = [outgoing(n, account=limited(1, 600)) for n in range(4)]

    held = desk.hold(batch)

    lined, *others = [held.concluded[f"ntf_{n}"].change.notification for n in (1, 2, 3)]
    assert lined.turn_at == NOON + timedelta(seconds=600)
    assert [other.turn_at for other in others] == [None, None]
    assert {other.delay for other in others} == {LONGEST_LINE * 0.75}


def test_who_missed_a_turn_spreads(desk: Desk) -> None:
    account = limited(1)
    desk.go([outgoing(0, account=account)])
    late = outgoing(1, account=account, turn_at=NOON - timedelta(minutes=2))

    waiting = only(desk.hold([late]).concluded).change.notification

    assert waiting.delay == timedelta(seconds=1, minutes=1)
    assert waiting.turn_at == late.notification.turn_at


def test_who_missed_a_turn_long_ago_gets_a_new_one(desk: Desk) -> None:
    account = limited(1)
    desk.go([outgoing(n, account=account) for n in range(3)])
    turn_at = NOON - timedelta(hours=10)
    late = [outgoing(n, account=account, turn_at=turn_at) for n in (3, 4)]

    held = desk.hold(late)

    waiting = [held.concluded[each.its_id].change.notification for each in late]
    assert [each.delay for each in waiting] == [timedelta(seconds=s) for s in (3, 4)]
    assert [each.turn_at for each in waiting] == [NOON + each.delay for each in waiting]


def test_an_urgent_message_goes_before_newcomers_also_long_after_its_turn(desk: Desk) -> None:
    account = limited(1)
    desk.go([outgoing(n, account=account) for n in range(9)])
    turn_at = NOON - timedelta(hours=10)
    late = outgoing(9, account=account, turn_at=turn_at, urgent=True)

    waiting = only(desk.hold([late]).concluded).change.notification

    assert waiting.delay == timedelta(seconds=1)
    assert waiting.turn_at == NOON + waiting.delay


@pytest.mark.parametrize("minutes", [8, 10], ids=lambda minutes: f"a token in {minutes} minutes")
def test_nobody_is_put_where_a_queues_longest_delay_ends(desk: Desk, minutes: int) -> None:
    account = limited(1, minutes * 60)
    desk.go([outgoing(0, account=account)])
    turn_at = NOON - timedelta(minutes=14)
    late = [outgoing(n, account=account, turn_at=turn_at, urgent=True) for n in (1, 2, 3)]

    held = desk.hold(late)

    assert {c.change.notification.delay < LONGEST_LINE for c in held.concluded.values()} == {True}


def test_a_tenants_exhausted_account_holds_back_nobody_else(desk: Desk) -> None:
    other = TENANT.model_copy(update={"tenant_id": "other"})
    busy = limited(1, 60)
    theirs = busy.model_copy(update={"tenant_id": "other"})
    desk.go([outgoing(0, account=busy)])

    batch = [outgoing(n, account=busy) for n in (1, 2)]
    batch += [outgoing(3, account=theirs, tenant=other), outgoing(4, account=MAIL)]

    assert desk.go(batch) == ["ntf_3", "ntf_4"]


def test_test_notifications_take_no_tokens(desk: Desk) -> None:
    account = limited(1)
    tests = [outgoing(n, account=account, mode=Mode.TEST) for n in range(5)]

    assert len(desk.go(tests)) == 5
    assert desk.limits.calls == []
    assert desk.go([outgoing(9, account=account)]) == ["ntf_9"]


CAPPED = TENANT.model_copy(update={"most_per_person_a_day": 2})


def test_a_person_gets_so_many_a_day_and_the_others_end_with_the_reason(desk: Desk) -> None:
    held = desk.hold([outgoing(n, tenant=CAPPED, account=MAIL) for n in range(3)])

    over = held.concluded["ntf_2"]
    assert len(held.concluded) == 1
    assert (over.change.notification.state, over.change.notification.reason) == (
        State.SUPPRESSED,
        "frequency_cap",
    )
    assert over.change.history is not None
    assert (over.change.history.kind, over.change.history.detail) == ("frequency_cap", "2 a day")
    assert not over.is_deferred


@pytest.mark.parametrize(
    "changes",
    [
        {"urgent": True},
        {"confirms_choice": True},
        {"mode": Mode.TEST},
        {"target": Target.STAFF},
        {"communication": CommunicationDetails(message_type=MessageType.REPLY)},
        {"attempts": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_some_go_whatever_the_person_got_today(desk: Desk, changes: dict[str, object]) -> None:
    desk.go([outgoing(n, tenant=CAPPED, account=MAIL) for n in range(3)])

    assert desk.go([outgoing(9, tenant=CAPPED, account=MAIL, **changes)]) == ["ntf_9"]
    assert desk.limits.calls.count("person") == 3


def test_a_day_is_that_of_the_recipients_clock(desk: Desk) -> None:
    # 04:30 in Madrid is still yesterday in Guayaquil.
    desk.clock.advance(hours=15, minutes=30)
    here = [outgoing(n, tenant=CAPPED, account=MAIL) for n in (0, 1)]
    madrid = {"recipient_id": "customer-002", "time_zone": "Europe/Madrid"}
    there = [outgoing(n, tenant=CAPPED, account=MAIL, **madrid) for n in (2, 3)]

    assert len(desk.go(here + there)) == 4
    # Midnight in Guayaquil is at 05:00 UTC.
    desk.clock.advance(hours=2)
    assert desk.go([outgoing(4, tenant=CAPPED, account=MAIL)]) == ["ntf_4"]
    assert desk.go([outgoing(5, tenant=CAPPED, account=MAIL, **madrid)]) == []


def test_what_waits_for_its_turn_is_not_counted_for_the_person(desk: Desk) -> None:
    account = limited(1, 60)
    batch = [outgoing(n, tenant=CAPPED, account=account) for n in range(3)]

    held = desk.hold(batch)

    assert {c.is_deferred for c in held.concluded.values()} == {True}
    assert desk.limits.calls.count("person") == 1


PRICED = TENANT.model_copy(
    update={
        "prices": {"whatsapp_cloud": Decimal("0.05"), "twilio_sms/a": Decimal("0.04")},
        "monthly_budget": Decimal("0.12"),
    }
)


def test_the_budgets_last_message_goes_and_the_next_one_leaves_the_channel(desk: Desk) -> None:
    held = desk.hold([outgoing(n, tenant=PRICED) for n in range(3)])

    over = only(held.concluded)
    assert over.gives_up
    given_up = over.change.notification
    assert (given_up.reason, given_up.refused_steps) == ("budget_exhausted", ())
    assert over.change.history is not None
    assert desk.spending.spent("andinos", MONTH).spent == Decimal("0.10")
    assert desk.spending.spent("andinos", MONTH).exhausted_at == NOON
    assert desk.spending.writes == ["reserve"]


def test_a_channel_without_a_price_is_never_stopped(desk: Desk) -> None:
    broke = PRICED.model_copy(update={"monthly_budget": Decimal(0)})

    assert desk.go([outgoing(1, tenant=broke), outgoing(2, tenant=broke, account=MAIL)]) == [
        "ntf_2"
    ]
    assert desk.spending.writes == ["reserve"]


def test_without_a_budget_nothing_is_counted(desk: Desk) -> None:
    free = PRICED.model_copy(update={"monthly_budget": None})

    assert desk.go([outgoing(1, tenant=free)])
    assert desk.spending.writes == []


def test_a_month_is_that_of_the_tenants_clock(desk: Desk) -> None:
    # 01:00 UTC on the first is still the month before in Guayaquil.
    desk.clock.advance(days=29, hours=13)

    assert desk.go([outgoing(1, tenant=PRICED)])
    assert desk.spending.spent("andinos", MONTH).spent == Decimal("0.05")
    desk.clock.advance(hours=5)
    assert desk.go([outgoing(n, tenant=PRICED) for n in (2, 3)]) == ["ntf_2", "ntf_3"]


def test_of_prices_by_category_alone_the_dearest_is_reserved(desk: Desk) -> None:
    prices = {"whatsapp_cloud/utility": Decimal("0.02"), "whatsapp_cloud/marketing": Decimal("0.1")}
    tenant = PRICED.model_copy(update={"prices": prices})

    desk.go([outgoing(1, tenant=tenant)])
    assert desk.spending.spent("andinos", MONTH).spent == Decimal("0.1")
    desk.go([outgoing(2, tenant=tenant, pricing_category="utility")])
    assert desk.spending.spent("andinos", MONTH).spent == Decimal("0.12")


def test_what_is_given_back_is_one_write_for_a_tenant(desk: Desk) -> None:
    held = desk.hold([outgoing(n, tenant=PRICED) for n in range(2)])

    desk.hold.give_back(held.reserved.values())

    assert desk.spending.spent("andinos", MONTH).spent == 0
    assert desk.spending.writes == ["reserve", "give_back"]


def test_messages_go_where_limits_cannot_be_looked_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.limits.error = ConnectionError("the store's own words")

    with caplog.at_level(logging.ERROR):
        assert len(desk.go([outgoing(n, account=limited(1)) for n in range(10)])) == 10

    assert "messages go without limits" in caplog.text
    assert "the store's own words" not in caplog.text


def test_a_limit_that_cannot_be_looked_up_switches_off_no_other_limit(desk: Desk) -> None:
    desk.limits.error = ConnectionError("down")
    broke = PRICED.model_copy(update={"monthly_budget": Decimal(0)})

    assert desk.go([outgoing(1, tenant=broke)]) == []


def test_a_tenant_whose_limit_cannot_be_looked_up_takes_nobody_elses_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = TENANT.model_copy(update={"tenant_id": "other"})
    theirs = limited(1).model_copy(update={"tenant_id": "other"})
    take = desk.limits.take

    def take_but_for_other(name: BucketName, *limit: RateLimit, **more: Any) -> Turns:
        if name.tenant_id == "other":
            raise ConnectionError("down")
        return take(name, *limit, **more)

    monkeypatch.setattr(desk.limits, "take", take_but_for_other)
    batch = [outgoing(n, account=theirs, tenant=other) for n in (1, 2)]
    batch += [outgoing(n, account=limited(1)) for n in (3, 4)]

    assert desk.go(batch) == ["ntf_1", "ntf_2", "ntf_3"]


def test_no_recipient_of_a_batch_waits_for_the_look_at_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take, all_ask = desk.limits.take, threading.Barrier(10, timeout=60)

    def take_once_all_ask(name: BucketName, *limit: RateLimit, **more: Any) -> Turns:
        if name.address is not None:
            all_ask.wait()
        return take(name, *limit, **more)

    monkeypatch.setattr(desk.limits, "take", take_once_all_ask)

    assert len(desk.go([outgoing(n) for n in range(10)])) == 10
    assert "messages go without limits" not in caplog.text


def test_a_batch_waits_once_for_all_its_recipients_limits_when_their_table_is_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[BucketName] = []
    all_hang = threading.Barrier(10, timeout=60)

    def hang(name: BucketName, *_: object, **__: object) -> Turns:
        asked.append(name)
        if name.address is not None:
            all_hang.wait()
        raise ConnectionError("no answer")

    monkeypatch.setattr(desk.limits, "take", hang)

    assert len(desk.go([outgoing(n) for n in range(10)])) == 10
    assert Counter(name.address is None for name in asked) == {True: 1, False: 10}
    assert not all_hang.broken


def test_messages_go_where_the_budget_cannot_be_looked_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    held = desk.hold([outgoing(1, tenant=PRICED)])
    desk.spending.error = ConnectionError("down")

    assert desk.go([outgoing(n, tenant=PRICED) for n in (2, 3)]) == ["ntf_2", "ntf_3"]
    desk.hold.give_back(held.reserved.values())
    assert "what was not spent could not be given back" in caplog.text


@dataclass
class Queue:
    """Messages on their way to workers, as a queue hands them out: late, in batches of ten."""

    desk: Desk
    latest: float
    random: random.Random
    waiting: list[tuple[datetime, int, Outgoing]] = field(default_factory=list)
    gone: list[datetime] = field(default_factory=list)
    bounces: Counter[str] = field(default_factory=Counter)
    shut_until: datetime = NOON

    def put(self, outgoing: Outgoing, at: datetime) -> None:
        late = timedelta(seconds=self.random.uniform(0, self.latest))
        entry = (max(at + late, self.shut_until), self.random.getrandbits(60), outgoing)
        heapq.heappush(self.waiting, entry)

    def run(self) -> None:
        """Let workers take batches until nothing waits."""
        while self.waiting:
            at, _, first = heapq.heappop(self.waiting)
            now = max(at, self.desk.clock.now())
            self.desk.clock.advance(seconds=(now - self.desk.clock.now()).total_seconds())
            batch = [first]
            while self.waiting and self.waiting[0][0] <= now and len(batch) < 10:
                batch.append(heapq.heappop(self.waiting)[2])
            held = self.desk.hold(batch)
            for each in batch:
                if each.its_id not in held.concluded:
                    self.gone.append(now)
                    continue
                self.bounces[each.its_id] += 1
                back = after(each, held)
                # A queue counts whole seconds.
                wait = math.ceil(back.notification.delay.total_seconds())
                self.put(back, now + timedelta(seconds=wait))


def queue_of(desk: Desk, latest: float, *, seed: int = 1, **more: datetime) -> Queue:
    """A queue that is up to so many seconds late."""
    return Queue(desk, latest, random.Random(seed), **more)  # noqa: S311


def assert_within(gone: Sequence[datetime], limit: RateLimit) -> None:
    """Over every interval at once: how many went beyond the rate since the best beginning."""
    fewest = 0.0
    for number, moment in enumerate(sorted(gone)):
        at_rate = (moment - NOON).total_seconds() * limit.most / limit.seconds
        fewest = min(fewest, number - at_rate)
        assert number + 1 - at_rate - fewest <= limit.burst + 1e-3


@settings(max_examples=60)
@given(
    most=st.integers(1, 100),
    seconds=st.sampled_from([1, 6, 60]),
    burst=st.integers(1, 120),
    arrivals=st.lists(st.tuples(st.integers(1, 60), st.floats(0, 30)), min_size=1, max_size=12),
    latest=st.sampled_from([0, 0.5, 3, 40]),
    seed=st.integers(0, 1000),
)
def test_no_interval_sees_more_than_the_limit_and_everything_goes_in_the_end(
    most: int,
    seconds: int,
    burst: int,
    arrivals: list[tuple[int, float]],
    latest: float,
    seed: int,
) -> None:
    account = limited(most, seconds, burst=burst)
    desk = Desk()
    queue = queue_of(desk, latest, seed=seed)
    moment, number = NOON, 0
    for count, pause in arrivals:
        moment += timedelta(seconds=pause)
        for _ in range(count):
            queue.put(outgoing(number, account=account), moment)
            number += 1

    queue.run()

    assert len(queue.gone) == number
    assert account.limits.account is not None
    assert_within(queue.gone, account.limits.account)


@pytest.mark.parametrize("latest", [0, 0.5, 2], ids=lambda latest: f"{latest} s late")
def test_a_campaign_goes_at_the_accounts_pace_and_comes_back_about_once(latest: float) -> None:
    desk = Desk()
    queue = queue_of(desk, latest)
    for number in range(3_000):
        queue.put(outgoing(number, account=limited(80)), NOON)

    queue.run()

    took = (max(queue.gone) - NOON).total_seconds()
    assert_within(queue.gone, RateLimit(most=80))
    assert 36 <= took <= 45
    assert queue.bounces.total() / 3_000 < 2


def test_turns_that_passed_while_a_queue_was_out_do_not_storm() -> None:
    desk = Desk()
    queue = queue_of(desk, 0.5, shut_until=NOON + timedelta(minutes=2))
    for number in range(2_000):
        turn_at = NOON + timedelta(seconds=number / 20)
        queue.put(outgoing(number, account=limited(20), turn_at=turn_at), turn_at)

    queue.run()

    assert_within(queue.gone, RateLimit(most=20))
    assert queue.bounces.total() / 2_000 < 3
    assert (max(queue.gone) - NOON).total_seconds() < 120 + 2 * 2_000 / 20


GAPS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=10)]


def held_back(gap: timedelta, limit: RateLimit, count: int, *, urgent: bool = False) -> Queue:
    """A queue, run empty, whose messages got their turns before a gap and all come after it."""
    account = limited(limit.most, limit.seconds, burst=limit.burst)
    desk = Desk(draw=random.Random(3).random)  # noqa: S311
    queue = queue_of(desk, 0.5)
    for number in range(count):
        turn_at = NOON - gap + timedelta(seconds=number * limit.seconds / limit.most)
        queue.put(
            outgoing(number, account=account, turn_at=turn_at, urgent=urgent),
            max(turn_at, NOON),
        )
    queue.run()
    assert len(queue.gone) == count
    assert_within(queue.gone, limit)
    return queue


@pytest.mark.parametrize("gap", GAPS, ids=str)
@pytest.mark.parametrize(
    ("limit", "count"),
    [
        (RateLimit(most=1, burst=5), 300),
        (RateLimit(most=1, burst=5), 900),
        (RateLimit(most=80), 3_000),
    ],
    ids=["300 at 1 a second", "900 at 1 a second", "3,000 at 80 a second"],
)
def test_after_a_gap_messages_go_at_the_accounts_pace(
    gap: timedelta, limit: RateLimit, count: int
) -> None:
    queue = held_back(gap, limit, count)

    at_pace = timedelta(seconds=count / limit.most)
    assert max(queue.gone) - NOON <= at_pace * 1.2 + LATEST_TURN
    assert queue.bounces.total() / count < 15


@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_after_a_gap_an_account_without_a_burst_goes_at_half_its_pace_at_least(
    gap: timedelta,
) -> None:
    queue = held_back(gap, RateLimit(most=1), 300)

    assert max(queue.gone) - NOON <= timedelta(seconds=2 * 300)


@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_after_a_gap_urgent_messages_go_within_a_line_of_their_own(gap: timedelta) -> None:
    queue = held_back(gap, RateLimit(most=1, burst=5), 300, urgent=True)

    assert max(queue.gone) - NOON <= LONGEST_LINE
    assert queue.bounces.total() / 300 < 15


@settings(max_examples=25)
@given(
    gap=st.integers(0, 12 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    most=st.integers(1, 100),
    seconds=st.sampled_from([1, 6, 60]),
    burst=st.integers(2, 120),
    count=st.integers(1, 400),
    is_urgent=st.booleans(),
)
def test_however_long_a_gap_was_it_costs_little_more_than_the_accounts_pace(
    gap: timedelta, most: int, seconds: int, burst: int, count: int, is_urgent: bool
) -> None:
    limit = RateLimit(most=most, seconds=seconds, burst=burst)
    queue = held_back(gap, limit, count, urgent=is_urgent)

    at_pace = timedelta(seconds=count * seconds / most)
    assert max(queue.gone) - NOON <= at_pace * 2 + 2 * LONGEST_LINE


def test_a_campaign_to_many_goes_at_the_accounts_pace_also_with_a_limit_for_each() -> None:
    desk = Desk()
    queue = queue_of(desk, 0.5)
    for number in range(2_000):
        queue.put(outgoing(number), NOON)

    queue.run()

    assert (max(queue.gone) - NOON).total_seconds() <= 2_000 / 80 * 1.2
    assert desk.limits.calls.count("recipient") == 2_000


def test_a_flood_that_outlasts_the_line_goes_in_the_end_too() -> None:
    desk = Desk()
    queue = queue_of(desk, 1)
    for number in range(2_500):
        queue.put(outgoing(number, account=limited(1, burst=5)), NOON)

    queue.run()

    took = (max(queue.gone) - NOON).total_seconds()
    assert len(queue.gone) == 2_500
    assert_within(queue.gone, RateLimit(most=1, burst=5))
    assert took < 2_500 * 1.1
    assert queue.bounces.total() / 2_500 < 3


@given(
    cap=st.integers(1, 5),
    tries=st.lists(st.integers(0, 8), max_size=40),
)
def test_however_often_and_in_whatever_order_messages_come_a_person_gets_the_cap(
    cap: int, tries: list[int]
) -> None:
    desk = Desk()
    tenant = TENANT.model_copy(update={"most_per_person_a_day": cap})
    went: list[str] = []
    for number in tries:
        went += desk.go([outgoing(number, tenant=tenant, account=MAIL)])

    assert len(set(went)) == min(cap, len(set(tries)))


@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=10),
        max_size=12,
    ),
    budget=st.integers(0, 300),
)
def test_what_was_taken_never_costs_more_than_the_budget(
    batches: list[list[tuple[int, bool]]], budget: int
) -> None:
    """Each message is taken, or refused and given back."""
    desk = Desk()
    paid = Decimal(0)
    number = 0
    for batch in batches:
        priced = []
        for cents, is_taken in batch:
            number += 1
            tenant = TENANT.model_copy(
                update={
                    "prices": {f"whatsapp_cloud/{n}": Decimal(n) / 100 for n in range(1, 31)},
                    "monthly_budget": Decimal(budget) / 100,
                }
            )
            one = outgoing(number, tenant=tenant, pricing_category=str(cents))
            priced.append((one, Decimal(cents) / 100, is_taken))
        held = desk.hold([one for one, _, _ in priced])
        refused = []
        for one, price, is_taken in priced:
            if one.its_id in held.concluded:
                continue
            if is_taken:
                paid += price
            else:
                refused.append(held.reserved[one.its_id])
        desk.hold.give_back(refused)

    assert paid == desk.spending.spent("andinos", MONTH).spent
    assert paid <= Decimal(budget) / 100
