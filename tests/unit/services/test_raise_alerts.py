"""Alerts: once per condition until it is over, never by what is broken, whatever breaks off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.alert_rules import AlertRules
from recado.domain.alerts import AlertKind, Condition, News
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.circuits import Circuit, CircuitState
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.notification import Mode, Notification, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.sending_rhythm import SendingRhythm
from recado.domain.templates import (
    ApprovedTemplate,
    EmailContent,
    SmsContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.domain.tenants import Tenant
from recado.services.count_notifications import CountNotifications
from recado.services.plan_notification import PlanNotification
from recado.services.raise_alerts import AlertRun, RaiseAlerts
from recado.services.tell_team import TellTeam
from recado.services.watch_conditions import WatchConditions, Watched
from tests.fakes.accounts import FakeStates, FakeTemplatesInForce
from tests.fakes.alerts import FakeAlerts, FakeQueueDepths
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.conversations import FakeConversations
from tests.fakes.directory import FakeDirectory
from tests.fakes.notifications import FakeNotifications
from tests.fakes.queues import FakeQueues
from tests.fakes.reach import FakeReach
from tests.fakes.send_limits import FakeSpendingLedger
from tests.fakes.statistics import FakeCircuits, FakeStatistics
from tests.unit.domain.notifications import new_notification
from tests.workshop import CATALOGUE, TENANT, furnish

RUN = timedelta(minutes=15)
SMS = ChannelAccount(
    tenant_id="andinos", account_id="sms", provider=Provider.TWILIO_SMS, secret_name="s"
)
TEAM = Recipient(
    tenant_id="andinos",
    recipient_id="team",
    name="Equipo",
    addresses=(
        Address(channel=Channel.EMAIL, value="taller@example.com"),
        Address(channel=Channel.WHATSAPP, value="+593990000100"),
        Address(channel=Channel.SMS, value="+593990000100"),
    ),
)
APPROVED = ApprovedTemplate(
    name="alerta_equipo", language="es", parameters=("Alerta", "Detalle", "Acción")
)
WORDS = "{{Alerta}} {{Detalle}} {{Acción}}"
CONTENTS: tuple[TemplateContent, ...] = (
    EmailContent(subject="{{Alerta}}", text=WORDS),
    WhatsAppContent(text=WORDS, approved_template=APPROVED),
    SmsContent(text=WORDS),
)


def at(zone_time: str, day: date = date(2026, 3, 2)) -> datetime:
    """A moment by the tenant's clock."""
    local = datetime.combine(day, time.fromisoformat(zone_time), ZoneInfo(TENANT.time_zone))
    return local.astimezone(FakeClock().now().tzinfo)


class ScriptedWatch:
    """In place of `WatchConditions`: what is seen is what the test says."""

    def __init__(self) -> None:
        self.conditions: list[Condition] = []
        self.judged = frozenset(AlertKind)
        self.broken: frozenset[Channel] | None = frozenset()

    def __call__(self, tenant: Tenant, now: datetime) -> Watched:
        return Watched(tuple(self.conditions), self.judged, self.broken, None)


