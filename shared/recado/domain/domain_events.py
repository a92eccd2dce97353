"""What happened, as others are told: events derived from what a stored row was and became.

An event's id is made from what it is about and from the version or moment of the change, so that
the same change read twice makes the same event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from pydantic import Field, JsonValue

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.alerts import Alert, AlertKind, Severity
from recado.domain.appointments import Appointment, AppointmentKind, AppointmentStatus
from recado.domain.channels import Channel, Provider
from recado.domain.client_endpoints import TEST_EVENT, ClientEndpoint, DisabledReason
from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.model import Model
from recado.domain.notification import Mode, Notification, State
from recado.domain.orchestration import Target
from recado.domain.received import Received
from recado.domain.replies import Interest
from recado.domain.updates import InboundType
from recado.domain.weights import AccountWeight, WeightReason

KEPT = timedelta(days=30)
"""How long events are kept, and so how far back they can be sent again."""


class EventType(StrEnum):
    """Everything that others can be told of; a type's data always has the same fields."""

    NOTIFICATION_ACCEPTED = "notification.accepted"
    NOTIFICATION_SENT = "notification.sent"
    NOTIFICATION_DELIVERED = "notification.delivered"
    NOTIFICATION_READ = "notification.read"
    NOTIFICATION_REPLIED = "notification.replied"
    NOTIFICATION_FALLBACK = "notification.fallback"
    NOTIFICATION_FAILED = "notification.failed"
    NOTIFICATION_EXPIRED = "notification.expired"
    NOTIFICATION_SUPPRESSED = "notification.suppressed"
    NOTIFICATION_CANCELLED = "notification.cancelled"
    NOTIFICATION_UNKNOWN = "notification.unknown"
    REPLY_RECEIVED = "reply.received"
    APPOINTMENT_CONFIRMED = "appointment.confirmed"
    APPOINTMENT_CHANGE_REQUESTED = "appointment.change_requested"
    CONTACT_OPTED_OUT = "contact.opted_out"
    CONTACT_OPTED_IN = "contact.opted_in"
    CONTACT_SUPPRESSED = "contact.suppressed"
    CONTACT_UNSUPPRESSED = "contact.unsuppressed"
    CHANNEL_ACTIVATED = "channel.activated"
    ACCOUNT_DEGRADED = "channel_account.degraded"
    ACCOUNT_RECOVERED = "channel_account.recovered"
    ACCOUNT_WEIGHT_CHANGED = "channel_account.weight_changed"
    TEMPLATE_STATUS_CHANGED = "template.status_changed"
    TEMPLATE_RECATEGORISED = "template.recategorised"
    ALERT_RAISED = "alert.raised"
    ALERT_CLEARED = "alert.cleared"
    ENDPOINT_DISABLED = "client_endpoint.disabled"
    WEBHOOK_TEST = TEST_EVENT


TYPE_OF_STATE: Mapping[State, EventType] = {
    State.SENT: EventType.NOTIFICATION_SENT,
    State.DELIVERED: EventType.NOTIFICATION_DELIVERED,
    State.READ: EventType.NOTIFICATION_READ,
    State.REPLIED: EventType.NOTIFICATION_REPLIED,
    State.FAILED: EventType.NOTIFICATION_FAILED,
    State.EXPIRED: EventType.NOTIFICATION_EXPIRED,
    State.SUPPRESSED: EventType.NOTIFICATION_SUPPRESSED,
    State.CANCELLED: EventType.NOTIFICATION_CANCELLED,
    State.UNKNOWN: EventType.NOTIFICATION_UNKNOWN,
}
"""States that others are told of; on the way to a provider nothing has happened for them yet."""


_TYPE_OF_ANSWER = {
    AppointmentStatus.CONFIRMED: EventType.APPOINTMENT_CONFIRMED,
    AppointmentStatus.CHANGE_REQUESTED: EventType.APPOINTMENT_CHANGE_REQUESTED,
}


class DomainEvent(Model):
    """Something that happened to a tenant's notifications, people or accounts.

    Parameters
    ----------
    id
        The same for the same change, however often it is read.
    type
        One of `EventType`; text, so that a worker of the last release can carry a new one.
    """

    id: str
    tenant_id: str
    type: str
    at: datetime
    data: Mapping[str, JsonValue]

    @property
    def day(self) -> date:
        """The day on which it happened, in UTC."""
        return self.at.astimezone(UTC).date()


