"""Remind customers of the maintenance that falls due, once on each day that is due for it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from recado.domain.errors import LostRaceError, NotFoundError, RequestError, without_message
from recado.domain.events import Event
from recado.domain.idempotency import IdempotencyKeyReusedError, notification_id_of
from recado.domain.model import Model
from recado.domain.notification import Notification, State
from recado.domain.occasions import Occasion
from recado.domain.reminder_words import words_of
from recado.domain.reminding import (
    look_at,
    put_off,
    reminded,
    reminder_key,
    reminding_day,
)
from recado.domain.tenants import Tenant
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.domain.wall_clock import at_wall_clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.internal_secrets import TenantList
from recado.ports.people import ReminderRepository, VehicleRepository
from recado.services.cancel_notifications import CancelNotifications
from recado.services.change_stored import TRIES
from recado.services.locale_of_words import locale_of_words
from recado.services.plan_notification import PlanNotification

logger = logging.getLogger(__name__)

EVENT_TYPE = "MAINTENANCE_REMINDER"

RUNS_EVERY = 15 * 60
"""Seconds."""

AT_ONCE = 25
"""How many reminders of a tenant are looked at before the next tenant's turn."""


class Reminded(Model):
    """What one run did."""

    looked_at: int = 0
    reminded: int = 0
    put_off: int = 0
    expired: int = 0

    def __add__(self, other: Reminded) -> Reminded:
        return Reminded(
            looked_at=self.looked_at + other.looked_at,
            reminded=self.reminded + other.reminded,
            put_off=self.put_off + other.put_off,
            expired=self.expired + other.expired,
        )


