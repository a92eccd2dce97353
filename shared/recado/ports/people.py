"""People, their vehicles and reminders, as those who look after them see them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from recado.domain.directory import Address, Recipient
from recado.domain.model import Model
from recado.domain.sorting import Position
from recado.domain.vehicles import Reminder, Vehicle


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
    neither adds nor removes one. Lists follow what is stored within a second.
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
        """People whose name begins so, in any case and accents, sorted by it.

        Of one division where one is named; without their push subscriptions.
        """
        ...

    def profiles(self, tenant_id: str, recipient_ids: Collection[str]) -> Mapping[str, Recipient]:
        """Those who exist among some people, by id, without their push subscriptions."""
        ...

    def subscribe(self, tenant_id: str, recipient_id: str, subscription: Address) -> bool:
        """Add a browser's push subscription, or replace its keys; False when nobody is there."""
        ...

    def unsubscribe(self, tenant_id: str, recipient_id: str, endpoint: str) -> bool:
        """Remove a browser's push subscription; False when there is none."""
        ...


class VehicleRepository(Protocol):
    """Vehicles, conditional like people."""

    def vehicle(self, tenant_id: str, vehicle_id: str) -> Vehicle | None:
        """A vehicle as stored now."""
        ...

    def add_vehicle(self, vehicle: Vehicle) -> bool:
        """Store a new vehicle; False when its id is taken or its customer is not there."""
        ...

    def save_vehicle(self, vehicle: Vehicle) -> bool:
        """Store a vehicle's next version."""
        ...

    def delete_vehicle(self, vehicle: Vehicle) -> bool:
        """Remove a vehicle."""
        ...

    def vehicles(
        self,
        tenant_id: str,
        *,
        customer_id: str | None,
        plate: str,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> VehiclesPage:
        """Vehicles whose plate begins so, however it is spelled, sorted by it.

        Of one customer where one is named.
        """
        ...

    def vehicles_of(self, tenant_id: str, customer_id: str) -> Sequence[Vehicle]:
        """All vehicles of a person."""
        ...


class ReminderRepository(Protocol):
    """Maintenance reminders, conditional like people."""

    def reminder(self, tenant_id: str, reminder_id: str) -> Reminder | None:
        """A reminder as stored now."""
        ...

    def add_reminder(self, reminder: Reminder) -> bool:
        """Store a new reminder; False when its id is taken or its customer is not there."""
        ...

    def save_reminder(self, reminder: Reminder) -> bool:
        """Store a reminder's next version."""
        ...

    def save_completed(self, reminder: Reminder, following: Reminder) -> bool:
        """Store a completed reminder's next version and the one that follows it, or neither."""
        ...

    def delete_reminder(self, reminder: Reminder) -> bool:
        """Remove a reminder."""
        ...

    def reminders(
        self,
        tenant_id: str,
        *,
        customer_id: str | None,
        due_from: date | None,
        due_before: date | None,
        descending: bool,
        after: Position | None,
        limit: int,
    ) -> RemindersPage:
        """Reminders sorted by the day on which they are due, those without a day last.

        Of one customer where one is named; with a bound only those with a day inside.
        """
        ...

    def reminders_of(self, tenant_id: str, customer_id: str) -> Sequence[Reminder]:
        """All reminders of a person."""
        ...

    def to_look_at(self, tenant_id: str, day: date) -> Iterator[str]:
        """The ids of pending reminders that the clock is to look at by a day.

        Those that have waited longest come first. It follows what is stored within a second.
        """
        ...
