"""The clock and its reminders: each once, whatever happens to the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel
from recado.domain.directory import Recipient
from recado.domain.notification import Mode, Notification, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.reminding import planned
from recado.domain.templates import EmailContent, Template, TemplateSlot
from recado.domain.tenants import Tenant
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.services.cancel_notifications import CancelNotifications
from recado.services.remind_of_maintenance import Reminded, RemindOfMaintenance
from tests.fakes.people import FakeReminders, FakeVehicles
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS, CATALOGUE, CUSTOMER, TENANT

ZONE = ZoneInfo(TENANT.time_zone)
DUE = date(2027, 3, 2)
OIL = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    vehicle_id="v-1",
    service_type="mantenimiento",
    description="Cambio de aceite",
    due_on=DUE,
)
CAR = Vehicle(
    tenant_id="andinos",
    vehicle_id="v-1",
    customer_id="customer-001",
    plate="ABC123",
    make="Haval",
    model="H6",
    year=2024,
)
TEMPLATE = Template(
    tenant_id="andinos",
    slot=TemplateSlot(
        service_type=ANY_SERVICE,
        phase=Occasion.MAINTENANCE_REMINDER,
        target=Target.CLIENTS,
        channel=Channel.EMAIL,
        locale="es",
    ),
    version=1,
    content=EmailContent(subject="{{Servicio}}", text="{{Nombre}}: {{Fecha}}, {{Vehículo}}"),
)


class FlakyReminders(FakeReminders):
    """Reminders whose store breaks, or that somebody changes, before a change is stored."""

    before_save: Callable[[], None] = staticmethod(lambda: None)

    def save_reminder(self, reminder: Reminder) -> bool:
        self.before_save()
        return super().save_reminder(reminder)


@dataclass
class Clockwork:
    """The service over fakes, with the reminder above."""

    house: House = field(default_factory=House)
    reminders: FlakyReminders = field(default_factory=FlakyReminders)
    vehicles: FakeVehicles = field(default_factory=lambda: FakeVehicles(CAR))

    def __post_init__(self) -> None:
        self.house.configuration.put_template(TEMPLATE)
        self.remind = RemindOfMaintenance(
            tenants=self.house.configuration,
            reminders=self.reminders,
            vehicles=self.vehicles,
            directory=self.house.directory,
            configuration=self.house.configuration,
            plan=self.house.plan,
            cancel=CancelNotifications(
                notifications=self.house.notifications, clock=self.house.clock
            ),
        )

    def put(self, **fields: object) -> Reminder:
        reminder = planned(OIL.model_copy(update=fields), None, DUE)
        assert self.reminders.add_reminder(reminder)
        return reminder

    def run(
        self, day: date = DUE, hour: int = 8, minute: int = 0, *, rounds: int | None = None
    ) -> Reminded:
        """A run at a local time, which looks at so many things before the time is up."""
        now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        self.house.clock.advance(seconds=(now - self.house.clock.now()).total_seconds())
        left = iter(range(rounds if rounds is not None else 10_000))
        return self.remind(now, has_time=lambda: next(left, None) is not None)

    @property
    def sent(self) -> list[Notification]:
        """All notifications, as they were planned."""
        found = self.house.notifications._rows.values()
        return sorted(found, key=lambda each: each.created_at)

    def stored(self, reminder_id: str = "oil", tenant_id: str = "andinos") -> Reminder:
        reminder = self.reminders.reminder(tenant_id, reminder_id)
        assert reminder is not None
        return reminder


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


def test_a_due_reminder_goes_out_with_its_words(clockwork: Clockwork) -> None:
    clockwork.put(due_mileage=20_000)

    assert clockwork.run() == Reminded(looked_at=1, reminded=1)

    [told] = clockwork.sent
    assert (told.event_type, told.phase, told.mode) == (
        "MAINTENANCE_REMINDER",
        "maintenance-reminder",
        Mode.LIVE,
    )
    assert (told.state, told.key) == (State.QUEUED, "reminder:oil")
    assert told.deadline == datetime(2027, 3, 3, 8, tzinfo=ZONE)
    assert told.context | {"Taller": "-", "Nombre": "-"} == {
        "Servicio": "Cambio de aceite",
        "Vehículo": "Haval H6 2024",
        "Placa": "ABC123",
        "Fecha": "2 de marzo de 2027",
        "Kilometraje": "20\u00a0000 km",
        "Taller": "-",
        "Nombre": "-",
    }
    stored = clockwork.stored()
    assert (stored.last_reminded_on, stored.times_reminded) == (DUE, 1)
    assert (stored.last_notification_id, stored.look_on) == (
        told.notification_id,
        DUE + timedelta(days=7),
    )


def test_it_is_known_in_logs_by_the_key_of_its_day(clockwork: Clockwork) -> None:
    clockwork.put()
    clockwork.run()

    assert clockwork.sent[0].correlation_id == "maintenance:oil:2027-03-02"


def test_the_day_is_said_in_the_customers_language(clockwork: Clockwork) -> None:
    english = CUSTOMER.model_copy(update={"locale": "en"})
    clockwork.house.directory.put_recipient(english)
    slot = TEMPLATE.slot.model_copy(update={"locale": "en"})
    clockwork.house.configuration.put_template(TEMPLATE.model_copy(update={"slot": slot}))
    clockwork.put()

    clockwork.run()

    assert clockwork.sent[0].context["Fecha"] == "2 March 2027"


def test_the_day_is_said_in_the_language_of_the_template_where_there_is_none_of_the_customers(
    clockwork: Clockwork,
) -> None:
    english = CUSTOMER.model_copy(update={"locale": "en"})
    clockwork.house.directory.put_recipient(english)
    clockwork.put()

    clockwork.run()

    assert clockwork.sent[0].context["Fecha"] == "2 de marzo de 2027"


def test_what_a_test_key_made_reaches_nobody(clockwork: Clockwork) -> None:
    clockwork.put(mode=Mode.TEST)

    assert clockwork.run().reminded == 1

    assert [each.mode for each in clockwork.sent] == [Mode.TEST]


def test_before_the_hour_nothing_goes_out(clockwork: Clockwork) -> None:
    clockwork.put()

    assert clockwork.run(hour=7, minute=45) == Reminded()
    assert clockwork.run(hour=8).reminded == 1


def test_the_same_tick_twice_and_all_ticks_of_a_day_remind_once(clockwork: Clockwork) -> None:
    clockwork.put()
    for hour in range(24):
        for minute in (0, 0, 15, 30, 45):
            clockwork.run(hour=hour, minute=minute)

    assert len(clockwork.sent) == 1


def test_lost_runs_are_made_up_for_the_same_day_or_the_next(clockwork: Clockwork) -> None:
    clockwork.put()
    clockwork.put(reminder_id="tyres", due_on=DUE + timedelta(days=1))

    assert clockwork.run(hour=22).reminded == 1
    assert clockwork.run(DUE + timedelta(days=3)).reminded == 1


def test_it_repeats_until_it_is_completed(clockwork: Clockwork) -> None:
    clockwork.put(repeat_every_days=3)
    for number in range(8):
        clockwork.run(DUE + timedelta(days=number))
    assert len(clockwork.sent) == 3

    done = {"status": ReminderStatus.COMPLETED, "look_on": None}
    clockwork.reminders.save_reminder(clockwork.stored().model_copy(update=done))
    for number in range(8, 30):
        clockwork.run(DUE + timedelta(days=number))
    assert len(clockwork.sent) == 3


def test_a_reminder_a_year_ahead_goes_out_on_its_day(clockwork: Clockwork) -> None:
    clockwork.put(due_on=DUE + timedelta(days=365))

    assert clockwork.run(DUE + timedelta(days=364)) == Reminded()
    assert clockwork.run(DUE + timedelta(days=365)).reminded == 1


def test_too_late_it_expires_and_says_nothing(clockwork: Clockwork) -> None:
    clockwork.put(give_up_after_days=5)

    assert clockwork.run(DUE + timedelta(days=6)) == Reminded(looked_at=1, expired=1)
    assert (clockwork.stored().status, clockwork.sent) == (ReminderStatus.EXPIRED, [])
    assert clockwork.run(DUE + timedelta(days=7)) == Reminded()


def test_a_mileage_reminds_when_the_vehicle_may_have_run_so_far(clockwork: Clockwork) -> None:
    read = {"mileage": 19_600, "reading_on": DUE, "version": 1}
    clockwork.vehicles.save_vehicle(CAR.model_copy(update={"version": 0, "vehicle_id": "v-2"}))
    clockwork.vehicles.save_vehicle(CAR.model_copy(update={**read, "vehicle_id": "v-2"}))
    clockwork.put(due_on=None, due_mileage=20_000, vehicle_id="v-2")

    told = [number for number in range(12) if clockwork.run(DUE + timedelta(days=number)).reminded]

    assert told == [10]
    assert clockwork.sent[0].context["Fecha"] == "12 de marzo de 2027"


def test_a_vehicle_that_was_sold_is_not_spoken_of(clockwork: Clockwork) -> None:
    sold = CAR.model_copy(update={"customer_id": "team", "version": 0, "vehicle_id": "v-2"})
    clockwork.vehicles.save_vehicle(sold)
    clockwork.put(vehicle_id="v-2", due_mileage=20_000)

    clockwork.run()

    assert "Placa" not in clockwork.sent[0].context


# Breaking off


def test_a_crash_after_planning_makes_no_second_notification_and_loses_none(
    clockwork: Clockwork,
) -> None:
    clockwork.put()

    def crash() -> None:
        raise ConnectionError

    clockwork.reminders.before_save = crash
    with pytest.raises(ConnectionError):
        clockwork.run()
    # Meanwhile the day's words would be others.
    changed = {"make": "Chery", "version": 0, "vehicle_id": "v-1"}
    clockwork.vehicles._vehicles["andinos", "v-1"] = CAR.model_copy(update=changed)
    clockwork.reminders.before_save = lambda: None

    assert clockwork.run(minute=15).reminded == 1
    assert [each.notification_id for each in clockwork.sent] == [
        clockwork.stored().last_notification_id
    ]


def test_a_crash_before_planning_is_made_up_for_by_the_next_run(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork.put()

    def down(*_: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(clockwork.house.notifications, "create", down)
        with pytest.raises(ConnectionError):
            clockwork.run()
    assert clockwork.stored().last_reminded_on is None

    assert clockwork.run(minute=15).reminded == 1


def test_two_runs_at_the_same_time_make_one_notification_that_stays(clockwork: Clockwork) -> None:
    clockwork.put()

    def another_run() -> None:
        clockwork.reminders.before_save = lambda: None
        clockwork.run()

    clockwork.reminders.before_save = another_run
    clockwork.run()

    [told] = clockwork.sent
    assert (told.state, clockwork.stored().times_reminded) == (State.QUEUED, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"status": ReminderStatus.COMPLETED, "look_on": None},
        {"due_on": DUE + timedelta(days=90), "look_on": DUE + timedelta(days=90)},
    ],
    ids=["completed", "moved"],
)
def test_what_changes_while_it_is_planned_is_called_off(
    clockwork: Clockwork, change: dict[str, object]
) -> None:
    clockwork.put()

    def somebody_changes_it() -> None:
        clockwork.reminders.before_save = lambda: None
        clockwork.reminders.save_reminder(clockwork.stored().model_copy(update=change))

    clockwork.reminders.before_save = somebody_changes_it

    assert clockwork.run().reminded == 0
    assert [each.state for each in clockwork.sent] == [State.CANCELLED]
    assert clockwork.stored().last_reminded_on is None


def test_what_is_deleted_while_it_is_planned_is_called_off(clockwork: Clockwork) -> None:
    clockwork.put()
    clockwork.reminders.before_save = lambda: clockwork.reminders._reminders.clear()

    clockwork.run()

    assert [each.state for each in clockwork.sent] == [State.CANCELLED]


def test_another_text_that_comes_while_it_is_planned_makes_no_second_one(
    clockwork: Clockwork,
) -> None:
    clockwork.put()

    def somebody_changes_it() -> None:
        clockwork.reminders.before_save = lambda: None
        changed = clockwork.stored().model_copy(update={"description": "Frenos"})
        clockwork.reminders.save_reminder(changed)

    clockwork.reminders.before_save = somebody_changes_it

    assert clockwork.run().reminded == 1
    assert [each.state for each in clockwork.sent] == [State.QUEUED]
    assert clockwork.stored().description == "Frenos"


# What is broken, and how much there is


@pytest.mark.parametrize(
    "wrong", [{"customer_id": "nobody"}, {"service_type": "abolished"}], ids=str
)
def test_what_cannot_be_told_waits_a_day_and_stops_nobody(
    clockwork: Clockwork, wrong: dict[str, object]
) -> None:
    clockwork.put(reminder_id="broken", due_on=DUE - timedelta(days=1), **wrong)
    clockwork.put()

    assert clockwork.run() == Reminded(looked_at=2, reminded=1, put_off=1)
    assert clockwork.run(minute=15) == Reminded()
    broken = clockwork.stored("broken")
    assert (broken.last_reminded_on, broken.look_on) == (None, DUE + timedelta(days=1))


def test_an_error_in_one_reminder_is_raised_when_the_others_are_done(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork.put(reminder_id="a-broken")
    clockwork.put()
    read = clockwork.reminders.reminder

    def damaged(tenant_id: str, reminder_id: str) -> Reminder | None:
        if reminder_id == "a-broken":
            raise ValueError
        return read(tenant_id, reminder_id)

    with monkeypatch.context() as broken:
        broken.setattr(clockwork.reminders, "reminder", damaged)
        with pytest.raises(ValueError):
            clockwork.run()

    assert clockwork.stored().times_reminded == 1


def another_tenant(clockwork: Clockwork, **fields: object) -> Tenant:
    tenant = TENANT.model_copy(update={"tenant_id": "costa", **fields})
    house = clockwork.house
    house.configuration.put_tenant(tenant)
    house.configuration.put_catalogue("costa", CATALOGUE)
    house.configuration.put_template(TEMPLATE.model_copy(update={"tenant_id": "costa"}))
    house.directory.put_recipient(CUSTOMER.model_copy(update={"tenant_id": "costa"}))
    for account in ACCOUNTS:
        house.configuration.put_account(account.model_copy(update={"tenant_id": "costa"}))
    return tenant


def test_a_tenant_that_is_set_up_wrongly_stops_no_other(clockwork: Clockwork) -> None:
    another_tenant(clockwork, time_zone="Mars/Olympus")
    clockwork.put()

    with pytest.raises(Exception, match="Mars"):
        clockwork.run()

    assert clockwork.stored().times_reminded == 1


def test_each_tenant_has_its_own_eight_o_clock(clockwork: Clockwork) -> None:
    another_tenant(clockwork, time_zone="Europe/Madrid")
    clockwork.put()
    clockwork.put(tenant_id="costa")

    # 08:00 in Guayaquil is 14:00 in Madrid.
    assert clockwork.run(hour=2).reminded == 1
    assert clockwork.stored(tenant_id="costa").times_reminded == 1
    assert clockwork.run(hour=8).reminded == 1


def test_invariant_10_a_tenant_with_many_does_not_make_another_wait(clockwork: Clockwork) -> None:
    another_tenant(clockwork)
    for number in range(60):
        clockwork.put(reminder_id=f"r-{number:02d}")
    clockwork.put(tenant_id="costa")

    clockwork.run(rounds=30)

    assert clockwork.stored(tenant_id="costa").times_reminded == 1


def test_what_there_is_no_time_for_is_done_by_the_next_runs(clockwork: Clockwork) -> None:
    for number in range(60):
        clockwork.put(reminder_id=f"r-{number:02d}")

    done = [clockwork.run(minute=minute, rounds=30).reminded for minute in (0, 15, 30, 45)]

    assert sum(done) == 60
    assert all(done[:2])
    assert len(clockwork.sent) == 60


def test_one_run_does_all_that_it_has_time_for(clockwork: Clockwork) -> None:
    for number in range(60):
        clockwork.put(reminder_id=f"r-{number:02d}")

    assert clockwork.run() == Reminded(looked_at=60, reminded=60)


def test_another_customer_is_told_though_the_one_before_was_told_that_day(
    clockwork: Clockwork,
) -> None:
    clockwork.house.directory.put_recipient(
        CUSTOMER.model_copy(update={"recipient_id": "customer-002"})
    )
    before = clockwork.put()
    clockwork.run()
    stored = clockwork.stored()
    changed = stored.model_copy(update={"customer_id": "customer-002", "vehicle_id": None})
    assert before.look_on == DUE
    assert clockwork.reminders.save_reminder(planned(changed, stored, DUE))

    assert clockwork.run(minute=15).reminded == 1
    assert [each.recipient_id for each in clockwork.sent] == ["customer-001", "customer-002"]


def test_another_customer_who_comes_while_it_is_planned_is_told_in_place_of_the_one_before(
    clockwork: Clockwork,
) -> None:
    clockwork.house.directory.put_recipient(
        CUSTOMER.model_copy(update={"recipient_id": "customer-002"})
    )
    clockwork.put()

    def somebody_changes_it() -> None:
        clockwork.reminders.before_save = lambda: None
        changed = clockwork.stored().model_copy(update={"customer_id": "customer-002"})
        clockwork.reminders.save_reminder(changed)

    clockwork.reminders.before_save = somebody_changes_it

    assert clockwork.run().reminded == 1
    assert {each.recipient_id: each.state for each in clockwork.sent} == {
        "customer-001": State.CANCELLED,
        "customer-002": State.QUEUED,
    }


def test_a_reminder_that_no_channel_can_carry_leaves_a_notification_that_says_why(
    clockwork: Clockwork,
) -> None:
    clockwork.house.directory.put_recipient(
        Recipient(tenant_id="andinos", recipient_id="customer-001", name="Carlos")
    )
    clockwork.put()

    assert clockwork.run() == Reminded(looked_at=1, put_off=1)
    [told] = clockwork.sent
    assert (told.state, told.reason) == (State.FAILED, "no_reachable_channel")


def test_what_no_channel_could_carry_is_told_the_next_day_if_one_can(clockwork: Clockwork) -> None:
    nowhere = CUSTOMER.model_copy(update={"addresses": ()})
    clockwork.house.directory.put_recipient(nowhere)
    clockwork.put()
    clockwork.run()
    assert clockwork.stored().last_reminded_on is None

    clockwork.house.directory.put_recipient(CUSTOMER)

    assert clockwork.run(minute=15) == Reminded()
    assert clockwork.run(DUE + timedelta(days=1)).reminded == 1
    assert clockwork.stored().times_reminded == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 23)), max_size=30))
def test_any_runs_in_any_order_make_a_notification_for_each_day_that_is_due(
    runs: list[tuple[int, int]],
) -> None:
    clockwork = Clockwork()
    clockwork.put()
    for number, hour in runs:
        clockwork.run(DUE + timedelta(days=number), hour)

    days = [each.deadline.astimezone(ZONE).date() for each in clockwork.sent]
    assert len(set(days)) == len(days) == clockwork.stored().times_reminded
    assert bool(days) is any(hour >= 8 for _, hour in runs)