class ReplyData(Model):
    """The latest answer to a notification, without what it says."""

    message_id: str
    at: datetime
    interest: Interest


class NotificationData(Model):
    """Data of `notification.*`; channel, provider and account are those of the current step.

    Neither addresses nor texts: who may know them asks for the notification.
    """

    notification_id: str
    mode: Mode
    event_type: str
    service_type: str | None
    phase: str | None
    target: Target
    recipient_id: str
    channel: Channel | None
    provider: Provider | None
    account_id: str | None
    step: int
    state: State
    reason: str | None
    attempts: int
    created_at: datetime
    send_at: datetime | None
    deadline: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    updated_at: datetime
    reply: ReplyData | None


class FallbackData(NotificationData):
    """Data of `notification.fallback`: also the channel that was given up."""

    previous_channel: Channel


class ReceivedData(Model):
    """Data of `reply.received`, without the text."""

    message_id: str
    conversation_id: str
    recipient_id: str | None
    channel: Channel
    account_id: str
    type: InboundType
    interest: Interest | None
    replies_to: str | None
    at: datetime


class AppointmentData(Model):
    """Data of `appointment.*`; `at` is when the person pressed the button."""

    appointment_id: str
    mode: Mode
    kind: AppointmentKind
    service_type: str
    recipient_id: str
    starts_at: datetime
    status: AppointmentStatus
    at: datetime


class ActivationData(Model):
    """Data of `channel.activated`, without the address."""

    message_id: str
    recipient_id: str | None
    channel: Channel
    account_id: str
    at: datetime


class ContactData(Model):
    """Data of `contact.*`.

    The address is in it, because a suppression is one of an address: a person may have none in
    the directory, and the client, whose customer it is, has to find them by it.
    """

    channel: Channel
    address: str = Field(repr=False)
    recipient_id: str | None
    reason: SuppressionReason
    at: datetime


class AccountData(Model):
    """Data of `channel_account.degraded` and `channel_account.recovered`.

    `event` and `detail` are the provider's words.
    """

    account_id: str
    provider: Provider
    status: AccountStatus
    previous_status: AccountStatus | None
    event: str
    detail: str
    at: datetime


class WeightData(Model):
    """Data of `channel_account.weight_changed`: what messages go by the account, and why."""

    account_id: str
    provider: Provider
    weight: float
    previous_weight: float
    reason: WeightReason
    detail: str
    at: datetime


class TemplateData(Model):
    """Data of `template.status_changed`, in the provider's words."""

    account_id: str
    name: str
    language: str
    status: str
    previous_status: str | None
    reason: str
    at: datetime


class CategoryData(Model):
    """Data of `template.recategorised`, in the provider's words."""

    account_id: str
    name: str
    language: str
    category: str
    previous_category: str
    at: datetime


class AlertData(Model):
    """Data of `alert.*`; `facts` are of the kind, as texts."""

    kind: AlertKind
    subject: str
    severity: Severity
    facts: Mapping[str, str]
    raised_at: datetime
    cleared_at: datetime | None


class EndpointData(Model):
    """Data of `client_endpoint.disabled` and `webhook.test`; `reason` is of the first only."""

    endpoint_id: str
    reason: DisabledReason | None
    failing_since: datetime | None


def events_of_notification(
    before: Notification | None, after: Notification | None, at: datetime
) -> list[DomainEvent]:
    """That it was accepted, took the next channel, or entered a state others are told of."""
    del at
    if after is None:
        return []
    events = []
    if before is None:
        data = NotificationData.model_validate(_of_notification(after))
        events.append(_notification_event(EventType.NOTIFICATION_ACCEPTED, after, data))
    elif after.step > before.step:
        more = {"previous_channel": before.current_step.channel}
        fallback = FallbackData.model_validate({**_of_notification(after), **more})
        events.append(_notification_event(EventType.NOTIFICATION_FALLBACK, after, fallback))
    told = TYPE_OF_STATE.get(after.state)
    if told is not None and (before is None or before.state is not after.state):
        data = NotificationData.model_validate(_of_notification(after))
        events.append(_notification_event(told, after, data))
    return events


