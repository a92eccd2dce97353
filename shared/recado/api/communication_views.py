"""What the API answers about communications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, Self

from pydantic import BaseModel, ValidationError

from recado.api.cursors import from_cursor, to_cursor
from recado.domain.activation import EVENT_TYPE as ACTIVATION
from recado.domain.channels import Channel, Provider
from recado.domain.communications import (
    CandidateSummary,
    CommunicationStatus,
    Direction,
    LogEntry,
    LogPosition,
    status_of,
)
from recado.domain.errors import UnprocessableError
from recado.domain.identities import IdentityKind
from recado.domain.media import MediaStatus, StoredMedia
from recado.domain.messages import ApprovedTemplateMessage, WhatsAppMessage
from recado.domain.notification import MessageType, Notification
from recado.domain.received import Received
from recado.domain.replies import Interest
from recado.domain.updates import InboundType, Location, Media, SharedContact


class ReplyView(BaseModel):
    """The latest answer to a message."""

    id: str
    content: str
    at: datetime


class FileView(BaseModel):
    """A file of a message: `pending` until it was looked for, then `stored`, or why it is not.

    `key` is where it is in the installation's media bucket. In a list nothing was looked for.
    """

    mime_type: str
    file_name: str | None
    size: int | None = None
    status: MediaStatus | Literal["pending"] = "pending"
    reason: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, media: Media, stored: StoredMedia | None) -> Self:
        """The view of a file that came, with what became of it."""
        if stored is None:
            return cls(mime_type=media.mime_type, file_name=media.file_name)
        return cls(
            mime_type=stored.mime_type or media.mime_type,
            file_name=stored.file_name or media.file_name,
            size=stored.size,
            status=stored.status,
            reason=stored.reason,
            key=stored.key,
        )


class CommunicationView(BaseModel):
    """A message, in or out.

    `phone` is null for a person whose number the provider hides. `content` is what it says, null
    where its template is gone. Of an invitation to WhatsApp neither it nor `variables` are told:
    whoever has the code may use it before the customer does. `status` is `pending`, `sent`,
    `delivered`, `read`, `replied` or `failed`; a message in is `delivered`.
    """

    id: str
    application_id: str | None
    candidate_id: str | None
    conversation_id: str | None
    direction: Direction
    channel: Channel | None
    provider: Provider | None
    account_id: str | None
    message_type: MessageType
    type: InboundType | None
    event_type: str | None
    template_name: str | None
    variables: list[str]
    content: str | None
    phone: str | None
    provider_message_id: str | None
    status: CommunicationStatus
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    error_code: str | None
    error_message: str | None
    retry_count: int
    reply: ReplyView | None
    replies_to: str | None
    interest: Interest | None
    payload: str | None
    media: list[FileView]
    location: Location | None
    contacts: list[SharedContact]
    metadata: Mapping[str, str]

    @classmethod
    def of(
        cls,
        entry: LogEntry,
        content: str | None,
        files: Mapping[int, StoredMedia] = MappingProxyType({}),
    ) -> Self:
        """The view of an entry of the log, with what became of its files."""
        if isinstance(entry, Received):
            return cls.model_validate(_of_received(entry, content, files))
        return cls.model_validate(_of_notification(entry, content))


class CommunicationsPage(BaseModel):
    """Communications, newest first; `next_cursor` leads to those before them."""

    communications: list[CommunicationView]
    next_cursor: str | None


class CandidateSummaryView(BaseModel):
    """What was said to and by one person.

    The rates are shares of the messages out; `is_complete` is false when there are more messages
    than were counted.
    """

    candidate_id: str
    outbound: int
    inbound: int
    by_status: Mapping[CommunicationStatus, int]
    delivery_rate: float | None
    read_rate: float | None
    reply_rate: float | None
    first_at: datetime | None
    last_outbound_at: datetime | None
    last_inbound_at: datetime | None
    last_interest: Interest | None
    is_complete: bool

    @classmethod
    def of(cls, summary: CandidateSummary) -> Self:
        """The view of a summary."""

        def share(*statuses: CommunicationStatus) -> float | None:
            if not summary.outbound:
                return None
            return round(sum(summary.by_status.get(s, 0) for s in statuses) / summary.outbound, 4)

        replied, read = CommunicationStatus.REPLIED, CommunicationStatus.READ
        return cls.model_validate(
            {
                **summary.model_dump(),
                "delivery_rate": share(CommunicationStatus.DELIVERED, read, replied),
                "read_rate": share(read, replied),
                "reply_rate": share(replied),
            }
        )


def cursor_of(position: LogPosition | None) -> str | None:
    """The cursor of a position in the log."""
    return to_cursor((position.at.isoformat(), position.entry_id) if position else None)


def position_of(cursor: str | None) -> LogPosition | None:
    """The position that a cursor stands for.

    Raises
    ------
    UnprocessableError
        It is none of ours.
    """
    named = from_cursor(cursor, 2)
    if named is None:
        return None
    try:
        position = LogPosition.model_validate({"at": named[0], "entry_id": named[1]})
        # A moment may lie before the first or after the last day that there is in UTC.
        return position.model_copy(update={"at": position.at.astimezone(UTC)})
    except (ValidationError, OverflowError):
        raise UnprocessableError("this cursor is none that a page gave", field="cursor") from None


def _of_received(
    entry: Received, content: str | None, files: Mapping[int, StoredMedia]
) -> dict[str, object]:
    return {
        "id": entry.message_id,
        "application_id": None,
        "candidate_id": entry.recipient_id,
        "conversation_id": entry.conversation_id,
        "direction": Direction.INBOUND,
        "channel": entry.channel,
        "provider": entry.provider,
        "account_id": entry.account_id,
        "message_type": MessageType.REPLY,
        "type": entry.type,
        "event_type": None,
        "template_name": None,
        "variables": [],
        "content": content,
        "phone": entry.sender.value if entry.sender.kind is IdentityKind.PHONE else None,
        "provider_message_id": entry.provider_message_id,
        "status": status_of(entry),
        "created_at": entry.at,
        "sent_at": entry.at,
        "delivered_at": entry.received_at,
        "read_at": None,
        "error_code": None,
        "error_message": None,
        "retry_count": 0,
        "reply": None,
        "replies_to": entry.replies_to,
        "interest": entry.interest,
        "payload": entry.payload,
        "media": [FileView.of(each, files.get(n)) for n, each in enumerate(entry.media)],
        "location": entry.location,
        "contacts": entry.contacts,
        "metadata": {},
    }


def _of_notification(entry: Notification, content: str | None) -> dict[str, object]:
    step = entry.current_step if entry.route else None
    details, reply = entry.communication, entry.reply
    approved = _approved(entry)
    variables = [*(approved.parameters if approved else entry.context.values())]
    if entry.event_type == ACTIVATION:
        variables, content = [], None
    return {
        "id": entry.notification_id,
        "application_id": details.application_id if details else None,
        "candidate_id": entry.recipient_id,
        "conversation_id": None,
        "direction": Direction.OUTBOUND,
        "channel": step.channel if step else None,
        "provider": step.provider if step else None,
        "account_id": step.account_id if step else None,
        "message_type": details.message_type if details else MessageType.INITIAL,
        "type": None,
        "event_type": entry.event_type,
        "template_name": approved.name if approved else step and step.template_id,
        "variables": variables,
        "content": content,
        "phone": step.address.value if step and step.address.value.startswith("+") else None,
        "provider_message_id": entry.provider_message_id,
        "status": status_of(entry),
        "created_at": entry.created_at,
        "sent_at": entry.sent_at,
        "delivered_at": entry.delivered_at,
        "read_at": entry.read_at,
        "error_code": entry.reason,
        "error_message": entry.detail or None,
        "retry_count": entry.retries,
        "reply": {"id": reply.message_id, "content": reply.text, "at": reply.at} if reply else None,
        "replies_to": None,
        "interest": reply.interest if reply else None,
        "payload": None,
        "media": [],
        "location": None,
        "contacts": [],
        "metadata": details.metadata if details else {},
    }


def _approved(entry: Notification) -> ApprovedTemplateMessage | None:
    message = entry.current_step.message if entry.route else None
    return message.approved_template if isinstance(message, WhatsAppMessage) else None
