"""Plan a notification that waited for its moment again, with what holds now."""

from __future__ import annotations

from datetime import datetime

from recado.domain.appointments import Appointment, still_stands
from recado.domain.delivery import Change, call_off
from recado.domain.errors import RequestError
from recado.domain.notification import HistoryEntry, Notification, State
from recado.domain.tenants import Tenant
from recado.ports.appointments import AppointmentRepository
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.services.plan_route import PlanRoute, Topic


class PlanAgain:
    """Brings planned notifications up to date: consent, addresses, templates, accounts."""

    def __init__(
        self,
        *,
        appointments: AppointmentRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        plan_route: PlanRoute,
    ) -> None:
        self._appointments = appointments
        self._directory = directory
        self._configuration = configuration
        self._plan_route = plan_route

    def __call__(self, notification: Notification, tenant: Tenant, now: datetime) -> Change:
        """A notification whose moment has come, on its queue or at an end with the reason.

        One that was tried already goes on where it was, and one that came with its content and
        its address goes as it was asked for.
        """
        if not still_stands(notification, self._appointment(notification)):
            return call_off(notification, "appointment_changed", now)
        entry = HistoryEntry(at=now, kind="moment_came")
        service_type, phase = notification.service_type, notification.phase
        if notification.attempts or service_type is None or phase is None:
            return Change(notification=notification.queued(now), history=entry)
        recipient = self._directory.recipient(notification.tenant_id, notification.recipient_id)
        catalogue = self._configuration.catalogue(notification.tenant_id)
        if recipient is None or catalogue is None:
            return call_off(notification, "recipient_gone", now)
        topic = Topic(
            service_type=service_type,
            phase=phase,
            target=notification.target,
            context=notification.context,
            locale=recipient.locale or tenant.locale,
            channel=notification.only_channel,
        )
        try:
            plan = self._plan_route(tenant, catalogue, recipient, topic, now)
        except RequestError as error:
            return call_off(notification, "no_longer_configured", now, detail=str(error))
        replanned = notification.replanned(
            now,
            route=plan.steps,
            decisions=plan.decisions,
            locale=topic.locale,
            time_zone=recipient.time_zone,
        )
        if not plan.steps:
            reason, detail = plan.refusal
            state = State.SUPPRESSED if reason == "suppressed" else State.FAILED
            return Change(
                notification=replanned.ended(now, state, reason=reason, detail=detail),
                history=entry,
            )
        return Change(notification=replanned.queued(now), history=entry)

    def _appointment(self, notification: Notification) -> Appointment | None:
        if notification.appointment is None:
            return None
        return self._appointments.appointment(
            notification.tenant_id, notification.mode, notification.appointment.appointment_id
        )