@dataclass
class World:
    """A tenant with counters, accounts and a team."""

    clock: FakeClock = field(default_factory=FakeClock)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    statistics: FakeStatistics = field(default_factory=FakeStatistics)
    circuits: FakeCircuits = field(default_factory=FakeCircuits)
    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    notifications: FakeNotifications = field(default_factory=FakeNotifications)
    queues: FakeQueues = field(default_factory=FakeQueues)
    depths: FakeQueueDepths = field(default_factory=FakeQueueDepths)
    spending: FakeSpendingLedger = field(default_factory=FakeSpendingLedger)
    states: list[AccountState | TemplateState] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        furnish(self.configuration, self.directory)
        self.configuration.put_account(SMS)
        self.directory.put_recipient(TEAM)
        self.rules()
        for content in CONTENTS:
            slot = TemplateSlot(
                service_type=ANY_SERVICE,
                phase=Occasion.ALERT,
                target=Target.STAFF,
                channel=content.channel,
                locale="es",
            )
            self.configuration.put_template(
                Template(tenant_id="andinos", slot=slot, version=1, content=content)
            )

    def rules(self, **changes: object) -> None:
        """Change the tenant's limits; it is told at any time unless they say otherwise."""
        rules = AlertRules.model_validate({"told_from": "00:00", "told_until": "00:00", **changes})
        self.tenant(alerts=rules)

    def tenant(self, **changes: object) -> None:
        stored = self.configuration.tenant("andinos")
        assert stored is not None
        self.configuration.put_tenant(stored.model_copy(update=changes))

    def watch(self) -> WatchConditions:
        return WatchConditions(
            alerts=self.alerts,
            statistics=self.statistics,
            circuits=self.circuits,
            configuration=self.configuration,
            states=FakeStates(*self.states),
            templates=FakeTemplatesInForce(
                *self.configuration.template_store.in_force(
                    "andinos", ["any.alert.staff.whatsapp.es"]
                ).values()
            ),
            queues=self.depths,
            spending=self.spending,
            operations_tenant="andinos",
        )

    def raiser(self, watch: Callable[[Tenant, datetime], Watched] | None = None) -> RaiseAlerts:
        plan = PlanNotification(
            notifications=self.notifications,
            directory=self.directory,
            configuration=self.configuration,
            reach=FakeReach(self.directory, FakeConversations()),
            queues=self.queues,
            clock=self.clock,
        )
        tell = TellTeam(plan=plan, directory=self.directory, configuration=self.configuration)
        return RaiseAlerts(
            tenants=self.configuration,
            alerts=self.alerts,
            watch=watch or self.watch(),
            tell=tell,
        )

    def run(self, now: datetime = NOON, *, has_time: Callable[[], bool] = lambda: True) -> AlertRun:
        return self.raiser()(now, has_time=has_time)

    def told(self) -> list[Notification]:
        """The notifications that were queued since the last look; one told twice is there once."""
        taken, self.queues.queued = self.queues.queued, []
        found = [self.notifications.get("andinos", m.notification_id) for _, m, _ in taken]
        return [notification for notification in found if notification is not None]

    def said(self) -> list[tuple[str, Channel]]:
        """Event types and channels of what was told since the last look."""
        return [(n.event_type, n.current_step.channel) for n in self.told()]

    def count(
        self,
        *states: State,
        made: datetime = NOON,
        event_type: str = "appointment_scheduled",
        send_at: datetime | None = None,
    ) -> None:
        """Let notifications be made that stand so."""
        for state in states:
            self.made += 1
            changes = {
                "notification_id": f"ntf_{self.made}",
                "event_type": event_type,
                "state": state,
                "created_at": made,
                "send_at": send_at,
                "sent_at": (send_at or made) if state in (State.SENT, State.READ) else None,
            }
            CountNotifications(statistics=self.statistics, configuration=self.configuration)(
                [new_notification().model_copy(update=changes)]
            )


@pytest.fixture
def world() -> World:
    return World()


BOTH = [Channel.EMAIL, Channel.WHATSAPP]


def events(kind: AlertKind, channels: Sequence[Channel] = BOTH) -> list[tuple[str, Channel]]:
    return [(f"ALERT_{kind.upper()}", channel) for channel in channels]


def told_of(status: AccountStatus, account_id: str = "wa") -> AccountState:
    return AccountState(
        tenant_id="andinos",
        account_id=account_id,
        provider=Provider.WHATSAPP_CLOUD,
        status=status,
        event="FLAGGED",
        at=NOON - timedelta(hours=1),
    )


def the_template(**changes: object) -> TemplateState:
    state = TemplateState(
        tenant_id="andinos", account_id="wa", name="alerta_equipo", language="es", at=NOON
    )
    return state.model_copy(update=changes)


def with_token(world: World, expires_at: str) -> None:
    [account] = [a for a in world.configuration.accounts("andinos") if a.account_id == "wa"]
    changed = account.model_copy(update={"settings": {"token_expires_at": expires_at}})
    world.configuration.put_account(changed)


