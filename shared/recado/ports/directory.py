"""People and suppressions, as services see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient, Suppression, SuppressionReason


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

    def suppress(self, suppression: Suppression) -> bool:
        """Put an address on the suppression list.

        False when it is there already for a reason that is as strong: the first evidence is kept,
        and that it was repeated, if this is newer.
        """
        ...

    def lift(
        self,
        tenant_id: str,
        address: Address,
        *,
        reasons: Collection[SuppressionReason],
        evidence: str,
        at: datetime,
    ) -> bool:
        """Take an address off the list if it is there for one of some reasons since `at` or before.

        False when it is not: what is told late does not undo what is newer. What was there is kept
        with the evidence for lifting it.
        """
        ...

    def suppression(self, tenant_id: str, address: Address) -> Suppression | None:
        """Why an address must not be written to; None where it may."""
        ...

    def reached_at(self, tenant_id: str, address: Address, *, limit: int) -> list[Recipient]:
        """Some of those who have an address, in any spelling; those with this very one first.

        Without their push subscriptions.
        """
        ...
