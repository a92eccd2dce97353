"""Read maintenance reminders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from recado.domain.access import Caller
from recado.domain.customers import LONGEST_ID
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.sorting import Position
from recado.domain.vehicles import Reminder, ReminderStatus
from recado.ports.people import (
    PeopleRepository,
    ReminderRepository,
    RemindersPage,
    VehicleRepository,
)
from recado.services.find_customer import owner_is_seen
from recado.services.look_through import Found, look_through


class ReminderQuery(Model):
    """Which reminders are wanted: all conditions hold at once.

    Parameters
    ----------
    due_from, due_before
        Days between which they are due, the first one included and the last one not.
    """

    status: ReminderStatus | None = None
    customer_id: str | None = None
    vehicle_id: str | None = None
    due_from: date | None = None
    due_before: date | None = None
    descending: bool = False
    after: Position | None = None
    limit: int


class ReadReminders:
    """A key of a division sees the reminders of that division's customers alone."""

    def __init__(
        self,
        *,
        reminders: ReminderRepository,
        vehicles: VehicleRepository,
        people: PeopleRepository,
    ) -> None:
        self._reminders = reminders
        self._vehicles = vehicles
        self._people = people

    def one(self, caller: Caller, reminder_id: str) -> Reminder:
        """A reminder.

        Raises
        ------
        NotFoundError
            There is none, or its customer belongs to a division that is not the caller's.
        """
        return find_reminder(self._reminders, self._people, caller, reminder_id)

    def page(self, caller: Caller, query: ReminderQuery) -> RemindersPage:
        """Some reminders, by the day on which they are due; those without a day come last.

        Those of a vehicle are those of its present customer.
        """
        customer_id = query.customer_id
        if query.vehicle_id is not None and customer_id is None:
            vehicle = self._vehicles.vehicle(caller.tenant_id, query.vehicle_id)
            if vehicle is None:
                return RemindersPage(reminders=())
            customer_id = vehicle.customer_id
        if customer_id is not None and not owner_is_seen(self._people, caller, customer_id):
            return RemindersPage(reminders=())
        owners_are_seen = customer_id is not None or caller.division is None

        def page(after: Position | None, limit: int) -> Found[Reminder]:
            listed = self._reminders.reminders(
                caller.tenant_id,
                customer_id=customer_id,
                due_from=query.due_from,
                due_before=query.due_before,
                descending=query.descending,
                after=after,
                limit=limit,
            )
            return Found(listed.reminders, listed.next)

        def keep(reminders: Sequence[Reminder]) -> list[Reminder]:
            wanted = [each for each in reminders if _is_wanted(each, query)]
            return wanted if owners_are_seen else self._seen(caller, wanted)

        is_filtered = query.status or query.vehicle_id or not owners_are_seen
        found = (
            look_through(page, keep, after=query.after, limit=query.limit)
            if is_filtered
            else page(query.after, query.limit)
        )
        return RemindersPage(reminders=tuple(found.things), next=found.next)

    def _seen(self, caller: Caller, reminders: Sequence[Reminder]) -> list[Reminder]:
        owners = self._people.profiles(caller.tenant_id, {r.customer_id for r in reminders})
        seen = {owner.recipient_id for owner in owners.values() if caller.sees(owner.division)}
        return [reminder for reminder in reminders if reminder.customer_id in seen]


def _is_wanted(reminder: Reminder, query: ReminderQuery) -> bool:
    return query.status in (None, reminder.status) and query.vehicle_id in (
        None,
        reminder.vehicle_id,
    )


def find_reminder(
    reminders: ReminderRepository, people: PeopleRepository, caller: Caller, reminder_id: str
) -> Reminder:
    """A reminder whose customer the caller sees.

    Raises
    ------
    NotFoundError
        There is none, or its customer belongs to a division that is not the caller's.
    """
    may_exist = 0 < len(reminder_id) <= LONGEST_ID
    reminder = reminders.reminder(caller.tenant_id, reminder_id) if may_exist else None
    if reminder is None or not owner_is_seen(people, caller, reminder.customer_id):
        raise NotFoundError(
            "no reminder '{reminder}'", field="reminder_id", reminder=reminder_id[:LONGEST_ID]
        )
    return reminder