def events_of_received(
    before: Received | None, after: Received | None, at: datetime
) -> list[DomainEvent]:
    """That a person's message came, and that it activated its channel."""
    del at
    if before is not None or after is None:
        return []
    told: dict[EventType, type[Model]] = {EventType.REPLY_RECEIVED: ReceivedData}
    if after.activates:
        told[EventType.CHANNEL_ACTIVATED] = ActivationData
    return [
        _event(
            kind,
            after.tenant_id,
            after.received_at,
            shape.model_validate(after.model_dump(include=set(shape.model_fields))),
            after.message_id,
        )
        for kind, shape in told.items()
    ]


def events_of_appointment(
    before: Appointment | None, after: Appointment | None, at: datetime
) -> list[DomainEvent]:
    """What a person said to it; what the tenant itself noted is no news to it."""
    del at
    if after is None or after.answered_at is None:
        return []
    if before is not None and (
        before.answered_at == after.answered_at or before.status is after.status
    ):
        return []
    kind = _TYPE_OF_ANSWER.get(after.status)
    if kind is None:
        return []
    data = AppointmentData(
        **after.model_dump(include=set(AppointmentData.model_fields)),
        recipient_id=after.customer_id,
        at=after.answered_at,
    )
    names = (after.mode, after.appointment_id, _text(after.answered_at))
    return [_event(kind, after.tenant_id, after.answered_at, data, *names)]


def events_of_suppression(
    before: Suppression | None, after: Suppression | None, at: datetime
) -> list[DomainEvent]:
    """That an address was suppressed, for a new reason too, or is so no longer since `at`.

    Nobody is told of the address of an erased person, which is not known any more.
    """
    if after is not None:
        if before is not None and before.reason is after.reason:
            return []
        opts_out = after.reason is SuppressionReason.OPT_OUT
        kind = EventType.CONTACT_OPTED_OUT if opts_out else EventType.CONTACT_SUPPRESSED
        return [_contact_event(kind, after, after.created_at)]
    if before is None or not before.address:
        return []
    opts_in = before.reason is SuppressionReason.OPT_OUT
    kind = EventType.CONTACT_OPTED_IN if opts_in else EventType.CONTACT_UNSUPPRESSED
    return [_contact_event(kind, before, at)]


def events_of_account(
    before: AccountState | None, after: AccountState | None, at: datetime
) -> list[DomainEvent]:
    """That an account works worse, or well again; what is told first and is well is no news."""
    del at
    status = before.status if before else None
    if after is None or after.status is (status or AccountStatus.HEALTHY):
        return []
    is_well = after.status is AccountStatus.HEALTHY
    data = AccountData(
        account_id=after.account_id,
        provider=after.provider,
        status=after.status,
        previous_status=status,
        event=after.event,
        detail=after.detail,
        at=after.at,
    )
    kind = EventType.ACCOUNT_RECOVERED if is_well else EventType.ACCOUNT_DEGRADED
    names = (after.account_id, str(status), after.status, _text(after.at))
    return [_event(kind, after.tenant_id, after.at, data, *names)]


def events_of_weight(
    before: AccountWeight | None, after: AccountWeight | None, at: datetime
) -> list[DomainEvent]:
    """That messages move away from an account, or back to it."""
    del at
    if after is None or not after.changes:
        return []
    change = after.changes[-1]
    if before is not None and before.changes[-1:] == (change,):
        return []
    data = WeightData(
        account_id=after.account_id,
        provider=after.provider,
        weight=change.after,
        previous_weight=change.before,
        reason=change.reason,
        detail=change.detail,
        at=change.at,
    )
    names = (after.account_id, _text(change.at))
    return [_event(EventType.ACCOUNT_WEIGHT_CHANGED, after.tenant_id, change.at, data, *names)]


def events_of_template(
    before: TemplateState | None, after: TemplateState | None, at: datetime
) -> list[DomainEvent]:
    """That a provider thinks otherwise of an approved template, or bills it otherwise since `at`.

    A category that is heard of for the first time is no news.
    """
    if after is None:
        return []
    return [*_events_of_status(before, after), *_events_of_category(before, after, at)]


