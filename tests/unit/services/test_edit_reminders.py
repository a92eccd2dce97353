"""Editing reminders: who is told after a change, on which day, and by whose key."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.notification import Mode, State
from recado.domain.reminder_requests import NewReminder, ReminderPatch
from recado.domain.vehicles import Reminder, Vehicle
from recado.services.call_off_reminder import CallOffReminder
from recado.services.cancel_notifications import CancelNotifications
from recado.services.edit_reminders import EditReminders
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakePeople, FakeReminders, FakeVehicles
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER

CAR = Vehicle(tenant_id="andinos", vehicle_id="v-1", customer_id="customer-001", plate="ABC123")
REMINDED = Reminder(
    tenant_id="andinos",
    reminder_id="oil",
    customer_id="customer-001",
    service_type="mantenimiento",
    due_on=date(2026, 3, 1),
    due_since=date(2026, 3, 1),
    last_reminded_on=date(2026, 3, 2),
    times_reminded=2,
    version=1,
)


def a_caller(mode: Mode = Mode.LIVE) -> Caller:
    return Caller(
        key_id="k",
        tenant_id="andinos",
        mode=mode,
        role=Role.TENANT,
        scopes=frozenset(Scope),
        division=None,
    )


class Editing:
    """The service over fakes, with a reminder whose notification waits."""

    def __init__(self, now: datetime = datetime(2026, 3, 3, 3, tzinfo=UTC)) -> None:
        # Ten in the evening of the day before in Guayaquil.
        clock = FakeClock(now)
        self.house = House(clock=clock)
        self.waiting = self.house.dispatch()
        stored = {"last_notification_id": self.waiting.notification_id}
        self.reminders = FakeReminders(REMINDED.model_copy(update=stored))
        self.edit = EditReminders(
            reminders=self.reminders,
            vehicles=FakeVehicles(CAR),
            people=FakePeople(
                CUSTOMER, CUSTOMER.model_copy(update={"recipient_id": "customer-002"})
            ),
            configuration=self.house.configuration,
            call_off=CallOffReminder(
                cancel=CancelNotifications(notifications=self.house.notifications, clock=clock)
            ),
            clock=clock,
        )

    def patch(self, **changes: object) -> Reminder:
        patch = ReminderPatch.model_validate(changes)
        return self.edit.patch(a_caller(), "oil", patch, check=lambda _: None)

    def create(self, mode: Mode = Mode.LIVE, **fields: object) -> Reminder:
        wanted = {"customer_id": "customer-001", "service_type_id": "mantenimiento", **fields}
        return self.edit.create(a_caller(mode), NewReminder.model_validate(wanted))


def test_with_another_customer_the_one_before_is_told_no_more_and_the_new_one_at_once() -> None:
    editing = Editing()

    changed = editing.patch(customer_id="customer-002")

    assert editing.house.state(editing.waiting) is State.CANCELLED
    assert (changed.last_reminded_on, changed.times_reminded) == (None, 0)
    assert changed.last_notification_id is None
    assert changed.look_on == date(2026, 3, 1)


def test_what_was_planned_for_another_customer_is_called_off_before_the_change_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    editing = Editing()

    def down(_: Reminder) -> bool:
        raise ConnectionError

    monkeypatch.setattr(editing.reminders, "save_reminder", down)
    with pytest.raises(ConnectionError):
        editing.patch(customer_id="customer-002")

    assert editing.house.state(editing.waiting) is State.CANCELLED


def test_another_text_leaves_the_notification_that_waits() -> None:
    editing = Editing()

    assert editing.patch(description="Frenos").times_reminded == 2
    assert editing.house.state(editing.waiting) is State.QUEUED


def test_a_new_reminder_is_looked_at_from_the_tenants_day_on() -> None:
    made = Editing().create(due_mileage=20_000, vehicle_id="v-1")

    assert made.look_on == date(2026, 3, 2)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_reminder_keeps_the_mode_of_the_key_that_made_it(mode: Mode) -> None:
    editing = Editing()

    made = editing.create(mode, reminder_id="tyres", due_on="2026-06-01")

    assert made.mode is mode
    assert editing.reminders.reminder("andinos", "tyres") == made
