"""Completing a reminder: the tenant's day, and who sees what has no customer yet."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.notification import Mode, State
from recado.domain.reminder_requests import Completion
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.services.call_off_reminder import CallOffReminder
from recado.services.cancel_notifications import CancelNotifications
from recado.services.complete_reminder import Completed, CompleteReminder
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.notifications import FakeNotifications
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, furnish

CAR = Vehicle(tenant_id="andinos", vehicle_id="v-1", customer_id="customer-001", plate="ABC123")
REMINDER = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    service_type="mantenimiento",
    due_on=date(2026, 3, 2),
    version=1,
)


def a_caller(division: str | None = None) -> Caller:
    return Caller(
        key_id="k",
        tenant_id="andinos",
        mode=Mode.LIVE,
        role=Role.DIVISION if division else Role.TENANT,
        scopes=frozenset(Scope),
        division=division,
    )


def any_version(_: int) -> None:
    """Lets every version through."""


def completing(reminder: Reminder, now: datetime) -> CompleteReminder:
    configuration, people = FakeConfiguration(), FakePeople()
    furnish(configuration, people)
    return CompleteReminder(
        reminders=FakeReminders(reminder),
        people=people,
        vehicles=FakeVehicles(),
        configuration=configuration,
        call_off=CallOffReminder(
            cancel=CancelNotifications(notifications=FakeNotifications(), clock=FakeClock(now))
        ),
        clock=FakeClock(now),
    )


@pytest.mark.parametrize(("hour", "day"), [(2, 2), (6, 3)])
def test_today_is_the_tenants_day(hour: int, day: int) -> None:
    complete = completing(REMINDER, datetime(2026, 3, 3, hour, tzinfo=UTC))

    completed = complete(a_caller(), "oil", Completion(), check=any_version)

    assert completed.reminder.completed_on == date(2026, 3, day)


def test_the_next_one_is_looked_at_from_the_tenants_day_on() -> None:
    complete = completing(
        REMINDER.model_copy(update={"vehicle_id": "v-1"}), datetime(2026, 3, 3, 2, tzinfo=UTC)
    )
    completion = Completion(next_due_mileage=20_000)

    following = complete(a_caller(), "oil", completion, check=any_version).following

    assert following is not None
    assert following.look_on == date(2026, 3, 2)


def test_the_next_one_of_a_test_keys_reminder_is_a_test_keys_too() -> None:
    complete = completing(
        REMINDER.model_copy(update={"mode": Mode.TEST}), datetime(2026, 3, 3, 6, tzinfo=UTC)
    )
    completion = Completion(next_due_on=date(2026, 9, 1))

    following = complete(a_caller(), "oil", completion, check=any_version).following

    assert following is not None
    assert following.mode is Mode.TEST


@pytest.mark.parametrize(("day", "is_refused"), [(4, False), (5, True)])
def test_nothing_was_done_later_than_tomorrow(day: int, is_refused: bool) -> None:
    complete = completing(REMINDER, datetime(2026, 3, 3, 6, tzinfo=UTC))
    completion = Completion(completed_on=date(2026, 3, day))

    if is_refused:
        with pytest.raises(UnprocessableError) as refusal:
            complete(a_caller(), "oil", completion, check=any_version)
        assert refusal.value.field == "completed_on"
    else:
        completed = complete(a_caller(), "oil", completion, check=any_version)
        assert completed.reminder.completed_on == date(2026, 3, day)


def test_what_has_no_customer_yet_is_the_whole_tenants() -> None:
    orphan = REMINDER.model_copy(update={"customer_id": "comes-later"})
    complete = completing(orphan, datetime(2026, 3, 3, tzinfo=UTC))

    with pytest.raises(NotFoundError):
        complete(a_caller("norte"), "oil", Completion(), check=any_version)
    assert complete(a_caller(), "oil", Completion(), check=any_version).following is None


class Completing:
    """The service over fakes, with a reminder of a vehicle and a notification of it that waits."""

    def __init__(self, **reminder: object) -> None:
        self.clock = FakeClock()
        self.house = House(clock=self.clock)
        waiting = self.house.dispatch()
        self.notification_id = waiting.notification_id
        self.vehicles = FakeVehicles()
        self.vehicles.save_vehicle(CAR)
        fields = {"vehicle_id": "v-1", "last_notification_id": self.notification_id, **reminder}
        self.reminders = FakeReminders(REMINDER.model_copy(update=fields))
        people = FakePeople(CUSTOMER)
        self.complete = CompleteReminder(
            reminders=self.reminders,
            vehicles=self.vehicles,
            people=people,
            configuration=self.house.configuration,
            call_off=CallOffReminder(
                cancel=CancelNotifications(notifications=self.house.notifications, clock=self.clock)
            ),
            clock=self.clock,
        )

    def __call__(self, **completion: object) -> Completed:
        wanted = Completion.model_validate(completion)
        return self.complete(a_caller(), "oil", wanted, check=any_version)

    @property
    def state(self) -> State:
        notification = self.house.notifications.get("andinos", self.notification_id)
        assert notification is not None
        return notification.state

    @property
    def mileage(self) -> int | None:
        vehicle = self.vehicles.vehicle("andinos", "v-1")
        assert vehicle is not None
        return vehicle.mileage


def test_what_waits_to_be_told_is_called_off() -> None:
    completing_it = Completing()
    assert completing_it.state is State.QUEUED

    completing_it()

    assert completing_it.state is State.CANCELLED


def test_completing_again_finishes_what_broke_off() -> None:
    completing_it = Completing(status=ReminderStatus.COMPLETED)

    completing_it()

    assert completing_it.state is State.CANCELLED


def test_the_next_one_is_looked_at_from_its_day_on_and_reminds_of_its_own() -> None:
    following = Completing(due_since=date(2026, 3, 2), times_reminded=3)(
        next_due_on="2026-09-01"
    ).following

    assert following is not None
    assert (following.look_on, following.times_reminded) == (date(2026, 9, 1), 0)
    assert following.last_notification_id is None


def test_its_mileage_is_a_reading_unless_a_later_one_is_known() -> None:
    completing_it = Completing()
    completing_it(mileage=15_200, completed_on="2026-03-01")
    assert completing_it.mileage == 15_200

    late = Completing()
    read = {"mileage": 16_000, "reading_on": date(2026, 3, 2), "version": 1}
    late.vehicles.save_vehicle(CAR.model_copy(update=read))
    late(mileage=15_200, completed_on="2026-03-01")
    assert late.mileage == 16_000


@pytest.mark.parametrize("vehicle_id", [None, "gone", "sold"])
def test_a_vehicle_that_is_not_the_customers_is_left_alone(vehicle_id: str | None) -> None:
    completing_it = Completing(vehicle_id=vehicle_id)
    sold = CAR.model_copy(update={"vehicle_id": "sold", "customer_id": "team"})
    completing_it.vehicles.save_vehicle(sold)

    completing_it(mileage=15_200)

    stored = completing_it.vehicles.vehicle("andinos", "sold")
    assert stored is not None
    assert (stored.mileage, completing_it.mileage) == (None, None)


def test_a_reading_that_loses_a_race_is_stored_over_what_the_other_wrote() -> None:
    completing_it = Completing()
    save = completing_it.vehicles.save_vehicle

    def others_come_first(vehicle: Vehicle) -> bool:
        completing_it.vehicles.save_vehicle = save  # type: ignore[method-assign]
        save(CAR.model_copy(update={"plate": "NEW-1", "version": 1}))
        return save(vehicle)

    completing_it.vehicles.save_vehicle = others_come_first  # type: ignore[method-assign]
    completing_it(mileage=15_200)

    stored = completing_it.vehicles.vehicle("andinos", "v-1")
    assert stored is not None
    assert (stored.plate, stored.mileage) == ("NEW-1", 15_200)
