"""The counters equal the log, whatever the stream does on its way to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations, repeat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.channels import CHANNEL_OF, Channel, Provider
from recado.domain.errors import LostRaceError, UnprocessableError
from recado.domain.notification import Mode, Notification, RouteStep, State
from recado.domain.statistics import Cell, Contribution, Counted, CounterScope, Span
from recado.ports.notifications import NotificationKey
from recado.ports.statistics import CellCounts, Recount
from recado.services.count_notifications import CountNotifications
from recado.services.read_channel_health import ReadChannelHealth
from recado.services.read_statistics import (
    MOST_COUNTERS,
    CellFilter,
    ReadStatistics,
    Summary,
)
from tests.fakes.accounts import FakeStates
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.statistics import FakeCircuits, FakeStatistics
from tests.unit.domain.notifications import STEPS, new_notification
from tests.workshop import TENANT

ZONE = ZoneInfo(TENANT.time_zone)
ON_THE_WAY = ("pending", "queued", "sending")

Move = Callable[[Notification, datetime], Notification]

MOVES: dict[str, Move] = {
    "queue": lambda n, now: n.queued(now),
    "claim": lambda n, now: n.claimed(now, timeout_seconds=10),
    "accept": lambda n, now: n.accepted(now, provider_message_id="id"),
    "retry": lambda n, now: n.to_retry(now, delay=timedelta(), reason="503"),
    "defer": lambda n, now: n.deferred(now, delay=timedelta()) if n.attempts else n,
    "line": lambda n, now: n.in_line(now, wait=timedelta(seconds=1), has_turn=True),
    "give up": lambda n, now: n.given_up(now, reason="400"),
    "advance": lambda n, now: n.advanced(now),
    "unknown": lambda n, now: n.outcome_unknown(now, wait=timedelta(minutes=1)),
    "deliver": lambda n, now: n.reached(now, State.DELIVERED, at=now),
    "read": lambda n, now: n.reached(now, State.READ, at=now),
    "expire": lambda n, now: n.ended(now, State.EXPIRED, reason="deadline_passed"),
    "price": lambda n, now: n.model_copy(update={"pricing_category": "utility"}),
    "again": lambda n, now: n.tried_again(
        now, route=n.route, deadline=n.deadline, expires_at=n.expires_at
    ),
}
AFTER = {
    State.PENDING: ("queue", "queue", "advance", "advance", "expire"),
    State.QUEUED: ("claim", "claim", "claim", "line", "expire", "deliver"),
    State.SENDING: ("accept", "accept", "retry", "defer", "give up", "unknown"),
    State.SENT: ("deliver", "read", "retry", "give up", "give up", "price"),
    State.UNKNOWN: ("accept", "retry", "advance", "deliver"),
    State.DELIVERED: ("read", "price"),
    State.FAILED: ("again", "deliver"),
    State.EXPIRED: ("again",),
}
"""What may happen to a notification, the usual more often."""


@st.composite
def lives(draw: st.DrawFn, number: int) -> list[Notification]:
    """All versions of a notification, the first one first."""
    made = NOON + timedelta(hours=draw(st.integers(-30, 0)))
    now = made
    waits = draw(st.sampled_from([None, None, timedelta(hours=-3), timedelta(hours=2)]))
    notification = new_notification(channels=0).model_copy(
        update={
            "notification_id": f"ntf_{number}",
            "route": tuple(
                step.model_copy(update={"template_id": f"{step.channel}-template"})
                for step in STEPS[: draw(st.integers(0, 3))]
            ),
            "mode": draw(st.sampled_from([Mode.LIVE, Mode.LIVE, Mode.TEST])),
            "division": draw(st.sampled_from([None, None, "norte"])),
            "event_type": draw(st.sampled_from(["scheduled", "finished"])),
            "created_at": made,
            "updated_at": made,
            "send_at": None if waits is None else made + waits,
        }
    )
    versions = [notification]
    for _ in range(draw(st.integers(0, 12)) if notification.route else 0):
        now += timedelta(seconds=draw(st.sampled_from([0.05, 1, 40, 4_000])))
        move = draw(st.sampled_from(AFTER.get(notification.state, ("price",))))
        notification = MOVES[move](notification, now).stored_again()
        versions.append(notification)
    return versions


@st.composite
def logs(draw: st.DrawFn) -> list[list[Notification]]:
    """Some notifications, each with all its versions."""
    return [draw(lives(number)) for number in range(draw(st.integers(1, 4)))]


@st.composite
def streams(draw: st.DrawFn, log: Sequence[Sequence[Notification]]) -> list[list[Notification]]:
    """Batches in which versions come several times, in any order, or not at all; the last one of
    each comes at least once."""
    lasts = [versions[-1] for versions in log]
    others = [version for versions in log for version in versions]
    records = lasts + draw(st.lists(st.sampled_from(others), max_size=3 * len(others)))
    order = draw(st.permutations(records))
    batches: list[list[Notification]] = [[]]
    for record in order:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(record)
    return batches


@dataclass
class CrowdedStatistics(FakeStatistics):
    """Counters at which others count between what a counter reads and what it stores."""

    others: list[Callable[[], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def recount(self, recounts: Sequence[Recount], *, lost_before: int) -> set[NotificationKey]:
        if self.others:
            self.others.pop()()
        return super().recount(recounts, lost_before=lost_before)


def configuration() -> FakeConfiguration:
    configured = FakeConfiguration()
    configured.put_tenant(TENANT)
    return configured


def counter(statistics: FakeStatistics) -> CountNotifications:
    return CountNotifications(statistics=statistics, configuration=configuration())


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_the_counters_equal_the_log_whatever_the_stream_does(data: st.DataObject) -> None:
    log = data.draw(logs())
    statistics = CrowdedStatistics()
    count = counter(statistics)
    for batch in data.draw(streams(log)):
        if data.draw(st.booleans()):
            meanwhile = [data.draw(st.sampled_from(versions)) for versions in log]
            statistics.others.append(lambda batch=meanwhile: count(batch))
        count(batch)

    stored = [versions[-1] for versions in log]
    for mode in Mode:
        for division in (None, "norte"):
            scope = CounterScope(tenant_id=TENANT.tenant_id, mode=mode, division=division)
            theirs = [n for n in stored if n.mode is mode and division in (None, n.division)]
            lives = [v for v in log if v[-1] in theirs]
            assert_summary_equals(summary(statistics, scope), theirs)
            assert_taken_equals(summary(statistics, scope), lives)
            assert_health_equals(statistics, scope, theirs)


@given(data=st.data())
@settings(deadline=None, max_examples=50)
def test_what_was_counted_is_counted_for_good(data: st.DataObject) -> None:
    log = data.draw(logs())
    statistics = FakeStatistics()
    count = counter(statistics)
    for batch in data.draw(streams(log)):
        count(batch)
    before, stored = statistics.totals(), statistics.recounts

    assert count([versions[-1] for versions in log]) == 0
    assert count([version for versions in log for version in versions]) == 0

    assert statistics.totals() == before
    assert statistics.recounts == stored


@pytest.mark.parametrize(
    "moves",
    [
        ("queue", "claim", "unknown", "retry"),
        ("queue", "claim", "unknown", "retry", "claim"),
        ("queue", "expire", "again", "claim"),
        ("queue", "claim", "accept", "price", "retry"),
        ("queue", "claim", "give up", "advance", "defer"),
    ],
)
def test_in_every_order_the_last_version_stays_counted(moves: tuple[str, ...]) -> None:
    """Also where it counts as an older one does, and what lies between comes late or not at all."""
    versions = [new_notification()]
    for move in moves:
        versions.append(MOVES[move](versions[-1], NOON).stored_again())
    expected = FakeStatistics()
    counter(expected)([versions[-1]])

    orders = (o for size in range(1, len(versions) + 1) for o in permutations(versions, size))
    for order in (order for order in orders if versions[-1] in order):
        statistics = FakeStatistics()
        count = counter(statistics)
        for version in order:
            count([version])
        assert statistics.totals() == expected.totals(), [n.version for n in order]


def summary(statistics: FakeStatistics, scope: CounterScope) -> Summary:
    read = ReadStatistics(
        statistics=statistics,
        configuration=configuration(),
        clock=FakeClock(NOON + timedelta(hours=30)),
    )
    return read(scope, days=5, wanted=CellFilter())


def assert_summary_equals(found: Summary, log: Sequence[Notification]) -> None:
    """Count the log itself, and compare."""
    assert found.all.total == len(log)
    assert {s: n for s, n in found.all.by_status.items() if n} == Counter(
        State.PENDING if n.state in ON_THE_WAY else n.state for n in log
    )
    assert found.all.sent == len([n for n in log if n.sent_at])
    assert found.all.delivered == len([n for n in log if n.state in ("delivered", "read")])
    assert found.all.read == len([n for n in log if n.state == "read"])
    assert found.all.given_up == sum(n.step for n in log)
    assert {c: t.total for c, t in found.by_channel.items() if t.total} == Counter(
        channel_of(n) for n in log
    )
    assert {c: t.given_up for c, t in found.by_channel.items() if t.given_up} == Counter(
        step.channel for n in log for step in n.route[: n.step]
    )
    assert {e: t.total for e, t in found.by_event.items() if t.total} == Counter(
        n.event_type for n in log
    )
    assert {e: t.total for e, t in found.by_template.items() if t.total} == Counter(
        n.route[n.step].template_id for n in log if n.route
    )
    assert {d: t.total for d, t in found.by_day.items() if t.total} == Counter(
        n.created_at.astimezone(ZONE).date() for n in log
    )
    durations = sorted(
        (n.sent_at - max(n.created_at, n.send_at or n.created_at)).total_seconds()
        for n in log
        if n.sent_at
    )
    slowest = found.all.seconds(1.0)
    if slowest is None:
        assert durations == []
    elif 0.25 < durations[-1] < 250_000:
        assert 0.84 <= slowest / durations[-1] <= 1.2


def assert_taken_equals(found: Summary, log: Sequence[Sequence[Notification]]) -> None:
    """Look through all versions for the channels that took the notifications, and compare."""
    takers = [taker for taker in map(last_taker, log) if taker]
    assert {c: t.sent for c, t in found.by_channel.items() if t.sent} == Counter(
        step.channel for step, _ in takers
    )
    assert {e: t.sent for e, t in found.by_template.items() if t.sent} == Counter(
        step.template_id for step, _ in takers
    )
    assert {(c.provider, c.category): c.messages for c in found.costs} == Counter(
        (step.provider, category) for step, category in takers
    )


def last_taker(versions: Sequence[Notification]) -> tuple[RouteStep, str | None] | None:
    """The channel that took a notification last, and as what it is billed."""
    taker: RouteStep | None = None
    is_left = False
    for before, after in pairwise(versions):
        if after.sent_at != before.sent_at:
            taker, is_left = after.current_step, False
        elif (after.step, after.retries) != (before.step, before.retries):
            is_left = True
    return taker and (taker, None if is_left else versions[-1].pricing_category)


def assert_health_equals(
    statistics: FakeStatistics, scope: CounterScope, log: Sequence[Notification]
) -> None:
    read = ReadChannelHealth(
        statistics=statistics,
        circuits=FakeCircuits(),
        configuration=FakeConfiguration(),
        states=FakeStates(),
        clock=FakeClock(NOON + timedelta(hours=3)),
    )
    first_hour = NOON - timedelta(hours=21)
    due = [n for n in log if max(n.created_at, n.send_at or n.created_at) >= first_hour]
    found = {each.channel: each for each in read(scope)}
    assert {c: h.tally.total for c, h in found.items() if h.tally.total} == Counter(
        channel_of(n) for n in due if n.route
    )
    assert {c: h.tally.carried for c, h in found.items() if h.tally.carried} == Counter(
        channel_of(n) for n in due if n.state in ("sent", "delivered", "read")
    )


def channel_of(notification: Notification) -> Channel | None:
    return notification.route[notification.step].channel if notification.route else None


def after(*moves: str) -> Notification:
    """A notification for two channels after some moves, a second apart."""
    notification = new_notification()
    for number, move in enumerate(moves, start=1):
        now = NOON + timedelta(seconds=number)
        notification = MOVES[move](notification, now).stored_again()
    return notification


BOUNCED = ("queue", "claim", "accept", "give up", "advance")


@pytest.mark.parametrize(
    ("moves", "sent"),
    [
        (BOUNCED, {Channel.WHATSAPP: 1}),
        ((*BOUNCED, "claim"), {Channel.WHATSAPP: 1}),
        ((*BOUNCED, "claim", "give up", "advance"), {Channel.WHATSAPP: 1}),
        ((*BOUNCED, "claim", "give up", "advance", "again"), {Channel.WHATSAPP: 1}),
        ((*BOUNCED, "claim", "accept"), {Channel.EMAIL: 1}),
        ((*BOUNCED, "claim", "unknown", "deliver"), {Channel.EMAIL: 1}),
        (("queue", "claim", "accept", "give up"), {Channel.WHATSAPP: 1}),
        (("queue", "claim", "give up", "advance"), {}),
    ],
)
def test_what_was_sent_and_its_cost_are_the_channels_that_took_it_last(
    moves: tuple[str, ...], sent: dict[Channel, int]
) -> None:
    statistics = FakeStatistics()
    notification = after(*moves)
    counter(statistics)([notification])

    scope = CounterScope(tenant_id=TENANT.tenant_id, mode=Mode.LIVE)
    found = summary(statistics, scope)

    assert {c: t.sent for c, t in found.by_channel.items() if t.sent} == sent
    assert {CHANNEL_OF[cost.provider]: cost.messages for cost in found.costs} == sent
    timed = {c for c, t in found.by_channel.items() if t.seconds(0.5) is not None}
    assert timed == sent.keys()
    assert found.all.sent == len(sent)


def test_a_channel_that_left_the_route_still_has_what_it_took() -> None:
    bounced = after(*BOUNCED[:-1], "advance", "claim", "give up", "advance")
    other = STEPS[2:]
    again = bounced.tried_again(
        NOON, route=other, deadline=bounced.deadline, expires_at=bounced.expires_at
    )
    statistics = FakeStatistics()
    counter(statistics)([again])

    found = summary(statistics, CounterScope(tenant_id=TENANT.tenant_id, mode=Mode.LIVE))

    told = {c: (t.total, t.sent) for c, t in found.by_channel.items()}
    assert told == {Channel.SMS: (1, 0), Channel.WHATSAPP: (0, 1)}


def test_what_was_counted_before_channels_were_told_apart_is_taken_off_as_it_was_put() -> None:
    stored = '{"scope":{"tenant_id":"andinos","mode":"live"},"day":"2026-03-02"'
    stored += ',"hour":"2026-03-02T12","cell":{"provider":"ses"},"state":"pending","latency":12}'

    added = Contribution.model_validate_json(stored).counts()

    assert {key.cell.provider: counts["taken"] for key, counts in added.items()} == {
        Provider.SES: 1
    }


def test_alerts_count_in_the_days_and_in_no_hour() -> None:
    statistics = FakeStatistics()
    changes = {"event_type": "ALERT_ACCOUNT_DOWN", "state": State.FAILED}
    counter(statistics)([new_notification().model_copy(update=changes)])

    assert {span for _, span, _, _ in statistics.totals()} == {Span.DAY}


def test_an_alert_that_counted_in_an_hour_once_is_taken_off_it_when_it_is_counted_anew() -> None:
    statistics = FakeStatistics()
    alert = new_notification().model_copy(update={"event_type": "ALERT_ACCOUNT_DOWN"})
    now = Contribution.of(alert, ZONE)
    before = now.model_copy(update={"hour": "2026-03-02T12"})
    key = NotificationKey(tenant_id=alert.tenant_id, notification_id=alert.notification_id)
    counted = Recount(
        key=key,
        over=None,
        version=alert.version,
        contribution=before,
        added=before.counts(),
        expires_at=alert.expires_at,
    )
    statistics.recount([counted], lost_before=0)

    assert counter(statistics)([alert]) == 1

    assert {span for _, span, _, _ in statistics.totals()} == {Span.DAY}


def test_on_the_way_to_its_first_attempt_nothing_is_stored_twice() -> None:
    statistics = FakeStatistics()
    count = counter(statistics)
    planned = new_notification()
    queued = planned.queued(NOON).stored_again()
    claimed = queued.claimed(NOON, timeout_seconds=10).stored_again()

    for version in (planned, queued, claimed):
        count([version])

    assert statistics.recounts == 1


def test_of_a_batch_only_the_newest_version_is_stored() -> None:
    statistics = FakeStatistics()
    versions = [new_notification()]
    for move in ("queue", "claim", "accept", "deliver", "read"):
        versions.append(MOVES[move](versions[-1], NOON).stored_again())

    assert counter(statistics)(versions) == 1
    assert statistics.recounts == 1


def test_another_time_zone_counts_when_a_notification_is_counted_anew() -> None:
    statistics = FakeStatistics()
    late = new_notification().model_copy(update={"created_at": datetime(2026, 3, 2, 3, tzinfo=UTC)})
    counter(statistics)([late])
    moved = FakeConfiguration()
    moved.put_tenant(TENANT.model_copy(update={"time_zone": "Europe/Madrid"}))

    again = CountNotifications(statistics=statistics, configuration=moved)

    assert again([late]) == 1
    read = ReadStatistics(statistics=statistics, configuration=moved, clock=FakeClock())
    found = read(CounterScope(tenant_id="andinos", mode=Mode.LIVE), days=3, wanted=CellFilter())
    assert {day: t.total for day, t in found.by_day.items() if t.total} == {date(2026, 3, 2): 1}


def test_who_asks_for_more_counters_than_can_be_read_is_asked_for_fewer_days() -> None:
    statistics = FakeStatistics()
    one = CellCounts(at="2026-03-02", cell=Cell(), counts=Counter(all=1))
    read = ReadStatistics(
        statistics=statistics, configuration=configuration(), clock=FakeClock(NOON)
    )
    scope = CounterScope(tenant_id="andinos", mode=Mode.LIVE)

    statistics.counts = lambda *_: repeat(one, MOST_COUNTERS)  # type: ignore[method-assign,assignment]
    read(scope, days=366, wanted=CellFilter())
    statistics.counts = lambda *_: repeat(one, MOST_COUNTERS + 1)  # type: ignore[method-assign,assignment]

    with pytest.raises(UnprocessableError) as refused:
        read(scope, days=366, wanted=CellFilter())

    assert refused.value.field == "days"


def test_an_unknown_time_zone_is_utc_and_holds_nobody_up() -> None:
    statistics = FakeStatistics()
    odd = FakeConfiguration()
    odd.put_tenant(TENANT.model_copy(update={"time_zone": "../etc/passwd"}))

    assert CountNotifications(statistics=statistics, configuration=odd)([new_notification()]) == 1


def test_a_tenant_that_was_removed_is_not_counted() -> None:
    statistics = FakeStatistics()
    count = CountNotifications(statistics=statistics, configuration=FakeConfiguration())

    assert count([new_notification()]) == 0
    assert statistics.totals() == {}


class LostStatistics(FakeStatistics):
    """Counters at which somebody else is always faster."""

    def counted(self, keys: Collection[NotificationKey]) -> dict[NotificationKey, Counted]:
        return {}

    def recount(self, recounts: Sequence[Recount], *, lost_before: int) -> set[NotificationKey]:
        return {each.key for each in recounts}


def test_who_always_loses_says_so() -> None:
    with pytest.raises(LostRaceError):
        counter(LostStatistics())([new_notification()])
