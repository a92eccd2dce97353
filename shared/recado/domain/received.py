"""What people sent us, as the log keeps it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from recado.domain.channels import Channel, Provider
from recado.domain.identities import Identity
from recado.domain.model import Model
from recado.domain.replies import Interest, OptChoice
from recado.domain.updates import InboundMessage, InboundType, Location, Media, SharedContact

MESSAGE_ID_PREFIX = "msg_"

LONGEST_TEXT = 50_000
LONGEST_PAYLOAD = 20_000
MOST_CONTACTS = 50
"""What is kept of a message: a row of DynamoDB takes 400 KB. People's apps allow 65,536 characters
in a text, of which nobody reads the end."""


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
    division
        The part of the tenant that the person belonged to, where we knew who wrote.
    activates
        It took an invitation up: its channel reaches the recipient from now on.
    """

    message_id: str
    tenant_id: str
    conversation_id: str
    recipient_id: str | None = None
    division: str | None = None
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
    activates: bool = False

    @property
    def correspondent_id(self) -> str:
        """As of `Conversation`."""
        return self.recipient_id or self.conversation_id


def message_id_of(message: InboundMessage) -> str:
    """Our id of a provider's message."""
    names = (message.tenant_id, message.account_id, message.provider_message_id)
    return f"{MESSAGE_ID_PREFIX}{hashlib.sha256('\x1f'.join(names).encode()).hexdigest()[:32]}"
