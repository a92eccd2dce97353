"""People, vehicles and reminders in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient
from recado.domain.sorting import Position, sort_form
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle, plate_form
from recado.ports.people import PeoplePage, RemindersPage, VehiclesPage
from tests.fakes.directory import FakeDirectory, without_subscriptions


class FakePeople(FakeDirectory):
    """Implements `ports.PeopleRepository`, and the directory over the same people."""

    def recipient(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        person = self.person(tenant_id, recipient_id)
        return person.model_copy(update={"version": 0}) if person else None

    def put_recipient(self, recipient: Recipient) -> None:
        known = self.person(recipient.tenant_id, recipient.recipient_id)
        version = known.version if known else 0
        if known is None or known != recipient.model_copy(update={"version": version}):
            version += 1
        super().put_recipient(recipient.model_copy(update={"version": version}))

    def person(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        return self._recipients.get((tenant_id, recipient_id))

    def save_person(self, person: Recipient) -> bool:
        stored = self.person(person.tenant_id, person.recipient_id)
        if (stored.version if stored else 0) != person.version:
            return False
        subscriptions = stored.addresses_on(Channel.PUSH) if stored else ()
        kept = tuple(a for a in person.addresses if a.channel is not Channel.PUSH)
        self._store(person, (*kept, *subscriptions), person.version + 1)
        return True

    def delete_person(self, person: Recipient) -> bool:
        stored = self.person(person.tenant_id, person.recipient_id)
        if stored is None or stored.version != person.version:
            return False
        del self._recipients[person.tenant_id, person.recipient_id]
        return True

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
        wanted = [
            without_subscriptions(person)
            for (tenant, _), person in self._recipients.items()
            if tenant == tenant_id
            and division in (None, person.division)
            and person.position[0].startswith(sort_form(name))
        ]
        found, following = _page(wanted, descending, after, limit)
        return PeoplePage(people=tuple(found), next=following)

    def profiles(self, tenant_id: str, recipient_ids: Collection[str]) -> dict[str, Recipient]:
        found = {name: self.person(tenant_id, name) for name in recipient_ids}
        return {name: without_subscriptions(each) for name, each in found.items() if each}

    def subscribe(self, tenant_id: str, recipient_id: str, subscription: Address) -> bool:
        person = self.person(tenant_id, recipient_id)
        if person is None:
            return False
        others = (a for a in person.addresses if a.value != subscription.value)
        self._store(person, (*others, subscription), person.version)
        return True

    def unsubscribe(self, tenant_id: str, recipient_id: str, endpoint: str) -> bool:
        person = self.person(tenant_id, recipient_id)
        if person is None:
            return False
        kept = tuple(a for a in person.addresses if a.value != endpoint)
        self._store(person, kept, person.version)
        return len(kept) < len(person.addresses)

    def _store(self, person: Recipient, addresses: tuple[Address, ...], version: int) -> None:
        stored = person.model_copy(update={"addresses": addresses, "version": version})
        super().put_recipient(stored)


class FakeVehicles:
    """Implements `ports.VehicleRepository`."""

    def __init__(self, *vehicles: Vehicle) -> None:
        self._vehicles = {(v.tenant_id, v.vehicle_id): v for v in vehicles}

    def vehicle(self, tenant_id: str, vehicle_id: str) -> Vehicle | None:
        return self._vehicles.get((tenant_id, vehicle_id))

    def add_vehicle(self, vehicle: Vehicle) -> bool:
        return self.save_vehicle(vehicle)

    def save_vehicle(self, vehicle: Vehicle) -> bool:
        stored = self.vehicle(vehicle.tenant_id, vehicle.vehicle_id)
        if (stored.version if stored else 0) != vehicle.version:
            return False
        following = vehicle.model_copy(update={"version": vehicle.version + 1})
        self._vehicles[vehicle.tenant_id, vehicle.vehicle_id] = following
        return True

    def delete_vehicle(self, vehicle: Vehicle) -> bool:
        stored = self.vehicle(vehicle.tenant_id, vehicle.vehicle_id)
        if stored is None or stored.version != vehicle.version:
            return False
        del self._vehicles[vehicle.tenant_id, vehicle.vehicle_id]
        return True

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
        wanted = [
            vehicle
            for vehicle in self._vehicles.values()
            if vehicle.tenant_id == tenant_id
            and customer_id in (None, vehicle.customer_id)
            and vehicle.position[0].startswith(plate_form(plate))
        ]
        found, following = _page(wanted, descending, after, limit)
        return VehiclesPage(vehicles=tuple(found), next=following)

    def vehicles_of(self, tenant_id: str, customer_id: str) -> Sequence[Vehicle]:
        return self.vehicles(
            tenant_id,
            customer_id=customer_id,
            plate="",
            descending=False,
            after=None,
            limit=len(self._vehicles),
        ).vehicles


class FakeReminders:
    """Implements `ports.ReminderRepository`."""

    def __init__(self, *reminders: Reminder) -> None:
        self._reminders = {(r.tenant_id, r.reminder_id): r for r in reminders}

    def reminder(self, tenant_id: str, reminder_id: str) -> Reminder | None:
        return self._reminders.get((tenant_id, reminder_id))

    def add_reminder(self, reminder: Reminder) -> bool:
        return self.save_reminder(reminder)

    def save_reminder(self, reminder: Reminder) -> bool:
        stored = self.reminder(reminder.tenant_id, reminder.reminder_id)
        if (stored.version if stored else 0) != reminder.version:
            return False
        following = reminder.model_copy(update={"version": reminder.version + 1})
        self._reminders[reminder.tenant_id, reminder.reminder_id] = following
        return True

    def save_completed(self, reminder: Reminder, following: Reminder) -> bool:
        if self.reminder(following.tenant_id, following.reminder_id) is not None:
            return False
        return self.save_reminder(reminder) and self.save_reminder(following)

    def delete_reminder(self, reminder: Reminder) -> bool:
        stored = self.reminder(reminder.tenant_id, reminder.reminder_id)
        if stored is None or stored.version != reminder.version:
            return False
        del self._reminders[reminder.tenant_id, reminder.reminder_id]
        return True

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
        wanted = [
            reminder
            for reminder in self._reminders.values()
            if reminder.tenant_id == tenant_id
            and customer_id in (None, reminder.customer_id)
            and _is_due(reminder, due_from, due_before)
        ]
        found, following = _page(wanted, descending, after, limit)
        return RemindersPage(reminders=tuple(found), next=following)

    def reminders_of(self, tenant_id: str, customer_id: str) -> Sequence[Reminder]:
        return self.reminders(
            tenant_id,
            customer_id=customer_id,
            due_from=None,
            due_before=None,
            descending=False,
            after=None,
            limit=len(self._reminders),
        ).reminders

    def to_look_at(self, tenant_id: str, day: date) -> Iterator[str]:
        waiting = sorted(
            (reminder.look_on, reminder.reminder_id)
            for reminder in self._reminders.values()
            if reminder.tenant_id == tenant_id
            and reminder.status is ReminderStatus.PENDING
            and reminder.look_on is not None
            and reminder.look_on <= day
        )
        yield from (reminder_id for _, reminder_id in waiting)


def _is_due(reminder: Reminder, due_from: date | None, due_before: date | None) -> bool:
    if reminder.due_on is None:
        return due_from is None and due_before is None
    return (due_from is None or reminder.due_on >= due_from) and (
        due_before is None or reminder.due_on < due_before
    )


def _page[T: (Recipient, Vehicle, Reminder)](
    things: Iterable[T], descending: bool, after: Position | None, limit: int
) -> tuple[list[T], Position | None]:
    in_order = sorted(things, key=lambda thing: thing.position, reverse=descending)
    if after is not None:
        in_order = [
            thing
            for thing in in_order
            if (thing.position < after if descending else thing.position > after)
        ]
    page = in_order[:limit]
    return page, page[-1].position if len(in_order) > limit else None
