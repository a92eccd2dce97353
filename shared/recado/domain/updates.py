"""What providers tell us by webhook, in one shape for all of them: the contract of our queues."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from recado.domain.channels import Provider
from recado.domain.identities import Identity as Identity
from recado.domain.identities import IdentityKind as IdentityKind
from recado.domain.model import Model
from recado.domain.receipts import Receipt


class InboundType(StrEnum):
    """What a person sent."""

    TEXT = "text"
    BUTTON = "button"
    LIST = "list"
    FORM = "form"
    MEDIA = "media"
    LOCATION = "location"
    CONTACTS = "contacts"
    REACTION = "reaction"
    ORDER = "order"
    EDIT = "edit"
    REVOKE = "revoke"
    UNSUPPORTED = "unsupported"


SAYING = frozenset(
    {
        InboundType.TEXT,
        InboundType.BUTTON,
        InboundType.LIST,
        InboundType.FORM,
        InboundType.MEDIA,
        InboundType.LOCATION,
        InboundType.CONTACTS,
        InboundType.ORDER,
    }
)
"""Types that answer a message and open the window; the others are about messages."""


class Media(Model):
    """A file at the provider, by its id there or by an address."""

    mime_type: str
    media_id: str | None = None
    url: str | None = None
    file_name: str | None = None
    sha256: str | None = None


class Location(Model):
    """A place, in degrees."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class SharedContact(Model):
    """A contact card."""

    name: str = ""
    phones: tuple[str, ...] = ()


class InboundMessage(Model):
    """A message from a person.

    Parameters
    ----------
    sender
        Under which names the account knows the person; answers go to the first.
    text
        What was written: a text, a caption, a button's title, a reaction's emoji (empty when it
        was taken back).
    payload
        What a button, a list row or a form carries for programs.
    refers_to
        Provider's id of the message that this one quotes, reacts to, edits or takes back.
    """

    kind: Literal["message"] = "message"
    tenant_id: str
    account_id: str
    provider: Provider
    provider_message_id: str
    sender: tuple[Identity, ...] = Field(min_length=1)
    sender_name: str | None = None
    at: datetime
    received_at: datetime
    type: InboundType
    text: str = ""
    payload: str | None = None
    refers_to: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    contacts: tuple[SharedContact, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether the person told us something, and not only did something to a message."""
        return self.type in SAYING

    @property
    def subject_id(self) -> str:
        """Whom it is from, as far as one update can tell."""
        return self.sender[0].value

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this message and no other."""
        return (self.tenant_id, self.account_id, self.kind, self.provider_message_id)


class IdentityChange(Model):
    """A person whom an account knew under one name is known under another from now on."""

    kind: Literal["identity_change"] = "identity_change"
    tenant_id: str
    account_id: str
    provider: Provider
    old: Identity
    new: Identity
    at: datetime
    received_at: datetime

    @property
    def subject_id(self) -> str:
        """Whom it is about: messages from the old name come before it."""
        return self.old.value

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this change and no other."""
        return (self.tenant_id, self.account_id, self.kind, self.old.value, self.new.value)


class AccountUpdate(Model):
    """Something about an account or a template of it: `event` is the provider's own word."""

    kind: Literal["account_update"] = "account_update"
    tenant_id: str
    account_id: str
    provider: Provider
    subject: str
    event: str
    detail: str = ""
    at: datetime
    received_at: datetime

    @property
    def subject_id(self) -> str:
        """What of the account it is about."""
        return self.subject

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this update and no other."""
        names = (self.kind, self.subject, self.event, self.detail, self.at.isoformat())
        return (self.tenant_id, self.account_id, *names)


class ContactEvent(StrEnum):
    """What a person did with an account of ours, beside writing to it."""

    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


class ContactUpdate(Model):
    """A person blocked an account, or does no longer."""

    kind: Literal["contact_update"] = "contact_update"
    tenant_id: str
    account_id: str
    provider: Provider
    sender: tuple[Identity, ...] = Field(min_length=1)
    event: ContactEvent
    at: datetime
    received_at: datetime

    @property
    def subject_id(self) -> str:
        """Whom it is from."""
        return self.sender[0].value

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this update and no other."""
        names = (self.kind, self.subject_id, self.event, self.at.isoformat())
        return (self.tenant_id, self.account_id, *names)


class ReadUpTo(Model):
    """A person read all that an account sent them up to a moment (Messenger's watermark)."""

    kind: Literal["read_up_to"] = "read_up_to"
    tenant_id: str
    account_id: str
    provider: Provider
    sender: tuple[Identity, ...] = Field(min_length=1)
    up_to: datetime
    at: datetime
    received_at: datetime

    @property
    def subject_id(self) -> str:
        """Whom it is from."""
        return self.sender[0].value

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this update and no other."""
        names = (self.kind, self.subject_id, self.up_to.isoformat())
        return (self.tenant_id, self.account_id, *names)


InboundUpdate = Annotated[
    InboundMessage | IdentityChange | AccountUpdate | ContactUpdate | ReadUpTo,
    Field(discriminator="kind"),
]
"""What the inbound queue carries: all that is no receipt."""

Update = Annotated[
    Receipt | InboundMessage | IdentityChange | AccountUpdate | ContactUpdate | ReadUpTo,
    Field(discriminator="kind"),
]