def _events_of_category(
    before: TemplateState | None, after: TemplateState, at: datetime
) -> list[DomainEvent]:
    category = before.category if before else None
    if category is None or after.category is None or after.category == category:
        return []
    data = CategoryData(
        account_id=after.account_id,
        name=after.name,
        language=after.language,
        category=after.category,
        previous_category=category,
        at=at,
    )
    names = (after.account_id, after.name, after.language, category, after.category, _text(at))
    return [_event(EventType.TEMPLATE_RECATEGORISED, after.tenant_id, at, data, *names)]


def _events_of_status(before: TemplateState | None, after: TemplateState) -> list[DomainEvent]:
    status = before.status if before else None
    if after.status is None or after.status == status:
        return []
    data = TemplateData(
        account_id=after.account_id,
        name=after.name,
        language=after.language,
        status=after.status,
        previous_status=status,
        reason=after.reason,
        at=after.at,
    )
    kind = EventType.TEMPLATE_STATUS_CHANGED
    names = (after.account_id, after.name, after.language, str(status), after.status)
    return [_event(kind, after.tenant_id, after.at, data, *names, _text(after.at))]


def events_of_alert(before: Alert | None, after: Alert | None, at: datetime) -> list[DomainEvent]:
    """That something was found that a tenant's team has to look at, or that it is over."""
    del at
    was_raised = before is not None and before.is_raised
    if after is None or after.raised_at is None or after.is_raised is was_raised:
        return []
    data = AlertData(
        kind=after.kind,
        subject=after.subject,
        severity=after.severity,
        facts=after.facts,
        raised_at=after.raised_at,
        cleared_at=after.cleared_at,
    )
    kind = EventType.ALERT_RAISED if after.is_raised else EventType.ALERT_CLEARED
    turned_at = after.cleared_at or after.raised_at
    names = (after.kind, after.subject, _text(turned_at))
    return [_event(kind, after.tenant_id, turned_at, data, *names)]


def events_of_endpoint(
    before: ClientEndpoint | None, after: ClientEndpoint | None, at: datetime
) -> list[DomainEvent]:
    """That an endpoint is called no longer since `at`."""
    if before is None or after is None or after.enabled or not before.enabled:
        return []
    data = EndpointData(
        endpoint_id=after.endpoint_id,
        reason=after.disabled_reason,
        failing_since=after.failing_since,
    )
    names = (after.endpoint_id, str(after.version))
    return [_event(EventType.ENDPOINT_DISABLED, after.tenant_id, at, data, *names)]


def trial_event(endpoint: ClientEndpoint, now: datetime) -> DomainEvent:
    """An event for trying an endpoint out; it is about nothing."""
    data = EndpointData(endpoint_id=endpoint.endpoint_id, reason=None, failing_since=None)
    names = (endpoint.endpoint_id, _text(now))
    return _event(EventType.WEBHOOK_TEST, endpoint.tenant_id, now, data, *names)


def _of_notification(notification: Notification) -> dict[str, object]:
    has_route = bool(notification.route)
    step = notification.current_step if has_route else None
    reply = notification.reply
    return {
        **notification.model_dump(include=set(NotificationData.model_fields) - {"reply"}),
        "channel": step.channel if step else None,
        "provider": step.provider if step else None,
        "account_id": step.account_id if step else None,
        "reply": reply.model_dump(include=set(ReplyData.model_fields)) if reply else None,
    }


def _notification_event(
    kind: EventType, notification: Notification, data: NotificationData
) -> DomainEvent:
    names = (notification.notification_id, str(notification.version))
    return _event(kind, notification.tenant_id, notification.updated_at, data, *names)


def _contact_event(kind: EventType, suppression: Suppression, at: datetime) -> DomainEvent:
    data = ContactData(
        channel=suppression.channel,
        address=suppression.address,
        recipient_id=suppression.recipient_id,
        reason=suppression.reason,
        at=at,
    )
    names = (suppression.channel, suppression.address, _text(suppression.created_at))
    return _event(kind, suppression.tenant_id, at, data, *names)


def _event(kind: EventType, tenant_id: str, at: datetime, data: Model, *names: str) -> DomainEvent:
    """An event whose id is made from its type, its tenant and some names."""
    text = "\x1f".join((kind, tenant_id, *names))
    return DomainEvent(
        id=f"evt_{hashlib.sha256(text.encode()).hexdigest()[:32]}",
        tenant_id=tenant_id,
        type=kind,
        at=at,
        data=data.model_dump(mode="json"),
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
