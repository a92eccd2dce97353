"""Conversations: one for each person and channel account, and what people say in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from pydantic import Field

from recado.domain.addresses import LID, META_USER_ID
from recado.domain.channels import CHANNEL_OF, WINDOWED, Channel, Provider
from recado.domain.directory import Address
from recado.domain.model import Model
from recado.domain.replies import Interest, OptChoice
from recado.domain.updates import (
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Location,
    Media,
    SharedContact,
)

WINDOW = timedelta(hours=24)
"""How long free text may go after a person wrote (Meta: "customer service window")."""

WINDOW_MARGIN = timedelta(minutes=10)
"""A window that ends sooner counts as closed: a message may wait in a queue or be tried again."""

_KIND_OF: dict[Channel, IdentityKind] = {
    Channel.SMS: IdentityKind.PHONE,
    Channel.EMAIL: IdentityKind.EMAIL,
    Channel.TELEGRAM: IdentityKind.TELEGRAM_CHAT,
    Channel.MESSENGER: IdentityKind.MESSENGER_USER,
    Channel.INSTAGRAM: IdentityKind.INSTAGRAM_USER,
    Channel.SLACK: IdentityKind.SLACK_USER,
}

SAYS_SOMETHING = frozenset(
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


def identity_of(address: Address) -> Identity | None:
    """The name under which an account knows who is reached by an address; None for a browser."""
    if address.channel is Channel.WHATSAPP:
        if LID.fullmatch(address.value):
            return Identity(kind=IdentityKind.EVOLUTION_LID, value=address.value)
        is_user = META_USER_ID.fullmatch(address.value)
        kind = IdentityKind.META_USER if is_user else IdentityKind.PHONE
        return Identity(kind=kind, value=address.value)
    kind_of_channel = _KIND_OF.get(address.channel)
    return Identity(kind=kind_of_channel, value=address.value) if kind_of_channel else None


class Conversation(Model):
    """What an account of ours and a person have said to each other.

    Parameters
    ----------
    identities
        Under which names the account knows the person; answers go to the first, in exactly the
        spelling in which it came.
    recipient_id
        Who that is in the directory, where we know.
    last_inbound_at
        When the person last said something.
    version
        Counts stored changes; one is stored only over the version that it was made from.
    """

    tenant_id: str
    conversation_id: str
    account_id: str
    provider: Provider
    identities: tuple[Identity, ...] = Field(min_length=1)
    name: str | None = None
    recipient_id: str | None = None
    started_at: datetime
    last_inbound_at: datetime | None = None
    version: int = 0

    @classmethod
    def begun(cls, message: InboundMessage) -> Self:
        """The conversation that a first message opens."""
        return cls(
            tenant_id=message.tenant_id,
            conversation_id=f"cnv_{uuid4().hex}",
            account_id=message.account_id,
            provider=message.provider,
            identities=message.sender,
            started_at=message.at,
        )

    @property
    def channel(self) -> Channel:
        """The channel on which they talk."""
        return CHANNEL_OF[self.provider]

    @property
    def address(self) -> Address:
        """Where answers go."""
        return Address(channel=self.channel, value=self.identities[0].value)

    @property
    def correspondent_id(self) -> str:
        """Whose messages these are in the log: the recipient's, or nobody's but this person's."""
        return self.recipient_id or self.conversation_id

    def window_until(self) -> datetime | None:
        """Until when free text reaches the person; None where the provider knows no window."""
        if self.provider not in WINDOWED or self.last_inbound_at is None:
            return None
        return self.last_inbound_at + WINDOW

    def heard(self, message: InboundMessage, *, recipient_id: str | None) -> Self:
        """After a message: its names first, the window from now on, nothing known forgotten."""
        names = (*message.sender, *self.identities)
        opens = message.type in SAYS_SOMETHING
        times = [at for at in (self.last_inbound_at, message.at if opens else None) if at]
        return self.model_copy(
            update={
                "identities": tuple({n.value: n for n in reversed(names)}.values())[::-1],
                "name": message.sender_name or self.name,
                "recipient_id": recipient_id or self.recipient_id,
                "last_inbound_at": max(times, default=None),
            }
        )

    def renamed(self, old: Identity, new: Identity) -> Self:
        """After a person got another name at the provider; the old one is no longer theirs."""
        kept = tuple(n for n in self.identities if n.value not in (old.value, new.value))
        return self.model_copy(update={"identities": (new, *kept)})


class Received(Model):
    """A person's message in the log, with what we made of it.

    Parameters
    ----------
    message_id
        Ours; the same for the same message of the provider, however often it comes.
    sender
        Where answers go.
    replies_to
        The notification that it answers; `interest` is set for what can say something.
    """

    message_id: str
    tenant_id: str
    conversation_id: str
    recipient_id: str | None
    account_id: str
    provider: Provider
    channel: Channel
    sender: Identity
    sender_name: str | None = None
    provider_message_id: str
    at: datetime
    received_at: datetime
    expires_at: datetime
    type: InboundType
    text: str = ""
    payload: str | None = None
    refers_to: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    contacts: tuple[SharedContact, ...] = ()
    replies_to: str | None = None
    interest: Interest | None = None
    choice: OptChoice = OptChoice.NONE

    @property
    def correspondent_id(self) -> str:
        """As of `Conversation`."""
        return self.recipient_id or self.conversation_id


def message_id_of(message: InboundMessage) -> str:
    """Our id of a provider's message."""
    names: Sequence[str] = (message.tenant_id, message.account_id, message.provider_message_id)
    return f"msg_{hashlib.sha256('\x1f'.join(names).encode()).hexdigest()[:32]}"
