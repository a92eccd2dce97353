"""What tenants spend, as services see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from recado.domain.spending import Spending


class SpendingLedger(Protocol):
    """What each tenant's messages of a month cost; months are `domain.spending.month_of`'s."""

    def spent(self, tenant_id: str, month: str) -> Spending:
        """What was spent so far."""
        ...

    def reserve(
        self,
        tenant_id: str,
        month: str,
        amounts: Sequence[Decimal],
        *,
        budget: Decimal,
        now: datetime,
    ) -> tuple[bool, ...]:
        """Count amounts as spent, before they are, as far as the budget has room for each.

        Tells for each whether it was counted. What does not fit is remembered with the moment.
        """
        ...

    def give_back(self, tenant_id: str, month: str, amount: Decimal) -> None:
        """Take back what was counted and not spent after all."""
        ...
