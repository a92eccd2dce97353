"""Conversations, as services see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from recado.domain.conversations import Conversation
from recado.domain.updates import Identity


class ConversationRepository(Protocol):
    """Conversations, and under which names people are known in them."""

    def find(
        self, tenant_id: str, account_id: str, identities: Sequence[Identity]
    ) -> list[Conversation]:
        """The conversations of whoever an account knows under these names; mostly one or none.

        Where names lead to different ones, that of the first name comes first. A phone number is
        found under all spellings of `matching_form`.
        """
        ...

    def get(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """A conversation by its id."""
        ...

    def save(self, conversation: Conversation, *, names: Sequence[Identity]) -> bool:
        """Store a conversation's next version, and let some names lead to it from now on.

        False when another change was stored first, or when its first name leads to another
        conversation that was begun meanwhile: look again.
        """
        ...

    def forget(self, tenant_id: str, account_id: str, name: Identity) -> None:
        """Let a name lead nowhere any more."""
        ...
