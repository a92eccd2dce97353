"""Communications: every message, in and out, as those see it who talk with people.

A communication out is a notification, one in is what we received; this is their common view.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from recado.domain.channels import Channel
from recado.domain.erasure import refuse_pseudonym
from recado.domain.messages import Attachment, Button, Form, Menu, Reaction
from recado.domain.model import Model, RequestModel
from recado.domain.notification import MessageType, Notification, State
from recado.domain.received import Received
from recado.domain.replies import Interest

MOST_RETRIES = 3
"""How often a person may have a failed message tried again."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]
CandidateId = Annotated[Id, AfterValidator(refuse_pseudonym)]
ParameterText = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
MetadataText = Annotated[str, StringConstraints(max_length=500)]


class SendCommunication(RequestModel):
    """A WhatsApp message to a candidate: an approved template, free content, or both.

    With both, the free content goes while the person's 24-hour window is open and the template
    else. Free content is a text, which may have one of buttons, menu, form and a request for a
    place under it; or a file, with the text as its caption; or a reaction.
    """

    candidate_id: CandidateId
    application_id: Id | None = None
    phone: str = Field(min_length=6, max_length=32, examples=["573001234567"])
    template_name: str | None = Field(
        default=None, pattern=r"^[a-z0-9_]{1,512}$", examples=["contacto_inicial"]
    )
    template_language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}(_[A-Za-z]{2,4})?$",
        description="As the template was approved, e.g. es_MX; the tenant's language by default.",
    )
    template_variables: tuple[ParameterText, ...] = Field(
        default=(), max_length=50, description="Values of {{1}}, {{2}}, … in this order."
    )
    content_sid: str | None = Field(
        default=None,
        pattern=r"^HX[0-9a-fA-F]{32}$",
        description="The template's id at Twilio, for an account there.",
    )
    text: str | None = Field(default=None, min_length=1, max_length=4096)
    buttons: tuple[Button, ...] = Field(
        default=(), max_length=10, description="Up to three; more become a list."
    )
    menu: Menu | None = None
    form: Form | None = None
    asks_for_location: bool = False
    attachment: Attachment | None = None
    reaction: Reaction | None = None
    reply_to: str | None = Field(
        default=None,
        min_length=1,
        max_length=512,
        description="`provider_message_id` of the message that this one quotes.",
    )
    message_type: MessageType = MessageType.INITIAL
    account_id: str | None = None
    metadata: Mapping[Id, MetadataText] = Field(default_factory=dict, max_length=20)

    @property
    def has_free_content(self) -> bool:
        """Whether something is to go while the window is open."""
        return any((self.text, self.attachment, self.reaction))

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.template_name is None and not self.has_free_content:
            raise ValueError("give template_name, text, attachment or reaction")
        under = [self.buttons, self.menu, self.form, self.asks_for_location]
        if sum(map(bool, [*under, self.attachment, self.reaction])) > 1:
            raise ValueError("give one of buttons, menu, form, location, attachment and reaction")
        if any(under) and self.text is None:
            raise ValueError("buttons, menu, form and location stand under a text")
        if self.reaction and self.text is not None:
            raise ValueError("a reaction has no text")
        return self


class Direction(StrEnum):
    """Who wrote to whom."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class CommunicationStatus(StrEnum):
    """How far a communication came; one in has come as far as it can: `delivered`."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    REPLIED = "replied"


STATUS_OF: dict[State, CommunicationStatus] = {
    State.PENDING: CommunicationStatus.PENDING,
    State.QUEUED: CommunicationStatus.PENDING,
    State.SENDING: CommunicationStatus.PENDING,
    State.UNKNOWN: CommunicationStatus.PENDING,
    State.SENT: CommunicationStatus.SENT,
    State.DELIVERED: CommunicationStatus.DELIVERED,
    State.READ: CommunicationStatus.READ,
    State.REPLIED: CommunicationStatus.REPLIED,
    State.FAILED: CommunicationStatus.FAILED,
    State.EXPIRED: CommunicationStatus.FAILED,
    State.CANCELLED: CommunicationStatus.FAILED,
    State.SUPPRESSED: CommunicationStatus.FAILED,
}

LogEntry = Notification | Received


class CommunicationFilter(Model):
    """Which communications are wanted; None takes all."""

    candidate_id: str | None = None
    application_id: str | None = None
    direction: Direction | None = None
    status: CommunicationStatus | None = None
    channel: Channel | None = None
    message_type: MessageType | None = None
    interest: Interest | None = None
    division: str | None = None

    def takes(self, entry: LogEntry) -> bool:
        """Whether an entry of the log is wanted."""
        told = {
            "direction": direction_of(entry),
            "status": status_of(entry),
            "channel": channel_of(entry),
            "message_type": message_type_of(entry),
            "interest": interest_of(entry),
            "candidate_id": candidate_of(entry),
            "application_id": application_of(entry),
            "division": entry.division,
        }
        return all(told[name] == wanted for name, wanted in self if wanted is not None)


class LogPosition(Model):
    """A place in the log: after the entry that was made at this moment under this id.

    Without an id it is after everything that was made later than the moment, or at it.
    """

    at: AwareDatetime
    entry_id: str

    @classmethod
    def of(cls, entry: LogEntry) -> Self:
        """The place of an entry."""
        return cls(at=made_at(entry), entry_id=id_of(entry))


class Page(Model):
    """Some entries of the log, newest first; `next` is where the following page begins."""

    entries: tuple[LogEntry, ...]
    next: LogPosition | None = None


class CandidateSummary(Model):
    """What was said to and by one person.

    Parameters
    ----------
    by_status
        Messages out, by how far they came.
    is_complete
        False when there is more than was counted.
    """

    candidate_id: str
    outbound: int
    inbound: int
    by_status: Mapping[CommunicationStatus, int]
    first_at: datetime | None
    last_outbound_at: datetime | None
    last_inbound_at: datetime | None
    last_interest: Interest | None
    is_complete: bool


def id_of(entry: LogEntry) -> str:
    """The public id of a communication."""
    return entry.message_id if isinstance(entry, Received) else entry.notification_id


def made_at(entry: LogEntry) -> datetime:
    """When it was asked for, or when the person wrote it."""
    return entry.at if isinstance(entry, Received) else entry.created_at


def direction_of(entry: LogEntry) -> Direction:
    """Who wrote to whom."""
    return Direction.INBOUND if isinstance(entry, Received) else Direction.OUTBOUND


def status_of(entry: LogEntry) -> CommunicationStatus:
    """How far it came."""
    if isinstance(entry, Received):
        return CommunicationStatus.DELIVERED
    return STATUS_OF[entry.state]


def channel_of(entry: LogEntry) -> Channel | None:
    """The channel that it took, or takes now; None where no channel could be found."""
    if isinstance(entry, Received):
        return entry.channel
    return entry.current_step.channel if entry.route else None


def message_type_of(entry: LogEntry) -> MessageType:
    """What it is for."""
    if isinstance(entry, Received):
        return MessageType.REPLY
    return entry.communication.message_type if entry.communication else MessageType.INITIAL


def interest_of(entry: LogEntry) -> Interest | None:
    """What the person's answer says."""
    if isinstance(entry, Received):
        return entry.interest
    return entry.reply.interest if entry.reply else None


def candidate_of(entry: LogEntry) -> str | None:
    """Whom it is from or for."""
    return entry.recipient_id


def application_of(entry: LogEntry) -> str | None:
    """What it is about, where the client said so."""
    if isinstance(entry, Received):
        return None
    return entry.communication.application_id if entry.communication else None
