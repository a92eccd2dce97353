"""How accounts do and what weight that leaves them, as services see it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from recado.domain.account_performance import MinuteCounts
from recado.domain.weights import AccountWeight


class AccountPerformance(Protocol):
    """What became of the tries of accounts in the last day, minute by minute."""

    def add(self, tenant_id: str, account_id: str, counts: MinuteCounts) -> None:
        """Add to the counts of an account's minute."""
        ...

    def latest(self, tenant_id: str, account_id: str, *, before: datetime) -> list[MinuteCounts]:
        """The counts of an account's latest minutes that began before a moment, newest first.

        Fifteen of them where there are so many; minutes without a try are none.
        """
        ...


class AccountWeights(Protocol):
    """How far accounts are from the weights at which they rest."""

    def weights(self, tenant_id: str) -> dict[str, AccountWeight]:
        """The weights of a tenant's accounts by account; those that never changed are not there.

        May be as old as the adapter's cache says.
        """
        ...

    def save_weight(self, weight: AccountWeight) -> bool:
        """Store a weight's next version; False when another change was stored first."""
        ...
