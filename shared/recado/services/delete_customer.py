"""Delete a customer whom nothing needs any more."""

from __future__ import annotations

from recado.domain.access import Caller
from recado.domain.directory import Recipient
from recado.domain.errors import InUseError
from recado.ports.appointments import AppointmentRepository
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, ReminderRepository, VehicleRepository
from recado.services.change_stored import VersionCheck, delete_stored
from recado.services.find_customer import find_customer

NAMED = 5
"""How many of the things that are in the way a refusal names."""


class DeleteCustomer:
    """Removes the contact data; to make somebody's whole history go is another thing: erasing."""

    def __init__(
        self,
        *,
        people: PeopleRepository,
        vehicles: VehicleRepository,
        reminders: ReminderRepository,
        appointments: AppointmentRepository,
        configuration: ConfigurationRepository,
    ) -> None:
        self._people = people
        self._vehicles = vehicles
        self._reminders = reminders
        self._appointments = appointments
        self._configuration = configuration

    def __call__(self, caller: Caller, customer_id: str, *, check: VersionCheck) -> None:
        """Delete a customer with their addresses and push subscriptions.

        Raises
        ------
        NotFoundError
            There is no such customer.
        InUseError
            They have vehicles, reminders or appointments, or are the one to whom the tenant's team
            listens.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed them.
        """

        def read() -> Recipient:
            stored = find_customer(self._people, caller, customer_id)
            check(stored.version)
            self._refuse_in_use(stored)
            return stored

        delete_stored(read, self._people.delete_person)

    def _refuse_in_use(self, customer: Recipient) -> None:
        tenant_id, customer_id = customer.tenant_id, customer.recipient_id
        tenant = self._configuration.tenant(tenant_id)
        if tenant is not None and tenant.team_recipient_id == customer_id:
            raise InUseError("the team's notifications go to this customer", field="customer_id")
        first = self._vehicles.vehicles(
            tenant_id, customer_id=customer_id, plate="", descending=False, after=None, limit=NAMED
        )
        if first.vehicles:
            raise InUseError(
                "the customer has vehicles ({vehicles}); erase/ removes everything of theirs",
                field="customer_id",
                vehicles=", ".join(vehicle.vehicle_id for vehicle in first.vehicles),
            )
        due = self._reminders.reminders(
            tenant_id,
            customer_id=customer_id,
            due_from=None,
            due_before=None,
            descending=False,
            after=None,
            limit=NAMED,
        )
        if due.reminders:
            raise InUseError(
                "the customer has reminders ({reminders}); erase/ removes everything of theirs",
                field="customer_id",
                reminders=", ".join(reminder.reminder_id for reminder in due.reminders),
            )
        appointments = self._appointments.appointments_of(tenant_id, customer_id)
        if appointments:
            raise InUseError(
                "the customer has appointments ({appointments}); erase/ removes everything of "
                "theirs",
                field="customer_id",
                appointments=", ".join(each.appointment_id for each in appointments[:NAMED]),
            )
