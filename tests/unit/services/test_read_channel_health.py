"""A channel's health: what became of a day's notifications, and how its accounts are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from recado.domain.account_states import AccountState, AccountStatus
from recado.domain.channel_health import ChannelHealth, HealthState
from recado.domain.channels import Channel, Provider
from recado.domain.circuits import Circuit, CircuitState
from recado.domain.notification import Mode, Notification, State
from recado.domain.statistics import CounterScope
from recado.services.count_notifications import CountNotifications
from recado.services.read_channel_health import ReadChannelHealth
from tests.fakes.accounts import FakeStates
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.directory import FakeDirectory
from tests.fakes.statistics import FakeCircuits, FakeStatistics
from tests.unit.domain.notifications import new_notification
from tests.workshop import ACCOUNTS, furnish


def a_notification(
    number: int, state: State, *, step: int = 0, made: datetime = NOON
) -> Notification:
    sent_at = made + timedelta(seconds=2) if state in (State.SENT, State.READ) else None
    return new_notification().model_copy(
        update={
            "notification_id": f"ntf_{number}",
            "state": state,
            "step": step,
            "created_at": made,
            "sent_at": sent_at,
        }
    )


def health(
    *notifications: Notification,
    circuits: dict[str, Circuit] | None = None,
    told: tuple[AccountState, ...] = (),
    now: datetime = NOON,
) -> dict[Channel, ChannelHealth]:
    configuration, statistics = FakeConfiguration(), FakeStatistics()
    furnish(configuration, FakeDirectory())
    CountNotifications(statistics=statistics, configuration=configuration)(notifications)
    read = ReadChannelHealth(
        statistics=statistics,
        circuits=FakeCircuits(circuits),
        configuration=configuration,
        states=FakeStates(*told),
        clock=FakeClock(now),
    )
    found = read(CounterScope(tenant_id="andinos", mode=Mode.LIVE))
    return {each.channel: each for each in found}


def some(states: list[State]) -> list[Notification]:
    return [a_notification(number, state) for number, state in enumerate(states)]


def told_of(account_id: str, status: AccountStatus) -> AccountState:
    return AccountState(
        tenant_id="andinos",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        status=status,
        event="FLAGGED",
        at=NOON,
    )


def test_a_channel_that_nobody_used_is_well() -> None:
    found = health()

    assert set(found) == {Channel.WHATSAPP, Channel.EMAIL, Channel.PUSH}
    whatsapp = found[Channel.WHATSAPP]
    assert (whatsapp.state, whatsapp.success_rate) == (HealthState.OK, None)


@pytest.mark.parametrize(
    ("carried", "failed", "state"),
    [
        (19, 1, HealthState.OK),
        (18, 2, HealthState.DEGRADED),
        (10, 10, HealthState.DEGRADED),
        (9, 11, HealthState.DOWN),
        (0, 4, HealthState.OK),
        (0, 5, HealthState.DOWN),
    ],
)
def test_a_channel_is_judged_by_its_success_rate_from_five_on(
    carried: int, failed: int, state: HealthState
) -> None:
    found = health(*some([State.READ] * carried + [State.FAILED] * failed))

    whatsapp = found[Channel.WHATSAPP]
    assert whatsapp.state is state
    assert whatsapp.success_rate == pytest.approx(carried / (carried + failed), abs=1e-4)
    assert whatsapp.failure_rate == pytest.approx(failed / (carried + failed), abs=1e-4)


def test_what_left_for_the_next_channel_speaks_against_the_first_one_only() -> None:
    found = health(*[a_notification(n, State.SENT, step=1) for n in range(5)])

    assert found[Channel.WHATSAPP].state is HealthState.DOWN
    assert found[Channel.WHATSAPP].tally.given_up == 5
    assert (found[Channel.EMAIL].state, found[Channel.EMAIL].success_rate) == (HealthState.OK, 1.0)


@pytest.mark.parametrize("state", [State.SUPPRESSED, State.CANCELLED, State.QUEUED])
def test_a_refusal_and_what_is_on_its_way_say_nothing_of_a_channel(state: State) -> None:
    assert health(*some([state] * 9))[Channel.WHATSAPP].success_rate is None


def test_what_is_older_than_a_day_is_left_out() -> None:
    old = a_notification(1, State.FAILED, made=NOON - timedelta(hours=25, minutes=1))
    new = a_notification(2, State.SENT, made=NOON - timedelta(hours=23))

    assert health(old, new)[Channel.WHATSAPP].success_rate == 1.0


def test_what_was_planned_long_ago_counts_when_it_is_due() -> None:
    planned = a_notification(1, State.SENT, made=NOON - timedelta(days=90))
    planned = planned.model_copy(update={"send_at": NOON, "sent_at": NOON + timedelta(seconds=2)})

    found = health(planned)[Channel.WHATSAPP]

    assert found.success_rate == 1.0
    assert found.tally.seconds(0.95) == pytest.approx(2, rel=0.19)


@pytest.mark.parametrize(
    ("circuit", "status", "state"),
    [
        (CircuitState.OPEN, None, HealthState.DOWN),
        (CircuitState.HALF_OPEN, None, HealthState.DEGRADED),
        (CircuitState.CLOSED, AccountStatus.HEALTHY, HealthState.OK),
        (CircuitState.CLOSED, AccountStatus.DEGRADED, HealthState.DEGRADED),
        (CircuitState.CLOSED, AccountStatus.DISCONNECTED, HealthState.DOWN),
        (CircuitState.CLOSED, AccountStatus.DISABLED, HealthState.DOWN),
    ],
)
def test_a_channel_is_no_better_than_its_only_account(
    circuit: CircuitState, status: AccountStatus | None, state: HealthState
) -> None:
    told = (told_of("wa", status),) if status else ()

    found = health(*some([State.SENT] * 9), circuits={"wa": Circuit(state=circuit)}, told=told)

    assert found[Channel.WHATSAPP].state is state
    assert [account.state for account in found[Channel.WHATSAPP].accounts] == [state]


def test_a_second_account_keeps_a_channel_up(monkeypatch: pytest.MonkeyPatch) -> None:
    second = ACCOUNTS[0].model_copy(update={"account_id": "wa-2"})
    monkeypatch.setattr("tests.workshop.ACCOUNTS", (*ACCOUNTS, second))

    found = health(circuits={"wa": Circuit(state=CircuitState.OPEN)})

    assert found[Channel.WHATSAPP].state is HealthState.DEGRADED


def test_a_disabled_account_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    disabled = ACCOUNTS[0].model_copy(update={"enabled": False})
    monkeypatch.setattr("tests.workshop.ACCOUNTS", (disabled, *ACCOUNTS[1:]))

    assert Channel.WHATSAPP not in health()
