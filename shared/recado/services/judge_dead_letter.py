"""Say of a message that went wrong why it lies there, and whether it may go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from recado.domain.channels import QUEUE_OF
from recado.domain.client_endpoints import ClientWebhookMessage
from recado.domain.directory import Recipient
from recado.domain.events import EventRequest
from recado.domain.media import MediaTask
from recado.domain.notification import Notification, State
from recado.domain.orchestration import Target
from recado.domain.receipts import Receipt
from recado.domain.tasks import TaskKind, TaskPart
from recado.domain.tenants import Tenant
from recado.domain.updates import InboundUpdate
from recado.ports.claims import ClaimNotRedeemedError, Claims
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.dead_letters import DELIVERY_QUEUES, DeadLetter, Move, QueueName
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryMessage

TRIES_USED_UP = "tries_used_up"
"""Why something lies there that nobody wrote a reason on: it failed as often as it may."""

type _Plain = Receipt | InboundUpdate | MediaTask | ClientWebhookMessage | TaskPart

_READERS: Mapping[QueueName, TypeAdapter[_Plain]] = {
    QueueName.RECEIPTS: TypeAdapter(Receipt),
    QueueName.INBOUND: TypeAdapter(InboundUpdate),
    QueueName.MEDIA: TypeAdapter(MediaTask),
    QueueName.CLIENT_WEBHOOKS: TypeAdapter(ClientWebhookMessage),
    QueueName.DIRECTORY_TASKS: TypeAdapter(TaskPart),
}
"""What is worked on twice without harm."""


class Refusal(StrEnum):
    """Why a message stays where it is.

    `expired`: it is past its deadline. `opted_out`: all addresses of its person are suppressed.
    `unknown_recipient`: nobody of that name is there, or no longer. `ended`: its notification
    needs no message any more. `for_the_fallback`, `moved_on`: another message is, or will be, its
    notification's. `unreadable`: no queue's reader would understand it.
    """

    EXPIRED = "expired"
    OPTED_OUT = "opted_out"
    UNKNOWN_TENANT = "unknown_tenant"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    ENDED = "ended"
    MOVED_ON = "moved_on"
    FOR_THE_FALLBACK = "for_the_fallback"
    NOT_STORED = "not_stored"
    UNREADABLE = "unreadable"
    CLAIM_LOST = "claim_lost"


@dataclass(frozen=True)
class Judgement:
    """Why a message went wrong, as `code` or `code: detail`, and what may become of it now."""

    reason: str
    next: Move | Refusal


class JudgeDeadLetter:
    """Judges messages of the dead-letter queues and of the parked queue."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        claims: Claims,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._directory = directory
        self._configuration = configuration
        self._claims = claims
        self._clock = clock

    def __call__(self, queue: QueueName, letter: DeadLetter) -> Judgement:
        """Judge a message that lies in the dead-letter queue of a queue."""
        if queue is QueueName.REQUESTS:
            return self._request(letter)
        if queue in DELIVERY_QUEUES:
            return self._delivery(letter)
        if queue is not QueueName.PARKED:
            return self._plain(queue, letter)
        return self._parked(letter)

    def _parked(self, letter: DeadLetter) -> Judgement:
        """Of what is parked only the body says where it belongs.

        No update is among it: those are put aside in a queue of their own, by person.
        """
        judged = self._delivery(letter)
        for queue in _READERS:
            if judged.next is Refusal.UNREADABLE and queue is not QueueName.INBOUND:
                judged = self._plain(queue, letter)
        return judged

    def _plain(self, queue: QueueName, letter: DeadLetter) -> Judgement:
        try:
            read = _READERS[queue].validate_json(self._claims.redeem(letter.body))
        except ValidationError:
            return Judgement(Refusal.UNREADABLE, Refusal.UNREADABLE)
        except ClaimNotRedeemedError:
            return Judgement(Refusal.CLAIM_LOST, Refusal.CLAIM_LOST)
        reason = _reason_of(read)
        if self._is_over(read):
            return Judgement(reason, Refusal.EXPIRED)
        group = letter.group or read.tenant_id
        return Judgement(reason, Move(to=queue, body=letter.body, group=group))

    def _is_over(self, read: _Plain) -> bool:
        """Whether nobody counts on it any more; a person who was to be erased always does."""
        if not isinstance(read, TaskPart) or read.kind is TaskKind.CUSTOMER_ERASURE:
            return False
        return self._clock.now() >= read.expires_at

    def _delivery(self, letter: DeadLetter) -> Judgement:
        try:
            message = DeliveryMessage.model_validate_json(letter.body)
        except ValidationError:
            return Judgement(Refusal.UNREADABLE, Refusal.UNREADABLE)
        notification = self._notifications.get(message.tenant_id, message.notification_id)
        if notification is None:
            return Judgement(TRIES_USED_UP, Refusal.NOT_STORED)
        reason = notification.reason or TRIES_USED_UP
        refusal = self._refusal_of(notification, message)
        if refusal is not None:
            return Judgement(reason, refusal)
        to = QueueName(QUEUE_OF[notification.current_step.channel].value)
        return Judgement(reason, Move(to=to, body=letter.body, group=message.tenant_id))

    def _refusal_of(self, notification: Notification, message: DeliveryMessage) -> Refusal | None:
        if notification.is_final:
            return Refusal.ENDED
        if notification.is_past_deadline(self._clock.now()):
            return Refusal.EXPIRED
        if notification.step == message.step and notification.state is State.PENDING:
            return Refusal.FOR_THE_FALLBACK
        # A sender takes up what another one left in mid-send; whatever else waits is the clock's.
        is_its = notification.state in (State.QUEUED, State.SENDING)
        return None if is_its and notification.step == message.step else Refusal.MOVED_ON

    def _request(self, letter: DeadLetter) -> Judgement:
        reason = letter.attributes.get("reason", TRIES_USED_UP)
        try:
            request = EventRequest.model_validate_json(letter.body)
        except ValidationError:
            return Judgement(reason, Refusal.UNREADABLE)
        tenant = self._configuration.tenant(request.tenant_id)
        if tenant is None:
            return Judgement(reason, Refusal.UNKNOWN_TENANT)
        deadline = request.useless_after or _deadline(request, tenant, letter)
        if self._clock.now() >= deadline:
            return Judgement(reason, Refusal.EXPIRED)
        recipient = self._recipient(request, tenant)
        if recipient is None:
            return Judgement(reason, Refusal.UNKNOWN_RECIPIENT)
        if self._has_opted_out(recipient):
            return Judgement(reason, Refusal.OPTED_OUT)
        body = _to_move(letter, deadline)
        return Judgement(reason, Move(to=QueueName.REQUESTS, body=body, group=letter.group))

    def _recipient(self, request: EventRequest, tenant: Tenant) -> Recipient | None:
        is_for_team = request.target is Target.STAFF
        recipient_id = tenant.team_recipient_id if is_for_team else request.customer_id
        return self._directory.recipient(tenant.tenant_id, recipient_id or "")

    def _has_opted_out(self, recipient: Recipient) -> bool:
        suppressed = self._directory.suppressed(recipient.tenant_id, recipient.addresses)
        addresses = {(address.channel, address.value) for address in recipient.addresses}
        return bool(addresses) and addresses <= suppressed


