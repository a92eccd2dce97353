"""Turn an event into a notification: find the rules, plan the route, store it, queue it."""

from __future__ import annotations

from datetime import datetime, timedelta

from recado.domain.access import reaches
from recado.domain.channels import Channel
from recado.domain.directory import Recipient
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.events import Event, deadline_of, refuse_too_far_ahead
from recado.domain.notification import (
    AppointmentMark,
    Mode,
    Notification,
    State,
    new_notification_id,
)
from recado.domain.orchestration import Catalogue, Target
from recado.domain.routing import RoutePlan
from recado.domain.tenants import Tenant
from recado.domain.variables import with_defaults
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues
from recado.ports.reach import ReachReader
from recado.services.accept_once import AcceptOnce
from recado.services.plan_route import PlanRoute, Topic


class PlanNotification:
    """Accepts events. A returned notification is stored: nothing can lose it any more."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        reach: ReachReader,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._accept = AcceptOnce(notifications=notifications, queues=queues)
        self._directory = directory
        self._configuration = configuration
        self._plan_route = PlanRoute(reach=reach, configuration=configuration)
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        mode: Mode,
        event: Event,
        *,
        division: str | None = None,
        idempotency_key: str | None = None,
        correlation_id: str | None = None,
        channel: Channel | None = None,
        appointment: AppointmentMark | None = None,
    ) -> Notification:
        """Plan, store and queue the notification that an event asks for.

        With a `channel` it goes by that one or not at all.

        With a `division` the event comes from that part of the tenant, which knows its own
        customers alone.

        For 24 hours the same `idempotency_key` gives the notification that it gave the first
        time; live and test requests never share one. An event that no channel can carry gives
        a stored notification that ended, with the reason.

        Raises
        ------
        NotFoundError
            No such tenant.
        UnprocessableError
            The event names something that does not exist, or a moment too far ahead;
            NoOrchestrationError when nothing is configured for its service type, phase and
            target; IdempotencyKeyReusedError when the key stands for another event. Another
            try would not help.
        """
        asked = self._plan(
            tenant_id,
            mode,
            event,
            division,
            correlation_id=correlation_id,
            channel=channel,
            appointment=appointment,
        )
        return self._accept(asked, idempotency_key=idempotency_key)

    def _plan(
        self,
        tenant_id: str,
        mode: Mode,
        event: Event,
        division: str | None,
        *,
        correlation_id: str | None,
        channel: Channel | None,
        appointment: AppointmentMark | None,
    ) -> Notification:
        now = self._clock.now()
        refuse_too_far_ahead(event, now=now)
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("unknown tenant '{tenant}'", field="tenant_id", tenant=tenant_id)
        recipient = self._recipient(tenant, event, division)
        context = with_defaults(event.context, _own_values(tenant, catalogue, recipient, event))
        locale = recipient.locale or tenant.locale
        topic = Topic(
            service_type=event.service_type_id,
            phase=event.phase_id,
            target=event.target,
            context=context,
            locale=locale,
            channel=channel,
        )
        moment = max(event.send_at or now, now)
        plan = self._plan_route(tenant, catalogue, recipient, topic, moment, is_later=moment > now)
        deadline = _deadline(event, tenant, now)
        notification = Notification(
            notification_id=new_notification_id(),
            tenant_id=tenant_id,
            mode=mode,
            event_type=event.event_type,
            service_type=event.service_type_id,
            phase=event.phase_id,
            target=event.target,
            recipient_id=recipient.recipient_id,
            about_id=event.customer_id if event.target is Target.STAFF else None,
            division=recipient.division or division,
            locale=locale,
            context=context,
            route=plan.steps,
            decisions=plan.decisions,
            created_at=now,
            updated_at=now,
            send_at=event.send_at,
            deadline=deadline,
            expires_at=deadline + timedelta(days=tenant.retention_days),
            key=event.key,
            only_channel=channel,
            urgent=event.urgent,
            time_zone=recipient.time_zone,
            correlation_id=correlation_id,
            appointment=appointment,
        )
        return _first_state(notification, plan, now)

    def _recipient(self, tenant: Tenant, event: Event, division: str | None) -> Recipient:
        if event.target is Target.STAFF:
            recipient_id, field = tenant.team_recipient_id or "", "target"
        else:
            recipient_id, field = event.customer_id, "customer_id"
        recipient = self._directory.recipient(tenant.tenant_id, recipient_id)
        # The team is the whole tenant's, and told by all of it.
        if recipient is None or not (
            event.target is Target.STAFF or reaches(division, recipient.division)
        ):
            raise UnprocessableError("unknown recipient", field=field)
        return recipient


def _own_values(
    tenant: Tenant, catalogue: Catalogue, recipient: Recipient, event: Event
) -> dict[str, str]:
    """What the product itself can say: workshop and phase, and the customer's own name."""
    values = {"Taller": tenant.name}
    phase = next((each for each in catalogue.phases if each.slug == event.phase_id), None)
    if phase is not None:
        values["Fase"] = phase.name
    if event.target is Target.CLIENTS:
        values["Nombre"] = recipient.name
    return values


def _deadline(event: Event, tenant: Tenant, now: datetime) -> datetime:
    age_limit = (event.send_at or now) + timedelta(hours=tenant.max_age_hours)
    return deadline_of(event, now=now, default=age_limit)


def _first_state(notification: Notification, plan: RoutePlan, now: datetime) -> Notification:
    # Whoever has no address, no template or no wish today may have them when the moment comes.
    if notification.send_at and notification.send_at > now:
        return notification.scheduled(now, notification.send_at)
    if not plan.steps:
        reason, detail = plan.refusal
        state = State.SUPPRESSED if reason == "suppressed" else State.FAILED
        return notification.ended(now, state, reason=reason, detail=detail)
    return notification.queued(now)
