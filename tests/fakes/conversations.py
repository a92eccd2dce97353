"""Conversations in memory, with the same rule for races as the real ones."""

from __future__ import annotations

from collections.abc import Sequence

from recado.domain.addresses import matching_form
from recado.domain.channels import Channel
from recado.domain.conversations import Conversation
from recado.domain.updates import Identity, IdentityKind


class FakeConversations:
    """Implements `ports.ConversationRepository`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Conversation] = {}
        self._names: dict[tuple[str, ...], str] = {}

    def find(
        self, tenant_id: str, account_id: str, identities: Sequence[Identity]
    ) -> list[Conversation]:
        names = [_name(tenant_id, account_id, identity) for identity in identities]
        ids = dict.fromkeys(self._names[name] for name in names if name in self._names)
        return [self._rows[tenant_id, each] for each in ids if (tenant_id, each) in self._rows]

    def get(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        return self._rows.get((tenant_id, conversation_id))

    def save(self, conversation: Conversation, *, names: Sequence[Identity]) -> bool:
        key = (conversation.tenant_id, conversation.conversation_id)
        current = self._rows.get(key)
        if (current.version if current else 0) != conversation.version:
            return False
        found = [_name(conversation.tenant_id, conversation.account_id, n) for n in names]
        if not conversation.version and found[0] in self._names:
            return False
        self._rows[key] = conversation.model_copy(update={"version": conversation.version + 1})
        self._names |= dict.fromkeys(found, key[1])
        return True

    def forget(self, tenant_id: str, account_id: str, name: Identity) -> None:
        self._names.pop(_name(tenant_id, account_id, name), None)

    def all(self) -> list[Conversation]:
        """Every conversation."""
        return list(self._rows.values())


def _name(tenant_id: str, account_id: str, name: Identity) -> tuple[str, ...]:
    value = name.value
    if name.kind is IdentityKind.PHONE:
        value = matching_form(Channel.WHATSAPP, value)
    return (tenant_id, account_id, name.kind, value)