def _deadline(request: EventRequest, tenant: Tenant, letter: DeadLetter) -> datetime:
    """When a request that names none is too late: as if it had been accepted when it was sent."""
    begins = max(request.send_at or letter.sent_at, letter.sent_at)
    return begins + timedelta(hours=tenant.max_age_hours)


def _to_move(letter: DeadLetter, deadline: datetime) -> str:
    """The request with its deadline, and with the names that it had, which were its message's id
    where it has none.

    On its queue it gets a new id and a new age; what it made already, and its logs, must be found
    again, and it must live no longer for having been here.
    """
    document = json.loads(letter.body)
    message_id = letter.attributes.get("message_id", letter.message_id)
    # Two copies have one deadline. Only where the intake took one and refused another, that one
    # has its own: it is refused as a second use of the key then, and lies here again.
    missing = {
        "idempotency_key": message_id,
        "correlation_id": message_id,
        "useless_after": deadline.isoformat(),
    }
    for name, value in missing.items():
        if document.get(name) is None:
            document[name] = value
    return json.dumps(document)


def _reason_of(read: _Plain) -> str:
    """What it is that used its tries up."""
    match read:
        case ClientWebhookMessage():
            return f"{TRIES_USED_UP}: {read.endpoint_id}"
        case MediaTask():
            return f"{TRIES_USED_UP}: {read.provider}"
        case _:
            return f"{TRIES_USED_UP}: {read.kind}"
