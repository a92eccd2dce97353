"""Conversations: one for each person and channel account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from pydantic import Field

from recado.domain.channels import CHANNEL_OF, WINDOWED, Channel, Provider
from recado.domain.directory import Address
from recado.domain.identities import Identity
from recado.domain.model import Model

if TYPE_CHECKING:
    from recado.domain.updates import InboundMessage

WINDOW = timedelta(hours=24)
"""How long free text may go after a person wrote (Meta: "customer service window")."""

WINDOW_MARGIN = timedelta(minutes=10)
"""A window that ends sooner counts as closed: a message may wait in a queue or be tried again."""


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
            conversation_id=new_conversation_id(),
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
        times = [
            at
            for at in (self.last_inbound_at, message.at if message.says_something else None)
            if at
        ]
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


def new_conversation_id() -> str:
    """A fresh conversation id."""
    return f"cnv_{uuid4().hex}"