class RemindOfMaintenance:
    """Looks at every reminder whose day has come."""

    def __init__(
        self,
        *,
        tenants: TenantList,
        reminders: ReminderRepository,
        vehicles: VehicleRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        plan: PlanNotification,
        cancel: CancelNotifications,
    ) -> None:
        self._tenants = tenants
        self._reminders = reminders
        self._vehicles = vehicles
        self._directory = directory
        self._configuration = configuration
        self._plan = plan
        self._cancel = cancel

    def __call__(self, now: datetime, *, has_time: Callable[[], bool]) -> Reminded:
        """Do what is due at `now`, the time for which the run was scheduled.

        The tenants take turns until all is done or there is no time left; the next run does the
        rest. Running twice for the same time, or on the same day of a tenant's, tells nobody
        twice. What fails for some is raised when all others are done with.
        """
        done = Reminded()
        failure: Exception | None = None
        tenants = deque(self._tenants.tenants())
        # No tenant is always the first one, nor always the last.
        tenants.rotate(int(now.timestamp()) // RUNS_EVERY)
        turns = deque(self._due(tenant, now) for tenant in tenants)
        while turns and has_time():
            due = turns.popleft()
            try:
                batch = list(islice(due, AT_ONCE))
            except Exception as error:
                logger.error("a tenant's reminders were left", extra=without_message(error))
                failure = error
                continue
            for tenant, day, reminder_id in takewhile(lambda _: has_time(), batch):
                try:
                    done += self._look_at(tenant, day, reminder_id)
                except Exception as error:
                    extra = {"reminder_id": reminder_id, **without_message(error)}
                    logger.error("a reminder was left", extra=extra)
                    failure = error
            if len(batch) == AT_ONCE:
                turns.append(due)
        if failure is not None:
            raise failure
        return done

    def _due(self, tenant: Tenant, now: datetime) -> Iterator[tuple[Tenant, date, str]]:
        """What of a tenant is to be looked at, with the day for which it is."""
        day = reminding_day(now, tenant.reminders_at, ZoneInfo(tenant.time_zone))
        if day is not None:
            for reminder_id in self._reminders.to_look_at(tenant.tenant_id, day):
                yield tenant, day, reminder_id

    def _look_at(self, tenant: Tenant, day: date, reminder_id: str) -> Reminded:
        """Look at a reminder, and again where somebody changed it meanwhile.

        The notification is planned first: a run that breaks off between the two steps is made up
        for by the next one, to which the day's idempotency key gives the same notification.
        """
        planned_id: str | None = None
        for _ in range(TRIES):
            stored = self._reminders.reminder(tenant.tenant_id, reminder_id)
            if stored is None:
                break
            vehicle = self._vehicle_of(stored)
            look = look_at(stored, vehicle, today=day, kilometres_a_day=tenant.kilometres_a_day)
            if planned_id is not None and look.due_on is None:
                break
            after = look.reminder
            if look.due_on is not None:
                told = self._remind(tenant, after, vehicle, due_on=look.due_on, day=day)
                if planned_id is not None and planned_id != told:
                    self._call_off(tenant, planned_id)
                planned_id = told
                after = reminded(after, day, planned_id) if planned_id else put_off(after, day)
            if after == stored or self._reminders.save_reminder(after):
                return Reminded(
                    looked_at=1,
                    reminded=int(after.times_reminded > stored.times_reminded),
                    put_off=int(look.due_on is not None and planned_id is None),
                    expired=int(after.status is ReminderStatus.EXPIRED),
                )
        else:
            raise LostRaceError
        # Another run may have planned the same one and stored that; else nobody wants it now.
        if planned_id and (stored is None or stored.last_notification_id != planned_id):
            self._call_off(tenant, planned_id)
        return Reminded(looked_at=1)

    def _call_off(self, tenant: Tenant, notification_id: str) -> None:
        why = "the reminder was changed meanwhile"
        self._cancel.these(tenant.tenant_id, [notification_id], why=why)

    def _vehicle_of(self, reminder: Reminder) -> Vehicle | None:
        """The vehicle, if it still is the customer's."""
        if reminder.vehicle_id is None:
            return None
        vehicle = self._vehicles.vehicle(reminder.tenant_id, reminder.vehicle_id)
        return vehicle if vehicle and vehicle.customer_id == reminder.customer_id else None

    def _remind(
        self,
        tenant: Tenant,
        reminder: Reminder,
        vehicle: Vehicle | None,
        *,
        due_on: date,
        day: date,
    ) -> str | None:
        """Plan the day's notification; gives its id, or None where the reminder cannot be told."""
        of_the_day = f"maintenance:{reminder.reminder_id}:{day.isoformat()}"
        # Another customer has not been told when the one before was.
        key = f"{of_the_day}:{reminder.customer_id}"
        try:
            event = self._event(tenant, reminder, vehicle, due_on=due_on, day=day)
            planned = self._plan(
                tenant.tenant_id,
                reminder.mode,
                event,
                idempotency_key=key,
                correlation_id=of_the_day,
            )
        except IdempotencyKeyReusedError:
            # The day's notification was made from what the reminder or its vehicle was before.
            return notification_id_of(tenant.tenant_id, reminder.mode, key)
        except RequestError as error:
            extra = {"reminder_id": reminder.reminder_id, "reason": error.code}
            logger.warning("a reminder cannot be told of", extra=extra)
            return None
        return None if _is_refused(planned) else planned.notification_id

    def _event(
        self,
        tenant: Tenant,
        reminder: Reminder,
        vehicle: Vehicle | None,
        *,
        due_on: date,
        day: date,
    ) -> Event:
        catalogue = self._configuration.catalogue(tenant.tenant_id)
        recipient = self._directory.recipient(tenant.tenant_id, reminder.customer_id)
        if catalogue is None or recipient is None:
            raise NotFoundError("unknown recipient", field="customer_id")
        zone = ZoneInfo(tenant.time_zone)
        return Event(
            event_type=EVENT_TYPE,
            service_type_id=reminder.service_type,
            phase_id=Occasion.MAINTENANCE_REMINDER,
            customer_id=reminder.customer_id,
            context=words_of(
                reminder,
                vehicle,
                due_on=due_on,
                catalogue=catalogue,
                locale=locale_of_words(
                    self._configuration,
                    tenant,
                    catalogue,
                    recipient,
                    service_type=reminder.service_type,
                    occasion=Occasion.MAINTENANCE_REMINDER,
                ),
            ),
            useless_after=at_wall_clock(day + timedelta(days=1), tenant.reminders_at, zone),
            key=reminder_key(reminder.reminder_id),
        )


def _is_refused(planned: Notification) -> bool:
    """Whether no channel could carry it from the beginning: nobody was told of anything."""
    return planned.attempts == 0 and planned.state in (State.FAILED, State.SUPPRESSED)
