"""When a condition is raised, when it is over, and what the team is told of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.alert_rules import AlertRules
from recado.domain.alerts import WELL_FOR, Alert, AlertKind, Condition, News, Severity
from tests.fakes.clock import NOON

RULES = AlertRules(down_minutes=20)
RUN = timedelta(minutes=15)


def new(kind: AlertKind = AlertKind.TOO_MANY_FAILED, subject: str = "") -> Alert:
    return Alert(tenant_id="andinos", kind=kind, subject=subject)


def seen(alert: Alert, condition: Condition | None, now: datetime) -> Alert:
    return alert.seen(condition, now, today=now.date(), rules=RULES)


def standing(alert: Alert, **changes: object) -> Condition:
    return Condition(kind=alert.kind, subject=alert.subject).model_copy(update=changes)


def raised(kind: AlertKind = AlertKind.TOO_MANY_FAILED) -> Alert:
    """Raised at noon, and told."""
    alert = new(kind)
    since = NOON - timedelta(days=1)
    return seen(alert, standing(alert, since=since), NOON).told(NOON.date())


@pytest.mark.parametrize("kind", sorted(set(AlertKind) - {AlertKind.ACCOUNT_DOWN}))
def test_a_condition_is_raised_once_and_stays_silent(kind: AlertKind) -> None:
    alert = seen(new(kind), standing(new(kind), facts={"failed": "11"}), NOON)

    assert (alert.is_raised, alert.news, alert.facts) == (True, News.RAISED, {"failed": "11"})
    told = alert.told(NOON.date())
    assert seen(told, standing(told, facts={"failed": "12"}), NOON + RUN) == told


def test_it_is_over_once_and_can_be_raised_again() -> None:
    over = seen(raised(), None, NOON + RUN)

    assert (over.is_raised, over.news, over.cleared_at) == (False, News.CLEARED, NOON + RUN)
    told = over.told(NOON.date())
    assert seen(told, None, NOON + 2 * RUN) == told
    again = seen(told, standing(told), NOON + 3 * RUN)
    assert (again.is_raised, again.news, again.cleared_at) == (True, News.RAISED, None)
    assert again.telling != raised().model_copy(update={"news": News.RAISED}).telling


def test_between_its_two_limits_it_stays_as_it_is() -> None:
    between = standing(new(), stands=False)

    assert seen(new(), between, NOON) == new()
    assert seen(raised(), between, NOON + RUN) == raised()


def test_nobody_is_told_that_it_is_over_who_did_not_hear_of_it() -> None:
    alert = seen(new(), standing(new()), NOON)

    over = seen(alert, None, NOON + RUN)

    assert (over.is_raised, over.news) == (False, None)


def test_one_that_comes_back_before_its_end_is_told_is_raised_anew() -> None:
    over = seen(raised(), None, NOON + RUN)

    again = seen(over, standing(over), NOON + 2 * RUN)

    assert (again.news, again.news_at) == (News.RAISED, NOON + 2 * RUN)


def test_a_token_is_asked_for_once_a_day_until_it_is_renewed() -> None:
    alert = new(AlertKind.TOKEN_EXPIRES, "wa")
    told: list[tuple[date, News]] = []
    for step in range(4 * 24 * 3):
        now = NOON + step * RUN
        alert = seen(alert, standing(alert, facts={"day": str(now.date())}), now)
        if alert.news:
            assert alert.facts == {"day": str(now.date())}
            told.append((now.date(), alert.news))
            alert = alert.told(now.date())

    first = NOON.date()
    assert told == [
        (first, News.RAISED),
        *((first + timedelta(days=days), News.STILL) for days in (1, 2, 3)),
    ]
    assert seen(alert, None, NOON + timedelta(days=4)).news is News.CLEARED


def test_an_account_is_down_when_it_was_out_for_some_minutes() -> None:
    alert = new(AlertKind.ACCOUNT_DOWN, "wa")

    first = seen(alert, standing(alert, since=NOON - timedelta(minutes=1)), NOON)
    assert (first.is_raised, first.turning_since) == (False, NOON - timedelta(minutes=1))
    # Its circuit tried in between, and opened anew.
    second = seen(first, standing(alert, since=NOON + RUN), NOON + 2 * RUN)

    assert (second.is_raised, second.began_at) == (True, NOON - timedelta(minutes=1))


def test_an_account_that_was_out_for_long_is_down_at_once() -> None:
    alert = new(AlertKind.ACCOUNT_DOWN, "wa")

    assert seen(alert, standing(alert, since=NOON - timedelta(minutes=20)), NOON).is_raised


def test_an_account_that_was_out_for_a_moment_is_nobodys_concern() -> None:
    alert = new(AlertKind.ACCOUNT_DOWN, "wa")

    first = seen(alert, standing(alert), NOON)
    well = seen(first, None, NOON + RUN)
    later = seen(well, standing(alert), NOON + 2 * RUN)

    assert (well.turning_since, later.is_raised) == (None, False)


def test_an_account_that_only_tries_is_not_well_yet() -> None:
    down = raised(AlertKind.ACCOUNT_DOWN)

    turning = seen(down, None, NOON + RUN)
    trying = seen(turning, standing(down, stands=False), NOON + 2 * RUN)
    well = seen(trying, None, NOON + 3 * RUN)
    over = seen(well, None, NOON + 3 * RUN + WELL_FOR)

    assert [a.is_raised for a in (turning, trying, well, over)] == [True, True, True, False]


def test_a_look_that_comes_late_changes_nothing() -> None:
    over = seen(raised(), None, NOON + RUN).told(NOON.date())

    assert seen(over, standing(over), NOON) == over
    assert seen(raised(), None, NOON - RUN) == raised()


@pytest.mark.parametrize("kind", AlertKind)
def test_only_what_loses_messages_now_is_critical(kind: AlertKind) -> None:
    is_critical = kind in (AlertKind.ACCOUNT_DOWN, AlertKind.DEAD_LETTERS)

    assert (new(kind).severity is Severity.CRITICAL) is is_critical


class Look(Enum):
    STANDS = 1
    BETWEEN = 2
    ABSENT = 3


LOOKS = st.lists(st.tuples(st.sampled_from(Look), st.integers(0, 200)), max_size=60)


@given(st.sampled_from(AlertKind), LOOKS)
def test_raisings_and_ends_take_turns_and_each_is_news_once(
    kind: AlertKind, looks: list[tuple[Look, int]]
) -> None:
    alert, now = new(kind), NOON
    news: list[News] = []
    turns: list[bool] = []
    for look, minutes in looks:
        now += timedelta(minutes=minutes)
        condition = None
        if look is not Look.ABSENT:
            condition = standing(alert, stands=look is Look.STANDS)
        after = seen(alert, condition, now)
        assert seen(after, condition, now) == after
        if after.is_raised is not alert.is_raised:
            turns.append(after.is_raised)
        if after.news:
            news.append(after.news)
            after = after.told(now.date())
        alert = after

    assert turns == [number % 2 == 0 for number in range(len(turns))]
    assert news.count(News.RAISED) == turns.count(True)
    assert news.count(News.CLEARED) == turns.count(False)
    assert kind is AlertKind.TOKEN_EXPIRES or News.STILL not in news
