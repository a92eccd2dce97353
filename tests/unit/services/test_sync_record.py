"""Another system's changes: whatever their order and number, the newest one stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.appointments import Appointment, AppointmentReminder
from recado.domain.channels import Channel
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.errors import InUseError, LostRaceError, UnprocessableError
from recado.domain.notification import State
from recado.domain.sync import VehicleRecord
from recado.domain.tasks import RecordOutcome, TaskKind, TaskPart
from recado.domain.vehicles import Reminder, ReminderStatus
from recado.services.call_off_reminder import CallOffReminder
from recado.services.cancel_notifications import CancelNotifications
from recado.services.sync_record import SyncCustomer, SyncVehicle
from tests.contract.repositories.task_contract import PART
from tests.fakes.appointments import FakeAppointments
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.notifications import FakeNotifications
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles
from tests.fakes.tasks import FakeDepartures
from tests.unit.services.conftest import House
from tests.workshop import TENANT

APPLIED, UNCHANGED, STALE = RecordOutcome.APPLIED, RecordOutcome.UNCHANGED, RecordOutcome.STALE
CARLOS: dict[str, Any] = {
    "customer_id": "customer-001",
    "name": "Carlos Mendoza",
    "email": "carlos@example.com",
    "phone": "+593991234567",
}


def call_off(notifications: FakeNotifications | None = None) -> CallOffReminder:
    return CallOffReminder(
        cancel=CancelNotifications(
            notifications=notifications or FakeNotifications(), clock=FakeClock()
        )
    )


class Sync:
    """The service over fakes."""

    def __init__(self, *people: Recipient, notifications: FakeNotifications | None = None) -> None:
        self.people = FakePeople(*people)
        self.departures = FakeDepartures()
        self.clock = FakeClock()
        self.reminders = FakeReminders()
        self.appointments = FakeAppointments()
        configuration = FakeConfiguration()
        configuration.put_tenant(
            TENANT.model_copy(update={"tenant_id": "andinos", "team_recipient_id": "team"})
        )
        self.sync = SyncCustomer(
            people=self.people,
            configuration=configuration,
            reminders=self.reminders,
            appointments=self.appointments,
            departures=self.departures,
            call_off=call_off(notifications),
            cancel=CancelNotifications(
                notifications=notifications or FakeNotifications(), clock=self.clock
            ),
            clock=self.clock,
        )

    def __call__(self, *, minutes: int = 0, **record: Any) -> RecordOutcome:
        at = NOON + timedelta(minutes=minutes)
        document = {"customer_id": "customer-001", **record}
        return self.sync(PART.model_copy(update={"accepted_at": at}), document)

    @property
    def carlos(self) -> Recipient | None:
        return self.people.person("andinos", "customer-001")


def test_a_new_customer_is_reached_by_phone_and_mail() -> None:
    sync = Sync()

    assert sync(**CARLOS) is APPLIED
    assert sync.carlos is not None
    assert sync.carlos.name == "Carlos Mendoza"
    assert [(a.channel, a.value) for a in sync.carlos.addresses] == [
        (Channel.WHATSAPP, "+593991234567"),
        (Channel.SMS, "+593991234567"),
        (Channel.EMAIL, "carlos@example.com"),
    ]


def test_the_same_request_again_changes_nothing() -> None:
    sync = Sync()
    sync(**CARLOS)
    before = sync.carlos

    assert sync(**CARLOS) is UNCHANGED
    assert sync.carlos == before


def test_what_a_record_does_not_name_stays() -> None:
    telegram = Address(channel=Channel.TELEGRAM, value="42")
    sync = Sync(
        Recipient(
            tenant_id="andinos",
            recipient_id="customer-001",
            name="Carlos",
            addresses=(telegram,),
            preferences=(Preference(channel=Channel.SMS, priority=1),),
        )
    )

    assert sync(email="carlos@example.com") is APPLIED
    assert sync.carlos is not None
    assert telegram in sync.carlos.addresses
    assert sync.carlos.preferences[0].channel is Channel.SMS
    assert sync.carlos.name == "Carlos"


def test_null_takes_away() -> None:
    sync = Sync()
    sync(**CARLOS, locale="en", time_zone="Europe/Madrid")
    assert sync.carlos is not None and sync.carlos.time_zone == "Europe/Madrid"

    sync(phone=None, locale=None, time_zone=None, minutes=1)

    assert sync.carlos is not None
    assert [a.channel for a in sync.carlos.addresses] == [Channel.EMAIL]
    assert (sync.carlos.locale, sync.carlos.time_zone) == (None, None)


def test_a_new_customer_without_a_name_is_refused() -> None:
    with pytest.raises(UnprocessableError) as refused:
        Sync()(email="carlos@example.com")

    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("first", "late"),
    [
        ({"source_version": 5}, {"source_version": 4}),
        ({"updated_at": "2026-03-01T10:00:00Z"}, {"updated_at": "2026-03-01T09:59:59.999Z"}),
        ({"minutes": 10}, {"minutes": 9}),
        # Versions count where both have them, whatever the clocks say.
        (
            {"source_version": 5, "updated_at": "2026-01-01T00:00:00Z"},
            {"source_version": 4, "updated_at": "2026-02-01T00:00:00Z"},
        ),
    ],
)
def test_an_older_change_that_arrives_late_is_stale(
    first: dict[str, Any], late: dict[str, Any]
) -> None:
    sync = Sync()
    sync(name="new", **first)

    assert sync(name="old", **late) is STALE
    assert sync.carlos is not None
    assert sync.carlos.name == "new"


def test_a_change_that_says_what_is_there_still_makes_older_ones_stale() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=1)

    assert sync(name="Carlos", source_version=3) is UNCHANGED
    assert sync(name="late", source_version=2) is STALE


def test_what_the_source_deleted_is_not_brought_back_by_an_older_change() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=1)

    assert sync(deleted=True, source_version=3) is APPLIED
    assert sync(deleted=True, source_version=3) is UNCHANGED
    assert sync(name="late", source_version=2) is STALE
    assert sync.carlos is None
    assert sync(name="back", source_version=4) is APPLIED
    assert sync.carlos is not None


def test_a_deletion_that_was_interrupted_is_finished_by_the_next_change() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=1)
    sync.people.delete_person = lambda person: False  # type: ignore[method-assign]
    with pytest.raises(LostRaceError):
        sync(deleted=True, source_version=2)
    del sync.people.delete_person

    assert sync(deleted=True, source_version=2) is UNCHANGED
    assert sync.carlos is None


@pytest.mark.parametrize("deleted", [False, True])
def test_after_a_change_without_a_version_older_versions_are_still_stale(deleted: bool) -> None:
    sync = Sync()
    sync(name="Carlos", source_version=5)
    sync(name="Carlos M.", deleted=deleted, minutes=1)

    assert sync(name="late", source_version=4, minutes=2) is STALE
    assert (sync.carlos and sync.carlos.name) == (None if deleted else "Carlos M.")


def test_who_came_back_without_a_version_is_not_deleted_by_an_older_one() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=5)
    sync(deleted=True, source_version=6)
    sync(name="back", minutes=1)

    assert sync(deleted=True, source_version=4, minutes=2) is STALE
    assert sync(deleted=True, source_version=6, minutes=2) is STALE
    assert sync.carlos is not None
    assert sync(deleted=True, minutes=3) is APPLIED
    assert sync(name="late", minutes=2) is STALE
    assert sync.carlos is None


def test_a_deletion_may_have_the_version_of_the_last_change() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=5)

    assert sync(deleted=True, source_version=5, minutes=1) is APPLIED
    assert sync(name="Carlos", source_version=5, minutes=2) is STALE
    assert sync.carlos is None


def test_a_deletion_without_a_version_that_comes_again_changes_nothing() -> None:
    sync = Sync()
    sync(name="Carlos", source_version=5)

    assert sync(deleted=True, minutes=1) is APPLIED
    assert sync(deleted=True, minutes=1) is UNCHANGED


def test_a_change_of_the_far_future_is_refused() -> None:
    sync = Sync()

    with pytest.raises(UnprocessableError) as refused:
        sync(name="Carlos", updated_at="9999-12-31T00:00:00Z")

    assert refused.value.field == "updated_at"
    assert sync(name="Carlos", updated_at=(NOON + timedelta(days=1)).isoformat()) is APPLIED


@pytest.mark.parametrize("is_stored", [True, False])
def test_the_tenants_team_is_not_deleted(is_stored: bool) -> None:
    team = Recipient(tenant_id="andinos", recipient_id="team", name="Team")
    sync = Sync(*[team] * is_stored)

    with pytest.raises(InUseError):
        sync(customer_id="team", deleted=True)

    assert sync.people.person("andinos", "team") == (team if is_stored else None)
    assert sync(customer_id="team", name="Our team") is APPLIED


def reminder(number: int, **fields: Any) -> Reminder:
    return Reminder(
        tenant_id="andinos",
        reminder_id=f"r{number}",
        service_type="oil",
        **{"customer_id": "customer-001", **fields},
    )


def statuses(reminders: FakeReminders) -> list[ReminderStatus]:
    found = (reminders.reminder("andinos", f"r{number}") for number in range(3))
    return [each.status for each in found if each]


def test_a_deleted_customer_is_reminded_of_nothing() -> None:
    sync = Sync()
    sync(name="Carlos")
    completed = reminder(1, status=ReminderStatus.COMPLETED)
    for each in (reminder(0), completed, reminder(2, customer_id="customer-002")):
        sync.reminders.save_reminder(each)

    sync(name="Carlos M.", minutes=1)
    assert statuses(sync.reminders)[0] is ReminderStatus.PENDING
    sync(deleted=True, minutes=2)

    assert statuses(sync.reminders) == ["cancelled", "completed", "pending"]


def test_a_deletion_that_loses_a_reminders_race_is_finished_by_the_next_try() -> None:
    sync = Sync()
    sync(name="Carlos")
    sync.reminders.save_reminder(reminder(0))
    sync.reminders.save_reminder = lambda reminder: False  # type: ignore[method-assign]
    with pytest.raises(LostRaceError):
        sync(deleted=True, minutes=1)
    del sync.reminders.save_reminder

    sync(deleted=True, minutes=1)

    assert (sync.carlos, statuses(sync.reminders)) == (None, ["cancelled"])


def test_a_customer_whom_nobody_synced_is_changed_by_any_record() -> None:
    sync = Sync(Recipient(tenant_id="andinos", recipient_id="customer-001", name="Carlos"))

    assert sync(name="Carlos Mendoza", updated_at="2020-01-01T00:00:00Z") is APPLIED


CHANGES = st.lists(
    st.tuples(st.sampled_from(["Ana", "Beto", "Carla"]), st.booleans()), min_size=1, max_size=6
)


@given(CHANGES, st.data())
def test_in_any_order_and_number_the_newest_change_stands(
    changes: list[tuple[str, bool]], data: st.DataObject
) -> None:
    records: list[dict[str, Any]] = [
        {"name": name, "deleted": deleted, "source_version": version}
        for version, (name, deleted) in enumerate(changes)
    ]
    arriving = data.draw(st.permutations(records)) + data.draw(
        st.lists(st.sampled_from(records), max_size=6)
    )
    sync = Sync()

    for record in arriving:
        sync(**record)

    name, is_deleted = changes[-1]
    assert (sync.carlos and sync.carlos.name) == (None if is_deleted else name)


def test_the_appointments_of_a_customer_who_is_deleted_go_with_their_reminders() -> None:
    house = House()
    waiting = house.dispatch(send_at=(NOON + timedelta(days=1)).isoformat())
    sync = Sync(notifications=house.notifications)
    sync(**CARLOS)
    for number, customer_id in enumerate(("customer-001", "customer-002")):
        reminder = AppointmentReminder(
            before_minutes=120, event_type="A", notification_id=waiting.notification_id
        )
        appointment = Appointment(
            tenant_id="andinos",
            appointment_id=f"a-{number}",
            customer_id=customer_id,
            service_type="mantenimiento",
            starts_at=NOON + timedelta(days=2),
            context={"Nota": "Carlos"},
            reminders=(reminder,) if customer_id == "customer-001" else (),
            expires_at=NOON + timedelta(days=90),
        )
        sync.appointments.save_appointment(appointment)

    assert sync(minutes=1, deleted=True) is APPLIED

    assert sync.carlos is None
    assert sync.appointments.appointments_of("andinos", "customer-001") == []
    assert len(sync.appointments.appointments_of("andinos", "customer-002")) == 1
    assert house.state(waiting) is State.CANCELLED


def vehicle_part() -> TaskPart:
    return PART.model_copy(update={"kind": TaskKind.VEHICLES_SYNC})


def sync_vehicle(
    vehicles: FakeVehicles,
    reminders: FakeReminders | None = None,
    clock: FakeClock | None = None,
) -> SyncVehicle:
    configuration = FakeConfiguration()
    configuration.put_tenant(TENANT)
    return SyncVehicle(
        vehicles=vehicles,
        configuration=configuration,
        reminders=reminders or FakeReminders(),
        departures=FakeDepartures(),
        call_off=call_off(),
        clock=clock or FakeClock(),
    )


@pytest.mark.parametrize(
    "change", [{"deleted": True}, {"customer_id": "customer-002"}], ids=["deleted", "sold"]
)
def test_of_a_vehicle_that_is_deleted_or_sold_nobody_is_reminded(change: dict[str, Any]) -> None:
    reminders = FakeReminders()
    sync = sync_vehicle(FakeVehicles(), reminders)
    sync(vehicle_part(), {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123"})
    of_it = (reminder(0, vehicle_id="v1"), reminder(1, vehicle_id="v2"), reminder(2))
    for each in of_it:
        reminders.save_reminder(each)

    sync(vehicle_part(), {"vehicle_id": "v1", "mileage": 1})
    assert statuses(reminders) == ["pending"] * 3
    sync(vehicle_part(), {"vehicle_id": "v1", **change})

    assert statuses(reminders) == ["cancelled", "pending", "pending"]


@pytest.mark.parametrize(
    "told",
    [
        {"plate": "\x00"},
        {"plate": "--"},
        {"plate": "A" * 21},
        {"make": "x" * 61},
        {"year": 1886},
        {"year": "2024"},
        {"mileage": 10_000_000},
        {"mileage_on": 20},
        {"mileage_on": "2026-01-20T00:00:00"},
    ],
)
def test_a_vehicle_that_the_api_refuses_is_no_record(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VehicleRecord.model_validate({"vehicle_id": "v1", **told})


def test_a_vehicle_may_come_before_its_customer() -> None:
    vehicles = FakeVehicles()
    sync = sync_vehicle(vehicles)
    record = {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123", "year": 2024}

    assert sync(vehicle_part(), record) is APPLIED
    assert sync(vehicle_part(), record) is UNCHANGED
    assert sync(vehicle_part(), {"vehicle_id": "v1", "mileage": 15200, "year": None}) is APPLIED

    stored = vehicles.vehicle("andinos", "v1")
    assert stored is not None
    assert (stored.plate, stored.year, stored.mileage) == ("ABC123", None, 15200)


def test_a_reading_without_a_day_is_of_the_tenants_day() -> None:
    vehicles = FakeVehicles()
    # Ten in the evening in Guayaquil, where the day before has not ended.
    sync = sync_vehicle(vehicles, clock=FakeClock(datetime(2026, 3, 3, 3, tzinfo=UTC)))
    record = {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123"}

    sync(vehicle_part(), {**record, "mileage": 100})
    stored = vehicles.vehicle("andinos", "v1")
    assert stored is not None
    assert stored.reading_on == date(2026, 3, 2)

    told_at = {"vehicle_id": "v2", "updated_at": "2026-03-02T03:00:00Z"}
    sync(vehicle_part(), {**record, "mileage": 300, **told_at})
    stored = vehicles.vehicle("andinos", "v2")
    assert stored is not None
    assert stored.reading_on == date(2026, 3, 1)


def test_a_reading_of_the_future_is_refused_and_the_vehicle_stays_as_it_was() -> None:
    vehicles = FakeVehicles()
    sync = sync_vehicle(vehicles)
    record = {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123"}
    tomorrow, too_late = (NOON.date() + timedelta(days=days) for days in (1, 2))

    with pytest.raises(UnprocessableError) as refusal:
        sync(vehicle_part(), {**record, "mileage": 1, "mileage_on": too_late.isoformat()})
    assert refusal.value.field == "mileage_on"
    assert vehicles.vehicle("andinos", "v1") is None

    assert sync(vehicle_part(), {**record, "mileage": 1, "mileage_on": f"{tomorrow}"}) is APPLIED


@pytest.mark.parametrize("missing", ["customer_id", "plate"])
def test_a_new_vehicle_needs_its_customer_and_its_plate(missing: str) -> None:
    sync = sync_vehicle(FakeVehicles())
    record = {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123"}
    del record[missing]

    with pytest.raises(UnprocessableError) as refused:
        sync(vehicle_part(), record)

    assert refused.value.field == missing


def test_a_reading_that_another_system_tells_is_kept_beside_the_one_before() -> None:
    vehicles = FakeVehicles()
    sync = sync_vehicle(vehicles)
    record = {"vehicle_id": "v1", "customer_id": "customer-001", "plate": "ABC123"}
    first = {**record, "mileage": 10_000, "mileage_on": "2026-01-01"}
    second = {"vehicle_id": "v1", "mileage": 12_000, "updated_at": "2026-03-01T10:00:00Z"}

    assert sync(vehicle_part(), {**first, "updated_at": "2026-01-01T10:00:00Z"}) is APPLIED
    assert sync(vehicle_part(), second) is APPLIED
    assert sync(vehicle_part(), second) is UNCHANGED

    stored = vehicles.vehicle("andinos", "v1")
    assert stored is not None
    assert (stored.mileage, stored.reading_on) == (12_000, date(2026, 3, 1))
    assert (stored.earlier_mileage, stored.earlier_mileage_on) == (10_000, date(2026, 1, 1))


def test_what_waits_to_tell_a_deleted_customer_is_called_off() -> None:
    house = House()
    waiting = house.dispatch()
    sync = Sync(notifications=house.notifications)
    sync(name="Carlos")
    told = reminder(0, look_on=date(2026, 4, 1), last_notification_id=waiting.notification_id)
    sync.reminders.save_reminder(told)

    sync(deleted=True, minutes=1)

    cancelled = sync.reminders.reminder("andinos", "r0")
    assert cancelled is not None
    assert (cancelled.status, cancelled.look_on) == (ReminderStatus.CANCELLED, None)
    assert house.state(waiting) is State.CANCELLED
