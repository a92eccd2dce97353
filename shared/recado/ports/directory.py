"""People and suppressions, as services see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient, Suppression


class DirectoryRepository(Protocol):
    """People, their addresses and what must not be sent to them."""

    def recipient(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        """A customer or team member with addresses and preferences."""
        ...

    def put_recipient(self, recipient: Recipient) -> None:
        """Store a recipient whole."""
        ...

    def remove_address(self, tenant_id: str, recipient_id: str, address: Address) -> None:
        """Forget an address that ceased to exist; no effect when it is gone already."""
        ...

    def suppressed(
        self, tenant_id: str, addresses: Collection[Address]
    ) -> set[tuple[Channel, str]]:
        """Which of the addresses must not be written to, as (channel, value)."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Put an address on the suppression list; the first evidence is kept."""
        ...