def fail_many(world: World) -> None:
    world.count(*[State.FAILED] * 11, *[State.READ] * 80)


def succeed_again(world: World) -> None:
    # The failures are of another day by then.
    world.statistics = FakeStatistics()


def be_silent(world: World) -> None:
    monday = date(2026, 3, 2)
    world.alerts.save_rhythm(
        SendingRhythm(
            tenant_id="andinos",
            first_sent={monday - timedelta(weeks=n): time(5) for n in (1, 2, 3)},
        )
    )


def exhaust(world: World) -> None:
    world.tenant(monthly_budget=Decimal(10))
    world.spending.reserve("andinos", "2026-03", [Decimal(11)], budget=Decimal(10), now=NOON)


@dataclass(frozen=True)
class Case:
    """How a condition begins, how it is over, and by which channels it is told."""

    kind: AlertKind
    begins: Callable[[World], object]
    is_over: Callable[[World], object]
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.WHATSAPP)


CASES = [
    Case(AlertKind.TOO_MANY_FAILED, fail_many, succeed_again),
    Case(
        AlertKind.NOTHING_SENT,
        be_silent,
        lambda world: world.count(State.SENT),
    ),
    Case(
        AlertKind.TOKEN_EXPIRES,
        lambda world: with_token(world, "2026-03-08"),
        lambda world: with_token(world, "2026-09-08"),
    ),
    Case(
        AlertKind.TEMPLATE_STOPPED,
        lambda world: world.states.append(the_template(status="PAUSED")),
        lambda world: world.states.clear(),
    ),
    Case(
        AlertKind.TEMPLATE_QUALITY,
        lambda world: world.states.append(the_template(quality="RED")),
        lambda world: world.states.clear(),
    ),
    Case(
        AlertKind.ACCOUNT_QUALITY,
        lambda world: world.states.append(told_of(AccountStatus.DEGRADED)),
        lambda world: world.states.clear(),
        (Channel.EMAIL,),
    ),
    Case(
        AlertKind.ACCOUNT_DOWN,
        lambda world: world.states.append(told_of(AccountStatus.DISCONNECTED)),
        lambda world: world.states.clear(),
        (Channel.EMAIL,),
    ),
    Case(
        AlertKind.DEAD_LETTERS,
        lambda world: world.depths.found.update(inbound=2),
        lambda world: world.depths.found.clear(),
    ),
    Case(
        AlertKind.BUDGET_EXHAUSTED,
        exhaust,
        lambda world: world.tenant(monthly_budget=Decimal(20)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_every_condition_is_raised_once_stays_silent_is_over_and_begins_again(
    world: World, case: Case
) -> None:
    assert world.run() == AlertRun(tenants=1)
    case.begins(world)

    assert world.run() == AlertRun(tenants=1, raised=1, told=1)
    assert world.said() == events(case.kind, case.channels)
    for minutes in (0, 15, 30):
        assert world.run(NOON + timedelta(minutes=minutes)) == AlertRun(tenants=1)
    assert world.said() == []

    case.is_over(world)
    over = [world.run(NOON + timedelta(minutes=minutes)) for minutes in (45, 75, 90)]
    assert sum(run.cleared for run in over) == 1
    [solved] = world.told()
    assert solved.current_step.channel is Channel.EMAIL
    assert solved.context["Alerta"].startswith("Resuelto: ")

    if case.kind is AlertKind.NOTHING_SENT:
        # Sent once, the day is no silent one any more.
        return
    case.begins(world)
    again = [world.run(NOON + timedelta(minutes=minutes)) for minutes in (120, 135)]
    assert sum(run.raised for run in again) == 1
    assert world.said() == events(case.kind, case.channels)


def test_all_kinds_have_their_case() -> None:
    assert {case.kind for case in CASES} == set(AlertKind)


def test_an_alert_is_an_urgent_message_to_the_team_in_its_language(world: World) -> None:
    fail_many(world)
    world.run()

    mail, _ = world.told()

    assert (mail.target, mail.recipient_id, mail.mode) == (Target.STAFF, "team", Mode.LIVE)
    assert mail.urgent
    assert mail.context["Alerta"] == "Demasiados mensajes fallidos"
    assert mail.context["Detalle"] == "En las últimas 24 horas no llegaron 11 de 91 mensajes."
    assert mail.context["Acción"]


def test_an_alert_is_known_in_logs_by_the_name_of_its_news_and_its_channel(world: World) -> None:
    fail_many(world)
    world.run()

    named = [str(each.correlation_id).split(":") for each in world.told()]

    assert [(first, kind) for first, kind, _, _ in named] == [("alert", "too_many_failed")] * 2
    assert [channel for *_, channel in named] == BOTH


# A circuit that nobody used


def raise_by_circuit(world: World) -> None:
    """A circuit that stays open for twenty minutes; then nobody uses the account."""
    opened = Circuit(state=CircuitState.OPEN, opened_at=NOON - timedelta(minutes=20))
    world.circuits.circuits["wa"] = opened
    assert world.run().raised == 1
    world.circuits.circuits.clear()


def cleared_in(world: World, minutes: range) -> int:
    return sum(world.run(NOON + timedelta(minutes=each)).cleared for each in minutes)


def test_a_dead_account_that_nobody_uses_for_hours_is_not_over(world: World) -> None:
    raise_by_circuit(world)

    assert cleared_in(world, range(60, 20 * 60, 15)) == 0


def test_a_circuit_that_closed_is_over(world: World) -> None:
    raise_by_circuit(world)
    world.circuits.circuits["wa"] = Circuit()

    assert cleared_in(world, range(60, 120, 15)) == 1


def test_an_account_that_is_not_used_any_more_is_over(world: World) -> None:
    raise_by_circuit(world)
    [account] = [a for a in world.configuration.accounts("andinos") if a.account_id == "wa"]
    world.configuration.put_account(account.model_copy(update={"enabled": False}))

    assert cleared_in(world, range(60, 120, 15)) == 1


def test_what_a_provider_took_since_the_circuit_opened_shows_that_the_account_works(
    world: World,
) -> None:
    world.count(State.SENT, made=NOON - timedelta(minutes=19))
    raise_by_circuit(world)
    assert cleared_in(world, range(60, 180, 15)) == 0

    world.count(State.SENT, made=NOON + timedelta(hours=3))

    assert cleared_in(world, range(180, 240, 15)) == 1


def test_of_two_accounts_at_one_provider_nobody_knows_which_of_them_works(world: World) -> None:
    [account] = [a for a in world.configuration.accounts("andinos") if a.account_id == "wa"]
    world.configuration.put_account(account.model_copy(update={"account_id": "wa-2"}))
    raise_by_circuit(world)
    world.count(State.SENT, made=NOON + timedelta(hours=3))

    assert cleared_in(world, range(180, 240, 15)) == 0


# By which channels


def test_a_channel_whose_circuit_is_open_carries_no_alert_of_anything(world: World) -> None:
    world.circuits.circuits["wa"] = Circuit(state=CircuitState.OPEN, opened_at=NOON)
    fail_many(world)

    world.run()

    assert world.said() == events(AlertKind.TOO_MANY_FAILED, [Channel.EMAIL])


def test_a_channel_that_loses_most_messages_carries_no_alert(world: World) -> None:
    world.count(*[State.FAILED] * 11)

    world.run()

    assert world.said() == events(AlertKind.TOO_MANY_FAILED, [Channel.EMAIL])


def test_one_of_two_accounts_out_is_enough(world: World) -> None:
    second = ChannelAccount(
        tenant_id="andinos",
        account_id="wa-2",
        provider=Provider.TWILIO_WHATSAPP,
        secret_name="s",
        priority=2,
    )
    world.configuration.put_account(second)
    world.states.append(told_of(AccountStatus.DISABLED, "wa-2"))

    world.run()

    assert world.said() == events(AlertKind.ACCOUNT_DOWN, [Channel.EMAIL])


def test_an_expired_token_is_not_told_by_its_channel(world: World) -> None:
    with_token(world, "2026-03-01")

    world.run()

    assert world.said() == events(AlertKind.TOKEN_EXPIRES, [Channel.EMAIL])


@pytest.mark.parametrize("lacks", ["account", "address", "wish"])
def test_where_neither_wanted_channel_is_left_another_one_carries_it(
    world: World, lacks: str, caplog: pytest.LogCaptureFixture
) -> None:
    if lacks == "account":
        [mail] = [a for a in world.configuration.accounts("andinos") if a.account_id == "mail"]
        world.configuration.put_account(mail.model_copy(update={"enabled": False}))
    if lacks == "address":
        kept = tuple(a for a in TEAM.addresses if a.channel is not Channel.EMAIL)
        world.directory.put_recipient(TEAM.model_copy(update={"addresses": kept}))
    if lacks == "wish":
        unwanted = (Preference(channel=Channel.EMAIL, priority=1, enabled=False),)
        world.directory.put_recipient(TEAM.model_copy(update={"preferences": unwanted}))
    world.states.append(told_of(AccountStatus.DISCONNECTED))

    world.run()

    assert world.said() == events(AlertKind.ACCOUNT_DOWN, [Channel.SMS])
    assert "an alert goes by sms" in caplog.text


def test_what_no_channel_carries_is_told_when_one_does(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    only_whatsapp = TEAM.model_copy(update={"addresses": TEAM.addresses[1:2]})
    world.directory.put_recipient(only_whatsapp)
    world.states.append(told_of(AccountStatus.DISCONNECTED))

    assert world.run() == AlertRun(tenants=1, raised=1, untold=1)
    assert world.said() == []
    assert "cannot be told now" in caplog.text
    assert "+593" not in caplog.text
    world.directory.put_recipient(TEAM)
    assert world.run(NOON + RUN) == AlertRun(tenants=1, told=1)
    assert world.said() == events(AlertKind.ACCOUNT_DOWN, [Channel.EMAIL])


def test_an_alerts_own_template_that_is_stopped_leaves_the_mail(world: World) -> None:
    paused = the_template(status="PAUSED")
    world.states.append(paused)
    world.configuration.learn(paused)

    world.run()

    assert world.said() == events(AlertKind.TEMPLATE_STOPPED, [Channel.EMAIL])


def test_a_tenant_without_a_team_is_left_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.tenant(team_recipient_id=None)
    fail_many(world)

    assert world.run() == AlertRun(tenants=1, raised=1, untold=1)
    assert "has no team" in caplog.text


# By night


def test_what_is_no_emergency_waits_for_the_morning_and_is_told_once(world: World) -> None:
    world.rules(told_from="07:00", told_until="21:00")
    night = at("23:00")
    world.count(*[State.FAILED] * 11, *[State.READ] * 80, made=night)

    waiting = [world.run(night + step * RUN) for step in range(32)]
    assert {run.told for run in waiting} == {0}
    assert sum(run.raised for run in waiting) == 1
    assert world.said() == []

    morning = at("07:00", date(2026, 3, 3))
    assert world.run(morning).told == 1
    assert world.said() == events(AlertKind.TOO_MANY_FAILED)
    assert world.run(morning + RUN).told == 0


def test_an_emergency_is_told_at_night(world: World) -> None:
    world.rules(told_from="07:00", told_until="21:00")
    world.depths.found["parked"] = 1

    assert world.run(at("03:00")).told == 1


def test_what_was_over_before_the_morning_is_told_to_nobody(world: World) -> None:
    world.rules(told_from="07:00", told_until="21:00")
    world.states.append(told_of(AccountStatus.DEGRADED))
    world.run(at("22:00"))
    world.states.clear()

    run = world.run(at("22:15"))

    assert (run.cleared, run.told) == (1, 0)
    assert world.run(at("08:00", date(2026, 3, 3))).told == 0
    assert world.said() == []


def test_a_token_is_asked_for_every_morning_until_it_is_renewed(world: World) -> None:
    world.rules(told_from="07:00", told_until="21:00")
    with_token(world, "2026-03-09")
    told: list[datetime] = []
    for step in range(6 * 96):
        now = at("12:00") + step * RUN
        if world.run(now).told:
            told.append(now)

    assert told == [
        at("12:00"),
        *(at("07:00", date(2026, 3, 2) + timedelta(days=days)) for days in range(1, 6)),
        at("07:00", date(2026, 3, 8)),
    ]
    days = [n.context["Detalle"] for n in world.told() if n.current_step.channel is Channel.EMAIL]
    assert len(days) == len(told)


@pytest.mark.parametrize("rests", ["circuit", "switched off"])
def test_that_it_is_over_is_told_when_the_mail_works_again(world: World, rests: str) -> None:
    fail_many(world)
    world.run()
    world.said()
    succeed_again(world)
    [mail] = [a for a in world.configuration.accounts("andinos") if a.account_id == "mail"]
    if rests == "circuit":
        world.circuits.circuits["mail"] = Circuit(state=CircuitState.OPEN, opened_at=NOON + RUN)
    else:
        world.configuration.put_account(mail.model_copy(update={"enabled": False}))
    assert world.run(NOON + RUN) == AlertRun(tenants=1, cleared=1, untold=1)
    assert world.said() == []

    world.circuits.circuits.clear()
    world.configuration.put_account(mail)

    assert world.run(NOON + 2 * RUN) == AlertRun(tenants=1, told=1)
    [solved] = world.told()
    assert solved.context["Alerta"].startswith("Resuelto: ")
    assert world.run(NOON + 3 * RUN) == AlertRun(tenants=1)


@pytest.mark.parametrize("lacks", ["address", "wish"])
def test_that_it_is_over_is_told_to_no_team_without_mail(world: World, lacks: str) -> None:
    no_mail: dict[str, object] = {"addresses": TEAM.addresses[1:]}
    if lacks == "wish":
        preference = Preference(channel=Channel.EMAIL, priority=1, enabled=False)
        no_mail = {"preferences": (preference,)}
    world.directory.put_recipient(TEAM.model_copy(update=no_mail))
    fail_many(world)
    world.run()
    world.said()
    succeed_again(world)

    assert world.run(NOON + RUN).untold == 0
    assert world.said() == []


# Silence


def test_the_days_first_message_is_noted_and_alerts_are_none(world: World) -> None:
    world.count(State.SENT, event_type="ALERT_NOTHING_SENT")
    world.run()
    assert world.alerts.rhythm("andinos").first_sent == {}

    world.count(State.FAILED, State.QUEUED)
    world.run(NOON + RUN)
    assert world.alerts.rhythm("andinos").first_sent == {}

    world.count(State.SENT)
    world.run(NOON + 2 * RUN)
    world.run(NOON + 3 * RUN)
    # Noon in UTC is seven o'clock in Guayaquil.
    assert world.alerts.rhythm("andinos").first_sent == {date(2026, 3, 2): time(7, 30)}


def test_what_was_planned_days_before_is_sent_on_its_day(world: World) -> None:
    be_silent(world)
    world.count(State.SENT, made=NOON - timedelta(days=3), send_at=NOON - timedelta(hours=1))

    assert world.run().raised == 0
    assert date(2026, 3, 2) in world.alerts.rhythm("andinos").first_sent


def test_what_was_sent_late_yesterday_is_not_sent_today(world: World) -> None:
    be_silent(world)
    world.count(State.SENT, made=at("23:59", date(2026, 3, 1)))

    assert world.run().raised == 1


@pytest.mark.parametrize(("made", "raised"), [("00:15", 1), ("00:30", 0)])
def test_an_hour_in_which_two_days_meet_is_none_of_todays(
    world: World, made: str, raised: int
) -> None:
    be_silent(world)
    zone = ZoneInfo("Asia/Kolkata")
    world.tenant(time_zone=zone.key)
    local = datetime.combine(date(2026, 3, 2), time.fromisoformat(made), zone)
    world.count(State.SENT, made=local.astimezone(NOON.tzinfo))

    assert world.run().raised == raised


def test_its_own_message_does_not_end_the_silence(world: World) -> None:
    be_silent(world)
    world.run()
    world.count(State.SENT, event_type="ALERT_NOTHING_SENT")

    assert world.run(NOON + RUN).cleared == 0


def test_a_week_of_holidays_is_told_once(world: World) -> None:
    # A month of working days, 20 messages each; then nobody works.
    for days in range(28, 0, -1):
        day = date(2026, 3, 2) - timedelta(days=days)
        if day.weekday() < 5:
            world.count(*[State.READ] * 20, made=at("08:10", day))
            world.run(at("08:15", day))
    told = 0
    for step in range(7 * 96):
        told += world.run(at("00:00") + step * RUN).told
    assert told == 1

    world.count(State.SENT, made=at("08:10", date(2026, 3, 9)))
    assert world.run(at("08:15", date(2026, 3, 9))).cleared == 1


def test_a_tenant_of_twenty_messages_a_day_hears_of_a_quarter_that_fails(world: World) -> None:
    for days in range(14, 0, -1):
        made = NOON - timedelta(days=days)
        world.count(*[State.READ] * 19, State.FAILED, made=made)
        assert world.run(made).raised == 0
    world.count(*[State.READ] * 15, *[State.FAILED] * 5)

    assert world.run().raised == 1
    quiet = [world.run(NOON + step * RUN) for step in range(1, 90)]
    assert {run.told for run in quiet} == {0}


def test_alerts_that_fail_are_no_failures_to_alert_to_and_break_no_channel(world: World) -> None:
    world.count(*[State.FAILED] * 12, event_type="ALERT_DEAD_LETTERS")
    world.depths.found["parked"] = 1

    assert world.run() == AlertRun(tenants=1, raised=1, told=1)
    assert world.said() == events(AlertKind.DEAD_LETTERS)


# When things go wrong


def test_whom_a_run_has_no_time_for_comes_first_in_a_later_one(world: World) -> None:
    team = TENANT.team_recipient_id
    for name in ("other", "third"):
        other = TENANT.model_copy(update={"tenant_id": name, "team_recipient_id": team})
        world.configuration.put_tenant(other)
        world.configuration.put_catalogue(name, CATALOGUE)
    looked_at: list[str] = []

    class Watch(ScriptedWatch):
        def __call__(self, tenant: Tenant, now: datetime) -> Watched:
            looked_at.append(tenant.tenant_id)
            return super().__call__(tenant, now)

    raiser = world.raiser(Watch())
    for number in range(3):
        answers = iter([True, False])
        assert raiser(NOON + number * RUN, has_time=lambda: next(answers)).tenants == 1  # noqa: B023

    assert sorted(looked_at) == ["andinos", "other", "third"]


def test_the_alerts_that_a_run_has_no_time_for_are_the_next_ones(world: World) -> None:
    fail_many(world)
    world.depths.found["parked"] = 1

    assert world.run(has_time=lambda: not world.alerts.alerts("andinos")).raised == 1
    assert world.run(NOON + RUN).raised == 1


@pytest.mark.parametrize("late", [timedelta(), RUN], ids=["same time", "next time"])
@pytest.mark.parametrize("save", [0, 1])
def test_two_runs_at_once_tell_once(world: World, save: int, late: timedelta) -> None:
    fail_many(world)
    runs: list[AlertRun] = []
    world.alerts.before_save = [
        *[lambda: None] * save,
        lambda: runs.append(world.run(NOON + late)),
    ]

    world.run()

    assert world.said() == events(AlertKind.TOO_MANY_FAILED)
    assert sum(run.told for run in runs) == 1
    assert world.run(NOON + 2 * RUN).told == 0


def test_what_breaks_off_before_it_is_told_is_told_by_the_next_run(world: World) -> None:
    fail_many(world)
    tell = world.directory.recipient
    world.directory.recipient = _breaks  # type: ignore[method-assign]

    with pytest.raises(ConnectionError):
        world.run()
    world.directory.recipient = tell  # type: ignore[method-assign]

    assert world.run(NOON + RUN).told == 1
    assert world.said() == events(AlertKind.TOO_MANY_FAILED)


def test_a_failing_tenant_stops_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("aaa", "zzz"):
        broken = TENANT.model_copy(update={"tenant_id": name, "time_zone": "Nowhere/Nothing"})
        world.configuration.put_tenant(broken)
    fail_many(world)

    with pytest.raises(KeyError):
        world.run()

    assert world.said() == events(AlertKind.TOO_MANY_FAILED)
    assert "could not be looked at" in caplog.text


def test_what_cannot_be_looked_at_is_neither_raised_nor_over(world: World) -> None:
    fail_many(world)
    world.depths.found["parked"] = 1
    world.run()
    world.said()
    world.circuits.of = _breaks  # type: ignore[method-assign]
    world.depths.found.clear()

    with pytest.raises(ConnectionError):
        world.run(NOON + RUN)

    raised = {alert.kind for alert in world.alerts.alerts("andinos") if alert.is_raised}
    assert raised == {AlertKind.TOO_MANY_FAILED}
    # Which channels are broken is not known either, so telling waits.
    assert world.said() == []
    world.circuits = FakeCircuits()
    assert world.run(NOON + 2 * RUN).told == 1


def test_an_alert_that_fails_stops_no_other_of_its_tenant(world: World) -> None:
    fail_many(world)
    world.depths.found["parked"] = 1
    world.alerts.before_save = [_raise]

    with pytest.raises(ConnectionError):
        world.run()

    assert world.said() == events(AlertKind.TOO_MANY_FAILED)


def test_queues_are_told_of_to_one_tenant_only(world: World) -> None:
    other = TENANT.model_copy(update={"tenant_id": "other"})
    world.configuration.put_tenant(other)
    world.configuration.put_catalogue("other", CATALOGUE)
    world.depths.found["parked"] = 1

    assert world.run() == AlertRun(tenants=2, raised=1, told=1)
    assert world.alerts.alerts("other") == []


def _breaks(*_: object, **__: object) -> None:
    raise ConnectionError


def _raise() -> None:
    raise ConnectionError


# Any order of everything

KINDS = (AlertKind.TOO_MANY_FAILED, AlertKind.ACCOUNT_DOWN, AlertKind.TEMPLATE_STOPPED)
STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(KINDS), st.booleans()),
        st.integers(0, 120),
        st.sampled_from(["whole", "twice", "at once", "breaks off"]),
        st.integers(0, 6),
    ),
    max_size=25,
)


@settings(max_examples=150)
@given(STEPS)
def test_as_many_tellings_as_raisings_whatever_is_seen_and_breaks_off(
    steps: list[tuple[dict[AlertKind, bool], int, str, int]],
) -> None:
    world, watch = World(), ScriptedWatch()
    raisings: set[tuple[AlertKind, datetime]] = set()
    tellings: list[Notification] = []
    now = NOON
    for seen, minutes, how, number in steps:
        now += timedelta(minutes=minutes)
        watch.conditions = [
            Condition(
                kind=kind,
                stands=stands,
                facts={
                    **dict.fromkeys(("failed", "ended", "account", "channel"), str(now)),
                    **dict.fromkeys(("template", "status"), str(now)),
                },
            )
            for kind, stands in seen.items()
        ]
        run = partial(world.raiser(watch), has_time=lambda: True)
        moment = now + timedelta(minutes=1)
        interruptions = {
            "at once": lambda run=run, moment=moment: run(moment),
            "breaks off": _raise,
        }
        if how in interruptions:
            world.alerts.before_save = [lambda: None] * number + [interruptions[how]]
        try:
            for _ in range(2 if how == "twice" else 1):
                run(now)
        except ConnectionError:
            pass
        world.alerts.before_save = []
        for alert in world.alerts.alerts("andinos"):
            if alert.raised_at:
                raisings.add((alert.kind, alert.raised_at))
        tellings += world.told()

    mails = [
        n.event_type
        for n in tellings
        if n.current_step.channel is Channel.EMAIL and "Resuelto" not in n.context["Alerta"]
    ]
    assert sorted(mails) == sorted(f"ALERT_{kind.upper()}" for kind, _ in raisings)
    assert not any(a.news is News.STILL for a in world.alerts.alerts("andinos"))
