"""Turn an event into a notification: find the rules, plan the route, store it, queue it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from recado.domain.access import reaches
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.directory import Address, Recipient
from recado.domain.errors import NoOrchestrationError, NotFoundError, UnprocessableError
from recado.domain.events import Event, deadline_of, refuse_too_far_ahead
from recado.domain.identities import identity_of
from recado.domain.notification import (
    Mode,
    Notification,
    State,
    new_notification_id,
)
from recado.domain.orchestration import Catalogue, Target
from recado.domain.routing import RoutePlan, plan_route
from recado.domain.templates import Template, candidate_slots, locale_chain, variables_of
from recado.domain.tenants import Tenant
from recado.domain.variables import fill, with_defaults
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues
from recado.services.accept_once import AcceptOnce


class PlanNotification:
    """Accepts events. A returned notification is stored: nothing can lose it any more."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        conversations: ConversationRepository,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._accept = AcceptOnce(notifications=notifications, queues=queues)
        self._directory = directory
        self._configuration = configuration
        self._conversations = conversations
        self._clock = clock

    def __call__(
        self,
        tenant_id: str,
        mode: Mode,
        event: Event,
        *,
        division: str | None = None,
        idempotency_key: str | None = None,
    ) -> Notification:
        """Plan, store and queue the notification that an event asks for.

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
        asked = self._plan(tenant_id, mode, event, division)
        return self._accept(asked, idempotency_key=idempotency_key)

    def _plan(self, tenant_id: str, mode: Mode, event: Event, division: str | None) -> Notification:
        now = self._clock.now()
        refuse_too_far_ahead(event, now=now)
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("unknown tenant '{tenant}'", field="tenant_id", tenant=tenant_id)
        recipient = self._recipient(tenant, event, division)
        context = with_defaults(event.context, _own_values(tenant, catalogue, recipient, event))
        locale = recipient.locale or tenant.locale
        plan = self._route(tenant, catalogue, recipient, event, context, locale, now)
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

    def _route(
        self,
        tenant: Tenant,
        catalogue: Catalogue,
        recipient: Recipient,
        event: Event,
        context: Mapping[str, str],
        locale: str,
        now: datetime,
    ) -> RoutePlan:
        lineage = catalogue.lineage(event.service_type_id)
        catalogue.phase(event.phase_id)
        orchestration = self._configuration.orchestration(
            tenant.tenant_id, lineage[-1], event.target
        )
        enabled = orchestration.enabled(event.phase_id) if orchestration else None
        if enabled is None:
            raise NoOrchestrationError(
                "nothing is configured for service type '{service_type}', phase '{phase}' and "
                "target '{target}'",
                service_type=lineage[-1],
                phase=event.phase_id,
                target=event.target,
            )
        templates = self._templates(tenant, event, enabled, lineage, locale)
        suppressed = self._directory.suppressed(tenant.tenant_id, recipient.addresses)
        moment = max(event.send_at or now, now)
        return plan_route(
            recipient=recipient,
            enabled=enabled,
            channel_order=tenant.channel_order(),
            accounts=self._configuration.accounts(tenant.tenant_id),
            templates=templates,
            values={
                channel: fill(variables_of(template.content), context)
                for channel, template in templates.items()
            },
            is_suppressed=lambda address: (address.channel, address.value) in suppressed,
            window_until=lambda account, address: self._window_until(account, address, moment),
        )

    def _window_until(
        self, account: ChannelAccount, address: Address, moment: datetime
    ) -> datetime | None:
        """Until when free text reaches an address, if it will at the moment of sending."""
        name = identity_of(address)
        if name is None:
            return None
        known = self._conversations.find(account.tenant_id, account.account_id, [name])
        return known[0].free_text_until(moment) if known else None

    def _templates(
        self,
        tenant: Tenant,
        event: Event,
        enabled: Mapping[Channel, bool],
        lineage: tuple[str, ...],
        locale: str,
    ) -> dict[Channel, Template]:
        slots = {
            channel: candidate_slots(
                service_types=lineage,
                phase=event.phase_id,
                target=event.target,
                channel=channel,
                locales=locale_chain(locale, tenant.locale),
            )
            for channel, is_enabled in enabled.items()
            if is_enabled
        }
        wanted = [slot for candidates in slots.values() for slot in candidates]
        found = self._configuration.templates(tenant.tenant_id, wanted)
        return {
            channel: found[best.template_id]
            for channel, candidates in slots.items()
            if (best := next((s for s in candidates if s.template_id in found), None))
        }


def _own_values(
    tenant: Tenant, catalogue: Catalogue, recipient: Recipient, event: Event
) -> dict[str, str]:
    """What the product itself can say: workshop and phase, and the customer's own name."""
    values = {"Taller": tenant.name, "Fase": catalogue.phase(event.phase_id).name}
    if event.target is Target.CLIENTS:
        values["Nombre"] = recipient.name
    return values


def _deadline(event: Event, tenant: Tenant, now: datetime) -> datetime:
    age_limit = (event.send_at or now) + timedelta(hours=tenant.max_age_hours)
    return deadline_of(event, now=now, default=age_limit)


def _first_state(notification: Notification, plan: RoutePlan, now: datetime) -> Notification:
    if not plan.steps:
        reason, detail = plan.refusal
        state = State.SUPPRESSED if reason == "suppressed" else State.FAILED
        return notification.ended(now, state, reason=reason, detail=detail)
    if notification.send_at and notification.send_at > now:
        return notification.scheduled(now, notification.send_at)
    return notification.queued(now)
