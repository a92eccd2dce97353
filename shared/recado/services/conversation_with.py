"""Find the conversation that an account has with whom an address reaches."""

from __future__ import annotations

from recado.domain.conversations import Conversation
from recado.domain.directory import Address
from recado.domain.identities import identity_of
from recado.ports.conversations import ConversationRepository


def conversation_with(
    conversations: ConversationRepository, tenant_id: str, account_id: str, address: Address
) -> Conversation | None:
    """The conversation; None where there is none, or the channel has none by such addresses."""
    name = identity_of(address)
    if name is None:
        return None
    known = conversations.find(tenant_id, account_id, [name])
    return known[0] if known else None
