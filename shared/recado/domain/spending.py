"""What a tenant spends on messages in a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from recado.domain.channels import Provider
from recado.domain.model import Model
from recado.domain.tenants import Tenant
from recado.domain.time_zones import zone_of


class Spending(Model):
    """What a tenant's messages of a month cost so far, by its own prices.

    Parameters
    ----------
    spent
        With what is on its way.
    budget
        The budget that was not enough for a message; None as long as each was.
    exhausted_at
        When that was first so.
    """

    spent: Decimal = Decimal(0)
    budget: Decimal | None = None
    exhausted_at: datetime | None = None

    def is_exhausted(self, budget: Decimal | None) -> bool:
        """Whether a budget was not enough; one that was changed since has yet to prove it."""
        return self.exhausted_at is not None and budget is not None and self.budget == budget


def month_of(moment: datetime, tenant: Tenant) -> str:
    """The tenant's month, `2026-01`."""
    return f"{moment.astimezone(zone_of(tenant.time_zone)):%Y-%m}"


def expected_price(tenant: Tenant, provider: Provider, category: str | None) -> Decimal:
    """What a message is taken to cost before the provider has billed it; 0 where none is given.

    Where a tenant has prices for a provider's categories alone, it is the dearest of them until a
    receipt says which it was.
    """
    price = tenant.price_of(provider, category)
    if price is not None:
        return price
    by_category = [p for name, p in tenant.prices.items() if name.startswith(f"{provider}/")]
    return max(by_category, default=Decimal(0))


def fitting(amounts: Sequence[Decimal], room: Decimal) -> tuple[bool, ...]:
    """Which of some amounts fit into a room, each looked at in its turn."""
    fits = []
    for amount in amounts:
        fits.append(amount <= room)
        room -= amount if fits[-1] else Decimal(0)
    return tuple(fits)
