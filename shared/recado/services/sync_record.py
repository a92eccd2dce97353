"""Carry over what another system tells of a customer or a vehicle; the newer change wins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from recado.domain.days import refuse_after_tomorrow
from recado.domain.directory import Recipient
from recado.domain.errors import (
    ChangedMeanwhileError,
    InUseError,
    LostRaceError,
    UnprocessableError,
)
from recado.domain.odometer import with_reading
from recado.domain.sync import CustomerRecord, SourceMark, SyncedKind, VehicleRecord
from recado.domain.tasks import RecordOutcome, TaskPart
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.ports.tasks import Departures
from recado.services.call_off_reminder import CallOffReminder
from recado.services.cancel_notifications import CancelNotifications
from recado.services.day_of_tenant import day_of_tenant


class SyncRecord[S: (Recipient, Vehicle), R: (CustomerRecord, VehicleRecord)](ABC):
    """Carries records of one kind over, in whatever order and however often they come.

    What another system tells of cannot be refused for a reminder or an appointment: what has lost
    its customer or vehicle is cancelled.
    """

    kind: SyncedKind
    record: type[R]

    def __init__(
        self,
        *,
        reminders: ReminderRepository,
        departures: Departures,
        call_off: CallOffReminder,
        clock: Clock,
    ) -> None:
        self._reminders = reminders
        self._departures = departures
        self._call_off = call_off
        self._clock = clock

    def __call__(self, part: TaskPart, document: Mapping[str, Any]) -> RecordOutcome:
        """Carry a record over; twice changes nothing more.

        What was removed leaves its last change behind, so that an older one, which comes late,
        does not bring it back.

        Raises
        ------
        UnprocessableError
            It is new here, and the record does not say enough of it, or the change, or a reading
            in it, is said to be of the future; names the field.
        InUseError
            It cannot be removed.
        LostRaceError
            Something changed meanwhile: try again at once.
        """
        change = self.record.model_validate(document)
        mark = change.mark(part.accepted_at)
        departed = self._departures.departed(part.tenant_id, self.kind, change.its_id)
        stored = self._read(part.tenant_id, change.its_id)
        known = SourceMark.of(stored) if stored else None
        if departed is not None and (mark.is_same_as(departed) or not departed.is_older_than(mark)):
            # Whoever removed it may have been interrupted.
            if stored and known and not departed.is_older_than(known):
                self._take_away(stored)
            is_known = departed == mark.over(departed)
            return RecordOutcome.UNCHANGED if is_known else RecordOutcome.STALE
        if known is not None and not change.deleted and mark.is_same_as(known):
            return RecordOutcome.UNCHANGED
        if known is not None and mark.is_older_than(known):
            return RecordOutcome.STALE
        kept = mark.over(known).over(departed)
        if change.deleted:
            return self._depart(part, change, kept, stored)
        return self._change(part, change, kept, stored)

    def _depart(
        self, part: TaskPart, change: R, mark: SourceMark, stored: S | None
    ) -> RecordOutcome:
        self._refuse_needed(part.tenant_id, change.its_id)
        self._departures.depart(part.tenant_id, self.kind, change.its_id, mark)
        if stored is None:
            return RecordOutcome.UNCHANGED
        self._take_away(stored)
        return RecordOutcome.APPLIED

    def _take_away(self, stored: S) -> None:
        self._cancel(self._left_behind(stored, None))
        if not self._remove(stored):
            raise LostRaceError

    def _change(
        self, part: TaskPart, change: R, mark: SourceMark, stored: S | None
    ) -> RecordOutcome:
        """Store a change, and its mark even where it changes nothing else: older ones may come."""
        now = self._clock.now()
        before = stored or self._begin(part.tenant_id, change)
        after = self._applied(change, before)
        has_changed = stored is None or after != stored
        marked = after.model_copy(
            update={
                **mark.model_dump(),
                "created_at": before.created_at or now,
                "updated_at": now if has_changed else before.updated_at,
            }
        )
        if marked == stored:
            return RecordOutcome.UNCHANGED
        if stored is not None:
            self._cancel(self._left_behind(stored, marked))
        if not self._save(marked):
            raise LostRaceError
        if stored is None:
            # It may have been removed since we looked, when there was nothing to remove.
            departed = self._departures.departed(part.tenant_id, self.kind, change.its_id)
            if departed is not None and not departed.is_older_than(mark):
                raise LostRaceError
        return RecordOutcome.APPLIED if has_changed else RecordOutcome.UNCHANGED

    def _cancel(self, reminders: Iterable[Reminder]) -> None:
        """Cancel those that still remind; before the change, so that breaking off loses none."""
        changes = {
            "status": ReminderStatus.CANCELLED,
            "look_on": None,
            "updated_at": self._clock.now(),
        }
        for reminder in reminders:
            if reminder.status is not ReminderStatus.PENDING:
                continue
            cancelled = reminder.model_copy(update=changes)
            try:
                self._call_off(cancelled)
            except ChangedMeanwhileError:
                raise LostRaceError from None
            if not self._reminders.save_reminder(cancelled):
                raise LostRaceError

    @abstractmethod
    def _refuse_needed(self, tenant_id: str, its_id: str) -> None: ...

    @abstractmethod
    def _left_behind(self, before: S, after: S | None) -> Iterable[Reminder]: ...

    @abstractmethod
    def _read(self, tenant_id: str, its_id: str) -> S | None: ...

    @abstractmethod
    def _begin(self, tenant_id: str, change: R) -> S: ...

    @abstractmethod
    def _applied(self, change: R, before: S) -> S: ...

    @abstractmethod
    def _save(self, after: S) -> bool: ...

    @abstractmethod
    def _remove(self, stored: S) -> bool: ...


class SyncCustomer(SyncRecord[Recipient, CustomerRecord]):
    """Carries customers over."""

    kind = SyncedKind.CUSTOMER
    record = CustomerRecord

    def __init__(
        self,
        *,
        people: PeopleRepository,
        configuration: ConfigurationRepository,
        reminders: ReminderRepository,
        appointments: AppointmentRepository,
        departures: Departures,
        call_off: CallOffReminder,
        cancel: CancelNotifications,
        clock: Clock,
    ) -> None:
        super().__init__(reminders=reminders, departures=departures, call_off=call_off, clock=clock)
        self._people = people
        self._configuration = configuration
        self._appointments = appointments
        self._cancel_notifications = cancel

    def _refuse_needed(self, tenant_id: str, its_id: str) -> None:
        tenant = self._configuration.tenant(tenant_id)
        if tenant is not None and tenant.team_recipient_id == its_id:
            raise InUseError("the team's notifications go to this customer", field="customer_id")

    def _left_behind(self, before: Recipient, after: Recipient | None) -> Iterable[Reminder]:
        if after is not None:
            return ()
        return self._reminders.reminders_of(before.tenant_id, before.recipient_id)

    def _read(self, tenant_id: str, its_id: str) -> Recipient | None:
        return self._people.person(tenant_id, its_id)

    def _begin(self, tenant_id: str, change: CustomerRecord) -> Recipient:
        if change.name is None:
            raise UnprocessableError("a new customer needs a name", field="name")
        return Recipient(tenant_id=tenant_id, recipient_id=change.customer_id, name=change.name)

    def _applied(self, change: CustomerRecord, before: Recipient) -> Recipient:
        return change.applied_to(before)

    def _save(self, after: Recipient) -> bool:
        return self._people.save_person(after)

    def _remove(self, stored: Recipient) -> bool:
        self._cancel_appointments(stored)
        return self._people.delete_person(stored)

    def _cancel_appointments(self, customer: Recipient) -> None:
        """Nobody comes to them any more, and what they tell of the person goes with them."""
        tenant_id = customer.tenant_id
        for each in self._appointments.appointments_of(tenant_id, customer.recipient_id):
            try:
                self._cancel_notifications.these(
                    tenant_id, each.planned, why="the customer was removed"
                )
            except ChangedMeanwhileError:
                raise LostRaceError from None
            if not self._appointments.delete_appointment(each):
                raise LostRaceError


class SyncVehicle(SyncRecord[Vehicle, VehicleRecord]):
    """Carries vehicles over; the customer of one may come after it."""

    kind = SyncedKind.VEHICLE
    record = VehicleRecord

    def __init__(
        self,
        *,
        vehicles: VehicleRepository,
        configuration: ConfigurationRepository,
        reminders: ReminderRepository,
        departures: Departures,
        call_off: CallOffReminder,
        clock: Clock,
    ) -> None:
        super().__init__(reminders=reminders, departures=departures, call_off=call_off, clock=clock)
        self._vehicles = vehicles
        self._configuration = configuration

    def _refuse_needed(self, tenant_id: str, its_id: str) -> None:
        """No vehicle is needed."""

    def _left_behind(self, before: Vehicle, after: Vehicle | None) -> Iterable[Reminder]:
        if after is not None and after.customer_id == before.customer_id:
            return ()
        reminders = self._reminders.reminders_of(before.tenant_id, before.customer_id)
        return (each for each in reminders if each.vehicle_id == before.vehicle_id)

    def _read(self, tenant_id: str, its_id: str) -> Vehicle | None:
        return self._vehicles.vehicle(tenant_id, its_id)

    def _begin(self, tenant_id: str, change: VehicleRecord) -> Vehicle:
        if change.customer_id is None:
            raise UnprocessableError("a new vehicle needs its customer", field="customer_id")
        if change.plate is None:
            raise UnprocessableError("a new vehicle needs its plate", field="plate")
        return Vehicle(
            tenant_id=tenant_id,
            vehicle_id=change.vehicle_id,
            customer_id=change.customer_id,
            plate=change.plate,
        )

    def _applied(self, change: VehicleRecord, before: Vehicle) -> Vehicle:
        now = self._clock.now()
        after = change.applied_to(before)
        if after.mileage_on != before.mileage_on:
            today = day_of_tenant(self._configuration, before.tenant_id, now)
            refuse_after_tomorrow(after.mileage_on, field="mileage_on", today=today)
        told_on = day_of_tenant(self._configuration, before.tenant_id, change.updated_at or now)
        return with_reading(after, before, told_on)

    def _save(self, after: Vehicle) -> bool:
        return self._vehicles.save_vehicle(after)

    def _remove(self, stored: Vehicle) -> bool:
        return self._vehicles.delete_vehicle(stored)
