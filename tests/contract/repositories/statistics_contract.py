"""What every implementation of `ports.Statistics` must do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta

import pytest

from recado.domain.notification import Notification, State
from recado.domain.statistics import (
    Cell,
    Contribution,
    Counted,
    CounterScope,
    Span,
    difference,
)
from recado.ports.notifications import NotificationKey
from recado.ports.statistics import Recount, Statistics
from tests.fakes.clock import NOON
from tests.unit.domain.notifications import new_notification

TODAY = NOON.date().isoformat()


def a_notification(number: int = 1, **changes: object) -> Notification:
    return new_notification().model_copy(update={"notification_id": f"ntf_{number}", **changes})


def key_of(notification: Notification) -> NotificationKey:
    return NotificationKey(
        tenant_id=notification.tenant_id, notification_id=notification.notification_id
    )


def a_recount(notification: Notification, *, over: Counted | None = None) -> Recount:
    contribution = Contribution.of(notification, UTC)
    return Recount(
        key=key_of(notification),
        over=over,
        version=notification.version,
        contribution=contribution,
        added=difference(over.contribution if over else None, contribution),
        expires_at=notification.expires_at,
    )


def scope_of(notification: Notification, *, division: str | None = None) -> CounterScope:
    return CounterScope(tenant_id=notification.tenant_id, mode=notification.mode, division=division)


def totals(
    statistics: Statistics,
    scope: CounterScope,
    span: Span = Span.DAY,
    first: str = TODAY,
    last: str = TODAY,
) -> dict[Cell, dict[str, int]]:
    found: dict[Cell, Counter[str]] = {}
    for each in statistics.counts(scope, span, first, last):
        found.setdefault(each.cell, Counter()).update(each.counts)
    return {cell: {n: c for n, c in counts.items() if c} for cell, counts in found.items()}


CELL = Contribution.of(a_notification(), UTC).cell


class StatisticsContract:
    """Inherit and give a fixture `statistics` that is empty."""

    def test_what_was_never_counted_is_left_out(self, statistics: Statistics) -> None:
        assert statistics.counted([key_of(a_notification())]) == {}

    def test_a_contribution_is_found_as_it_was(self, statistics: Statistics) -> None:
        moved = a_notification(
            version=3,
            step=1,
            state=State.READ,
            sent_at=NOON + timedelta(seconds=3),
            division="norte",
            pricing_category="utility",
        )
        recount = a_recount(moved)

        assert statistics.recount([recount], lost_before=0) == set()

        [counted] = statistics.counted([key_of(moved)]).values()
        assert (counted.version, counted.contribution) == (3, recount.contribution)

    def test_a_contribution_to_no_hour_is_found_as_it_was(self, statistics: Statistics) -> None:
        recount = a_recount(a_notification(event_type="ALERT_ACCOUNT_DOWN"))

        assert statistics.recount([recount], lost_before=0) == set()

        [counted] = statistics.counted([recount.key]).values()
        assert counted.contribution == recount.contribution
        assert counted.contribution.hour is None

    def test_counts_add_up(self, statistics: Statistics) -> None:
        for number in range(3):
            statistics.recount([a_recount(a_notification(number))], lost_before=0)

        assert totals(statistics, scope_of(a_notification())) == {CELL: {"pending": 3}}

    def test_a_contribution_takes_the_place_of_the_one_that_was_read(
        self, statistics: Statistics
    ) -> None:
        before = a_notification()
        statistics.recount([a_recount(before)], lost_before=0)
        [over] = statistics.counted([key_of(before)]).values()
        after = before.model_copy(update={"state": State.FAILED, "version": 4})

        assert statistics.recount([a_recount(after, over=over)], lost_before=0) == set()

        assert totals(statistics, scope_of(before)) == {CELL: {"failed": 1}}

    def test_who_lost_a_race_adds_nothing(self, statistics: Statistics) -> None:
        first = a_recount(a_notification())
        statistics.recount([first], lost_before=0)

        assert statistics.recount([first], lost_before=0) == {first.key}
        assert totals(statistics, scope_of(a_notification())) == {CELL: {"pending": 1}}

    def test_of_two_who_count_a_version_anew_one_wins(self, statistics: Statistics) -> None:
        before = a_notification()
        statistics.recount([a_recount(before)], lost_before=0)
        [over] = statistics.counted([key_of(before)]).values()
        tomorrow = before.model_copy(update={"created_at": NOON + timedelta(days=1)})
        again = a_recount(tomorrow, over=over)

        assert statistics.recount([again], lost_before=0) == set()
        assert statistics.recount([again], lost_before=1) == {again.key}

        found = totals(statistics, scope_of(before), last="2026-03-03")
        assert found == {CELL: {"pending": 1}}

    def test_more_notifications_than_fit_a_call_are_all_counted(
        self, statistics: Statistics
    ) -> None:
        many = [a_notification(number, event_type=f"event_{number % 7}") for number in range(150)]

        assert statistics.recount([a_recount(each) for each in many], lost_before=0) == set()

        found = totals(statistics, scope_of(a_notification()))
        assert sum(counts["pending"] for counts in found.values()) == 150
        assert len(found) == 7
        assert len(statistics.counted([key_of(each) for each in many])) == 150

    def test_a_division_has_counters_of_its_own_beside_the_tenants(
        self, statistics: Statistics
    ) -> None:
        theirs = a_notification(division="norte")
        statistics.recount([a_recount(theirs), a_recount(a_notification(2))], lost_before=0)

        assert totals(statistics, scope_of(theirs)) == {CELL: {"pending": 2}}
        assert totals(statistics, scope_of(theirs, division="norte")) == {CELL: {"pending": 1}}
        assert totals(statistics, scope_of(theirs, division="sur")) == {}

    def test_invariant_10_another_tenant_has_counters_of_its_own(
        self, statistics: Statistics
    ) -> None:
        statistics.recount([a_recount(a_notification())], lost_before=0)

        assert totals(statistics, scope_of(a_notification(tenant_id="costa"))) == {}
        assert totals(statistics, scope_of(a_notification(mode="test"))) == {}

    @pytest.mark.parametrize(
        ("first", "last", "found"),
        [
            ("2026-03-02", "2026-03-02", 1),
            ("2026-03-01", "2026-03-03", 1),
            ("2026-03-01", "2026-03-01", 0),
            ("2026-03-03", "2026-03-04", 0),
        ],
    )
    def test_counts_are_those_of_the_days_that_were_asked_for(
        self, statistics: Statistics, first: str, last: str, found: int
    ) -> None:
        statistics.recount([a_recount(a_notification())], lost_before=0)

        scope = scope_of(a_notification())
        assert len(totals(statistics, scope, first=first, last=last)) == found

    def test_an_hour_is_counted_by_the_provider_alone(self, statistics: Statistics) -> None:
        statistics.recount([a_recount(a_notification())], lost_before=0)

        hour = "2026-03-02T12"
        found = totals(statistics, scope_of(a_notification()), Span.HOUR, hour, hour)
        assert found == {Cell(provider=CELL.provider): {"pending": 1}}

    def test_long_names_are_counted(self, statistics: Statistics) -> None:
        named = a_notification(event_type="e" * 1500, division="d" * 128)

        assert statistics.recount([a_recount(named)], lost_before=0) == set()

        [cell] = totals(statistics, scope_of(named, division="d" * 128))
        assert cell.event_type == "e" * 1500
