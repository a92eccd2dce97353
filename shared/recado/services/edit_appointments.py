"""Make appointments, move and cancel them, with the reminders that go before them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.domain.access import Caller
from recado.domain.appointment_requests import (
    AppointmentInput,
    refuse_no_id,
    refuse_start_too_far_ahead,
)
from recado.domain.appointments import (
    AT_THE_LAST_MOMENT,
    Appointment,
    AppointmentKind,
    AppointmentStatus,
)
from recado.domain.dates_in_words import day_in_words, time_in_words
from recado.domain.errors import NotFoundError
from recado.domain.events import Event
from recado.domain.occasions import Occasion
from recado.domain.orchestration import Catalogue
from recado.domain.tenants import Tenant
from recado.domain.time_zones import zone_of
from recado.domain.variables import with_defaults
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository
from recado.services.cancel_notifications import CancelNotifications
from recado.services.change_stored import TRIES, VersionCheck, changed_meanwhile
from recado.services.find_customer import refuse_unknown_customer
from recado.services.locale_of_words import locale_of_words
from recado.services.plan_notification import PlanNotification
from recado.services.read_appointments import find_appointment

NOT_THERE = -1
"""The version of what is not there: no entity tag names it."""

OCCASIONS = {
    AppointmentKind.APPOINTMENT: Occasion.APPOINTMENT_REMINDER,
    AppointmentKind.INTERVIEW: Occasion.INTERVIEW_REMINDER,
}


@dataclass(frozen=True)
class Put:
    """An appointment as it is stored now, and whether there was none before."""

    appointment: Appointment
    is_new: bool


class EditAppointments:
    """Reminders are planned first, then the appointment is stored with their ids, then those that
    it had before are cancelled.

    So a stored appointment has its reminders, wherever this breaks off. One that no stored
    appointment knows finds that out when its moment comes (`still_stands`).
    """

    def __init__(
        self,
        *,
        appointments: AppointmentRepository,
        people: PeopleRepository,
        configuration: ConfigurationRepository,
        plan: PlanNotification,
        cancel: CancelNotifications,
        clock: Clock,
    ) -> None:
        self._appointments = appointments
        self._people = people
        self._configuration = configuration
        self._plan = plan
        self._cancel = cancel
        self._clock = clock

    def put(
        self,
        caller: Caller,
        appointment_id: str,
        wanted: AppointmentInput,
        *,
        check: VersionCheck,
        correlation_id: str | None = None,
    ) -> Put:
        """Make an appointment, or put something else in its place; twice changes nothing more.

        A reminder whose moment has passed is not sent.

        Raises
        ------
        UnprocessableError
            It can have no such id or moment, or there is no such customer or service type.
        NotFoundError
            It is of a customer whom the caller does not see; or there is no such tenant.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """
        now = self._clock.now()
        refuse_no_id(appointment_id)
        refuse_start_too_far_ahead(wanted.starts_at, now=now)
        refuse_unknown_customer(self._people, caller, wanted.customer_id)
        tenant, catalogue = self._settings(caller.tenant_id, wanted.service_type_id)
        for _ in range(TRIES):
            before = self._stored(caller, appointment_id)
            check(before.version if before else NOT_THERE)
            drafted = _drafted(caller, appointment_id, wanted, before, tenant, now)
            if drafted == before:
                return Put(before, is_new=False)
            known = before.planned if before else frozenset[str]()
            changed = self._with_reminders(caller, tenant, catalogue, drafted, now, correlation_id)
            if self._appointments.save_appointment(changed):
                self._cancel.these(
                    caller.tenant_id,
                    known - changed.planned,
                    why="the appointment was changed",
                )
                stored = changed.model_copy(update={"version": changed.version + 1})
                return Put(stored, is_new=before is None)
            self._cancel.these(
                caller.tenant_id, changed.planned - known, why="somebody else was faster"
            )
        raise changed_meanwhile()

    def delete(self, caller: Caller, appointment_id: str, *, check: VersionCheck) -> None:
        """Cancel an appointment, and those of its reminders that still wait.

        Raises
        ------
        NotFoundError
            There is no such appointment.
        PreconditionFailedError, ChangedMeanwhileError
            Somebody else changed it.
        """
        for _ in range(TRIES):
            stored = find_appointment(self._appointments, self._people, caller, appointment_id)
            check(stored.version)
            if self._appointments.delete_appointment(stored):
                self._cancel.these(
                    caller.tenant_id, stored.planned, why="the appointment was cancelled"
                )
                return
        raise changed_meanwhile()

    def _settings(self, tenant_id: str, service_type: str) -> tuple[Tenant, Catalogue]:
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("unknown tenant '{tenant}'", field="tenant_id", tenant=tenant_id)
        catalogue.lineage(service_type)
        return tenant, catalogue

    def _stored(self, caller: Caller, appointment_id: str) -> Appointment | None:
        """What is there now; a customer whom the caller does not see is no caller's to change."""
        known = self._appointments.appointment(caller.tenant_id, caller.mode, appointment_id)
        if known is None:
            return None
        return find_appointment(self._appointments, self._people, caller, appointment_id)

    def _with_reminders(
        self,
        caller: Caller,
        tenant: Tenant,
        catalogue: Catalogue,
        appointment: Appointment,
        now: datetime,
        correlation_id: str | None,
    ) -> Appointment:
        """An appointment with the reminders planned that it lacks and that are still to come."""
        person = self._people.person(appointment.tenant_id, appointment.customer_id)
        local = appointment.starts_at.astimezone(
            zone_of((person and person.time_zone) or tenant.time_zone)
        )
        occasion = OCCASIONS[appointment.kind]
        locale = (
            locale_of_words(
                self._configuration,
                tenant,
                catalogue,
                person,
                service_type=appointment.service_type,
                occasion=occasion,
            )
            if person is not None
            else tenant.locale
        )
        when = {"Fecha": day_in_words(local.date(), locale), "Hora": time_in_words(local)}
        context = with_defaults(appointment.context, when)
        reminders = []
        for reminder in appointment.reminders:
            send_at = appointment.reminds_at(reminder)
            if reminder.notification_id is not None or send_at <= now + AT_THE_LAST_MOMENT:
                reminders.append(reminder)
                continue
            event = Event(
                event_type=reminder.event_type,
                service_type_id=appointment.service_type,
                phase_id=occasion,
                customer_id=appointment.customer_id,
                context=context,
                send_at=send_at,
                useless_after=appointment.starts_at,
            )
            planned = self._plan(
                caller.tenant_id,
                caller.mode,
                event,
                division=caller.division,
                correlation_id=correlation_id,
                appointment=appointment.mark,
            )
            reminders.append(
                reminder.model_copy(update={"notification_id": planned.notification_id})
            )
        return appointment.model_copy(update={"reminders": tuple(reminders), "updated_at": now})


def _drafted(
    caller: Caller,
    appointment_id: str,
    wanted: AppointmentInput,
    before: Appointment | None,
    tenant: Tenant,
    now: datetime,
) -> Appointment:
    """What a client wants, with what stays of what was there; not all reminders are planned."""
    made_at = (before and before.created_at) or now
    kept_until = max(wanted.starts_at, made_at) + timedelta(days=tenant.retention_days)
    drafted = Appointment(
        tenant_id=caller.tenant_id,
        mode=caller.mode,
        appointment_id=appointment_id,
        customer_id=wanted.customer_id,
        service_type=wanted.service_type_id,
        kind=wanted.kind,
        starts_at=wanted.starts_at,
        duration_minutes=wanted.duration_minutes,
        context=wanted.context,
        reminders=wanted.wanted_reminders(),
        status=wanted.status or AppointmentStatus.SCHEDULED,
        created_at=made_at,
        updated_at=before.updated_at if before else now,
        expires_at=kept_until,
        version=before.version if before else 0,
    )
    return drafted.following(before, now=now, keeps_status=wanted.status is None)
