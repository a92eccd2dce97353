"""Suppressions and conversations in memory, looked at together."""

from __future__ import annotations

from collections.abc import Collection

from recado.domain.directory import Address
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.reach import AccountName, Reach


class FakeReach:
    """Implements `ports.ReachReader` over two other fakes."""

    def __init__(
        self, directory: DirectoryRepository, conversations: ConversationRepository
    ) -> None:
        self._directory = directory
        self._conversations = conversations

    def reach(
        self, tenant_id: str, addresses: Collection[Address], names: Collection[AccountName]
    ) -> Reach:
        found = {
            (account_id, name): self._conversations.find(tenant_id, account_id, [name])
            for account_id, name in names
        }
        return Reach(
            suppressed=self._directory.suppressed(tenant_id, addresses),
            conversations={name: known[0] for name, known in found.items() if known},
        )
