"""People, their vehicles and reminders, as those who look after them see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from recado.domain.directory import Address, Recipient
from recado.domain.model import Model
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle

type Position = tuple[str, str]
"""Where a list goes on: what it is sorted by, and the id."""


class PeoplePage(Model):
    """Some people; `next` leads on."""

    people: tuple[Recipient, ...]
    next: Position | None = None


class VehiclesPage(Model):
    """Some vehicles; `next` leads on."""

    vehicles: tuple[Vehicle, ...]
    next: Position | None = None


class RemindersPage(Model):
    """Some reminders; `next` leads on."""

    reminders: tuple[Reminder, ...]
    next: Position | None = None


class PeopleRepository(Protocol):
    """People as a whole. Every `save` and `delete` is conditional on the version that was read.

    They give False when it was changed meanwhile. Push subscriptions are kept apart: `save`
    neither adds nor removes one.
    """

    def person(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        """A person with all addresses, as stored now."""
        ...

    def save_person(self, person: Recipient) -> bool:
        """Store a person's next version, with what leads from their addresses to them."""
        ...

    def delete_person(self, person: Recipient) -> bool:
        """Remove a person with all subscriptions and everything that leads to them."""
        ...

    def people(
        self,
        tenant_id: str,
        *,
        division: str | None,
        name: str,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> PeoplePage:
        """People whose folded name begins so, sorted by it; of one division where one is named."""
        ...

    def subscribe(self, tenant_id: str, recipient_id: str, subscription: Address) -> None:
        """Add a browser's push subscription; the same one again changes nothing."""
        ...

    def unsubscribe(self, tenant_id: str, recipient_id: str, endpoint: str) -> bool:
        """Remove a browser's push subscription; False when there is none."""
        ...


class VehicleRepository(Protocol):
    """Vehicles, conditional like people."""

    def vehicle(self, tenant_id: str, vehicle_id: str) -> Vehicle | None:
        """A vehicle as stored now."""
        ...

    def save_vehicle(self, vehicle: Vehicle) -> bool:
        """Store a vehicle's next version."""
        ...

    def delete_vehicle(self, vehicle: Vehicle) -> bool:
        """Remove a vehicle."""
        ...

    def vehicles(
        self, tenant_id: str, *, plate: str, after: Position | None, limit: int, descending: bool
    ) -> VehiclesPage:
        """Vehicles whose plate begins so, sorted by it."""
        ...

    def vehicles_of(self, tenant_id: str, customer_id: str) -> Sequence[Vehicle]:
        """All vehicles of a person."""
        ...


class ReminderRepository(Protocol):
    """Maintenance reminders, conditional like people."""

    def reminder(self, tenant_id: str, reminder_id: str) -> Reminder | None:
        """A reminder as stored now."""
        ...

    def save_reminder(self, reminder: Reminder) -> bool:
        """Store a reminder's next version."""
        ...

    def delete_reminder(self, reminder: Reminder) -> bool:
        """Remove a reminder."""
        ...

    def reminders(
        self,
        tenant_id: str,
        *,
        status: ReminderStatus | None,
        after: Position | None,
        limit: int,
        descending: bool,
    ) -> RemindersPage:
        """Reminders sorted by the day on which they are due."""
        ...

    def reminders_of(self, tenant_id: str, customer_id: str) -> Sequence[Reminder]:
        """All reminders of a person."""
        ...
