"""Complete a maintenance reminder: what it was about is done, the next one may follow."""

from __future__ import annotations

from datetime import date, datetime

from recado.domain.access import Caller
from recado.domain.days import refuse_after_tomorrow
from recado.domain.errors import ConflictError
from recado.domain.model import Model
from recado.domain.odometer import read_on
from recado.domain.reminder_requests import Completion, new_reminder_id, refuse_never_due
from recado.domain.reminding import planned
from recado.domain.vehicles import Reminder, ReminderStatus
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.call_off_reminder import CallOffReminder
from recado.services.change_stored import TRIES, VersionCheck, changed_meanwhile
from recado.services.day_of_tenant import day_of_tenant
from recado.services.read_reminders import find_reminder


class Completed(Model):
    """A completed reminder, and the one that follows if it is still there."""

    reminder: Reminder
    following: Reminder | None


class CompleteReminder:
    """Completes reminders, each once."""

    def __init__(
        self,
        *,
        reminders: ReminderRepository,
        vehicles: VehicleRepository,
        people: PeopleRepository,
        configuration: ConfigurationRepository,
        call_off: CallOffReminder,
        clock: Clock,
    ) -> None:
        self._reminders = reminders
        self._vehicles = vehicles
        self._people = people
        self._configuration = configuration
        self._call_off = call_off
        self._clock = clock

    def __call__(
        self, caller: Caller, reminder_id: str, completion: Completion, *, check: VersionCheck
    ) -> Completed:
        """Complete a reminder; for one that is completed already, what became of it then.

        A mileage that is told with it is a reading of the vehicle's odometer.

        Raises
        ------
        NotFoundError
            There is no such reminder.
        ConflictError
            It is cancelled.
        UnprocessableError
            It is said to be done later than tomorrow; or the next one is due by a mileage, and
            there is no vehicle.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """
        for _ in range(TRIES):
            stored = find_reminder(self._reminders, self._people, caller, reminder_id)
            if stored.status is ReminderStatus.COMPLETED:
                self._call_off(stored)
                return Completed(reminder=stored, following=self._following(stored))
            check(stored.version)
            if stored.status is ReminderStatus.CANCELLED:
                raise ConflictError("a cancelled reminder cannot be completed", field="reminder_id")
            completed = self._completed(stored, completion)
            if completed is not None:
                self._call_off(completed.reminder)
                return completed
        raise changed_meanwhile()

    def _completed(self, stored: Reminder, completion: Completion) -> Completed | None:
        """The reminder completed and stored with the next one; None when others came before."""
        now = self._clock.now()
        today = day_of_tenant(self._configuration, stored.tenant_id, now)
        refuse_after_tomorrow(completion.completed_on, field="completed_on", today=today)
        following = self._next(stored, completion, now, today) if completion.has_next else None
        completed_on = completion.completed_on or today
        if completion.mileage is not None:
            self._read_odometer(stored, completion.mileage, completed_on)
        reminder = stored.model_copy(
            update={
                "status": ReminderStatus.COMPLETED,
                "completed_at": now,
                "completed_on": completed_on,
                "completed_mileage": completion.mileage,
                "next_reminder_id": following.reminder_id if following else None,
                "look_on": None,
                "updated_at": now,
            }
        )
        is_stored = (
            self._reminders.save_completed(reminder, following)
            if following
            else self._reminders.save_reminder(reminder)
        )
        if not is_stored:
            return None
        return Completed(
            reminder=reminder.model_copy(update={"version": stored.version + 1}),
            following=following.model_copy(update={"version": 1}) if following else None,
        )

    def _read_odometer(self, reminder: Reminder, mileage: int, day: date) -> None:
        """Store a reading of the vehicle, if it still is the customer's.

        Before the completion: the reading is right whatever becomes of that, and another try
        stores nothing twice.
        """
        if reminder.vehicle_id is None:
            return
        for _ in range(TRIES):
            vehicle = self._vehicles.vehicle(reminder.tenant_id, reminder.vehicle_id)
            if vehicle is None or vehicle.customer_id != reminder.customer_id:
                return
            read = read_on(vehicle, mileage, day)
            if read == vehicle:
                return
            read = read.model_copy(update={"updated_at": self._clock.now()})
            if self._vehicles.save_vehicle(read):
                return
        raise changed_meanwhile()

    def _next(
        self, stored: Reminder, completion: Completion, now: datetime, today: date
    ) -> Reminder:
        following = Reminder(
            tenant_id=stored.tenant_id,
            mode=stored.mode,
            reminder_id=new_reminder_id(),
            customer_id=stored.customer_id,
            vehicle_id=stored.vehicle_id,
            service_type=stored.service_type,
            description=stored.description,
            due_on=completion.next_due_on,
            due_mileage=completion.next_due_mileage,
            repeat_every_days=stored.repeat_every_days,
            give_up_after_days=stored.give_up_after_days,
            created_at=now,
            updated_at=now,
        )
        refuse_never_due(following)
        return planned(following, None, today)

    def _following(self, completed: Reminder) -> Reminder | None:
        if completed.next_reminder_id is None:
            return None
        return self._reminders.reminder(completed.tenant_id, completed.next_reminder_id)
