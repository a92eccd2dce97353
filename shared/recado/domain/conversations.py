"""Conversations: one for each person and channel account."""

from __future__ import annotations

from collections.abc import Sequence
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

    def free_text_until(self, moment: datetime) -> datetime | None:
        """Until when free text may go, for a message to be sent at a moment; None: it may not."""
        until = self.window_until()
        return until if until and moment + WINDOW_MARGIN < until else None

    def heard(self, message: InboundMessage, *, recipient_id: str | None) -> Self:
        """After a message: its names first, the window from now on, nothing known forgotten."""
        at = message.at if message.says_something else None
        return self.model_copy(
            update={
                "identities": _each_once((*message.sender, *self.identities)),
                "name": message.sender_name or self.name,
                "recipient_id": recipient_id or self.recipient_id,
                "last_inbound_at": _latest(self.last_inbound_at, at),
            }
        )

    def joined_with(self, others: Sequence[Self]) -> Self:
        """This conversation and others that turned out to be with the same person."""
        joined = self
        for other in others:
            joined = joined.model_copy(
                update={
                    "identities": _each_once((*joined.identities, *other.identities)),
                    "name": joined.name or other.name,
                    "recipient_id": joined.recipient_id or other.recipient_id,
                    "last_inbound_at": _latest(joined.last_inbound_at, other.last_inbound_at),
                }
            )
        return joined

    def renamed(self, old: Identity, new: Identity) -> Self:
        """After a person got another name at the provider; the old one is no longer theirs."""
        kept = tuple(n for n in self.identities if n.value not in (old.value, new.value))
        return self.model_copy(update={"identities": (new, *kept)})


def _each_once(names: Sequence[Identity]) -> tuple[Identity, ...]:
    first: dict[str, Identity] = {}
    for name in names:
        first.setdefault(name.value, name)
    return tuple(first.values())


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def new_conversation_id() -> str:
    """A fresh conversation id."""
    return f"cnv_{uuid4().hex}"
