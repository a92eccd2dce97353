"""Make vehicles, change and delete them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from recado.domain.access import Caller
from recado.domain.days import refuse_after_tomorrow
from recado.domain.errors import AlreadyExistsError, InUseError
from recado.domain.odometer import with_reading
from recado.domain.vehicle_requests import (
    NewVehicle,
    VehicleInput,
    VehiclePatch,
    new_vehicle_id,
)
from recado.domain.vehicles import ReminderStatus, Vehicle
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.change_stored import VersionCheck, change_stored, delete_stored
from recado.services.day_of_tenant import day_of_tenant
from recado.services.find_customer import refuse_unknown_customer
from recado.services.read_vehicles import find_vehicle


class EditVehicles:
    """Each change is stored whole or not at all, and none is lost."""

    def __init__(
        self,
        *,
        vehicles: VehicleRepository,
        people: PeopleRepository,
        reminders: ReminderRepository,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._vehicles = vehicles
        self._people = people
        self._reminders = reminders
        self._configuration = configuration
        self._clock = clock

    def create(self, caller: Caller, wanted: NewVehicle) -> Vehicle:
        """Store a new vehicle.

        Raises
        ------
        UnprocessableError
            There is no such customer, or its odometer was read later than tomorrow.
        AlreadyExistsError
            The tenant has a vehicle of that id.
        """
        refuse_unknown_customer(self._people, caller, wanted.customer_id)
        now = self._clock.now()
        today = day_of_tenant(self._configuration, caller.tenant_id, now)
        refuse_after_tomorrow(wanted.mileage_on, field="mileage_on", today=today)
        vehicle = Vehicle(
            tenant_id=caller.tenant_id,
            vehicle_id=wanted.vehicle_id or new_vehicle_id(),
            **wanted.model_dump(exclude={"vehicle_id"}),
            created_at=now,
            updated_at=now,
        )
        vehicle = with_reading(vehicle, None, today)
        if not self._vehicles.add_vehicle(vehicle):
            refuse_unknown_customer(self._people, caller, wanted.customer_id)
            raise AlreadyExistsError(
                "there is a vehicle '{vehicle}' already",
                field="vehicle_id",
                vehicle=vehicle.vehicle_id,
            )
        return vehicle.model_copy(update={"version": 1})

    def replace(
        self, caller: Caller, vehicle_id: str, wanted: VehicleInput, *, check: VersionCheck
    ) -> Vehicle:
        """Put something else in place of all that a client says of a vehicle.

        Raises
        ------
        NotFoundError
            There is no such vehicle.
        UnprocessableError
            There is no such customer, or its odometer was read later than tomorrow.
        InUseError
            Its customer shall change, and has pending reminders of it.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """
        return self._change(caller, vehicle_id, wanted.model_dump(), check)

    def patch(
        self, caller: Caller, vehicle_id: str, patch: VehiclePatch, *, check: VersionCheck
    ) -> Vehicle:
        """Change some fields; raises what `replace` raises."""
        return self._change(caller, vehicle_id, patch.changes(), check)

    def delete(self, caller: Caller, vehicle_id: str, *, check: VersionCheck) -> None:
        """Delete a vehicle.

        Raises
        ------
        NotFoundError
            There is no such vehicle.
        InUseError
            There are pending reminders of it.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """
        read = self._reader(caller, vehicle_id, check)

        def read_unused() -> Vehicle:
            stored = read()
            self._refuse_reminded(stored)
            return stored

        delete_stored(read_unused, self._vehicles.delete_vehicle)

    def _change(
        self,
        caller: Caller,
        vehicle_id: str,
        changes: Mapping[str, Any],
        check: VersionCheck,
    ) -> Vehicle:
        now = self._clock.now()
        today = day_of_tenant(self._configuration, caller.tenant_id, now)

        def change(stored: Vehicle) -> Vehicle:
            changed = with_reading(stored.model_copy(update=changes), stored, today)
            if changed.mileage_on != stored.mileage_on:
                refuse_after_tomorrow(changed.mileage_on, field="mileage_on", today=today)
            if changed.customer_id != stored.customer_id:
                refuse_unknown_customer(self._people, caller, changed.customer_id)
                self._refuse_reminded(stored)
            return changed

        return change_stored(
            self._reader(caller, vehicle_id, check),
            change,
            self._vehicles.save_vehicle,
            now=now,
        )

    def _reader(
        self, caller: Caller, vehicle_id: str, check: VersionCheck
    ) -> Callable[[], Vehicle]:
        def read() -> Vehicle:
            stored = find_vehicle(self._vehicles, self._people, caller, vehicle_id)
            check(stored.version)
            return stored

        return read

    def _refuse_reminded(self, vehicle: Vehicle) -> None:
        """Whoever had the vehicle would be reminded of it for ever."""
        for reminder in self._reminders.reminders_of(vehicle.tenant_id, vehicle.customer_id):
            if (
                reminder.vehicle_id == vehicle.vehicle_id
                and reminder.status is ReminderStatus.PENDING
            ):
                raise InUseError(
                    "reminder '{reminder}' of the vehicle is pending; complete or cancel it first",
                    field="vehicle_id",
                    reminder=reminder.reminder_id,
                )
