"""Make maintenance reminders, change and delete them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from recado.domain.access import Caller
from recado.domain.errors import AlreadyExistsError, ConflictError, UnprocessableError
from recado.domain.reminder_requests import (
    NewReminder,
    ReminderInput,
    ReminderPatch,
    new_reminder_id,
    refuse_never_due,
)
from recado.domain.reminding import planned
from recado.domain.vehicles import Reminder, ReminderStatus
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.call_off_reminder import CallOffReminder
from recado.services.change_stored import VersionCheck, change_stored, delete_stored
from recado.services.day_of_tenant import day_of_tenant
from recado.services.find_customer import refuse_unknown_customer
from recado.services.read_reminders import find_reminder


class EditReminders:
    """Each change is stored whole or not at all, and none is lost."""

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

    def create(self, caller: Caller, wanted: NewReminder) -> Reminder:
        """Store a new reminder.

        Raises
        ------
        UnprocessableError
            Nothing makes it due, or there is no such customer, vehicle of theirs or service type.
        AlreadyExistsError
            The tenant has a reminder of that id.
        """
        now = self._clock.now()
        reminder = Reminder(
            tenant_id=caller.tenant_id,
            mode=caller.mode,
            reminder_id=wanted.reminder_id or new_reminder_id(),
            **_fields(wanted.model_dump(exclude={"reminder_id"})),
            created_at=now,
            updated_at=now,
        )
        self._refuse_wrong(caller, reminder)
        today = day_of_tenant(self._configuration, caller.tenant_id, now)
        reminder = planned(reminder, None, today)
        if not self._reminders.add_reminder(reminder):
            refuse_unknown_customer(self._people, caller, reminder.customer_id)
            raise AlreadyExistsError(
                "there is a reminder '{reminder}' already",
                field="reminder_id",
                reminder=reminder.reminder_id,
            )
        return reminder.model_copy(update={"version": 1})

    def replace(
        self, caller: Caller, reminder_id: str, wanted: ReminderInput, *, check: VersionCheck
    ) -> Reminder:
        """Put something else in place of all that a client says of a reminder.

        Raises
        ------
        NotFoundError
            There is no such reminder.
        ConflictError
            It is completed.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        UnprocessableError
            As `create`.
        """
        return self._change(caller, reminder_id, wanted.model_dump(), check)

    def patch(
        self, caller: Caller, reminder_id: str, patch: ReminderPatch, *, check: VersionCheck
    ) -> Reminder:
        """Change some fields; raises what `replace` raises."""
        return self._change(caller, reminder_id, patch.changes(), check)

    def delete(self, caller: Caller, reminder_id: str, *, check: VersionCheck) -> None:
        """Delete a reminder.

        Raises
        ------
        NotFoundError
            There is no such reminder.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """

        def delete(stored: Reminder) -> bool:
            # Before it is gone: at worst it reminds once too little, and never of nothing.
            self._call_off(stored.model_copy(update={"status": ReminderStatus.CANCELLED}))
            return self._reminders.delete_reminder(stored)

        delete_stored(self._reader(caller, reminder_id, check), delete)

    def _change(
        self,
        caller: Caller,
        reminder_id: str,
        changes: Mapping[str, Any],
        check: VersionCheck,
    ) -> Reminder:
        now = self._clock.now()
        today = day_of_tenant(self._configuration, caller.tenant_id, now)

        def change(stored: Reminder) -> Reminder:
            if stored.status is ReminderStatus.COMPLETED:
                raise ConflictError(
                    "a completed reminder is not changed any more", field="reminder_id"
                )
            changed = stored.model_copy(update=_fields(changes))
            if changed == stored:
                return stored
            is_reopened = (
                stored.status is not ReminderStatus.PENDING
                and changed.status is ReminderStatus.PENDING
            )
            self._refuse_wrong(caller, changed, before=None if is_reopened else stored)
            if changed.customer_id != stored.customer_id:
                # What is stored then names the other one's notification no longer.
                self._call_off(stored.model_copy(update={"status": ReminderStatus.CANCELLED}))
            return planned(changed, stored, today)

        changed = change_stored(
            self._reader(caller, reminder_id, check),
            change,
            self._reminders.save_reminder,
            now=now,
        )
        self._call_off(changed)
        return changed

    def _reader(
        self, caller: Caller, reminder_id: str, check: VersionCheck
    ) -> Callable[[], Reminder]:
        def read() -> Reminder:
            stored = find_reminder(self._reminders, self._people, caller, reminder_id)
            check(stored.version)
            return stored

        return read

    def _refuse_wrong(
        self, caller: Caller, reminder: Reminder, *, before: Reminder | None = None
    ) -> None:
        """Refuse what cannot be; of what is stored, only what the change touches.

        Its customer, vehicle and service type may have changed since: it can still be cancelled.
        """

        def touches(*fields: str) -> bool:
            return before is None or any(
                getattr(before, field) != getattr(reminder, field) for field in fields
            )

        if touches("due_on", "due_mileage", "vehicle_id"):
            refuse_never_due(reminder)
        if touches("customer_id"):
            refuse_unknown_customer(self._people, caller, reminder.customer_id)
        if touches("customer_id", "vehicle_id") and reminder.vehicle_id is not None:
            vehicle = self._vehicles.vehicle(caller.tenant_id, reminder.vehicle_id)
            if vehicle is None or vehicle.customer_id != reminder.customer_id:
                raise UnprocessableError(
                    "the customer has no vehicle '{vehicle}'",
                    field="vehicle_id",
                    vehicle=reminder.vehicle_id,
                )
        catalogue = self._configuration.catalogue(caller.tenant_id)
        if catalogue is not None and touches("service_type"):
            catalogue.lineage(reminder.service_type)


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a client says, by the names of what is stored."""
    return {("service_type" if k == "service_type_id" else k): value for k, value in said.items()}
