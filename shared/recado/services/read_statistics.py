"""What became of a tenant's notifications in the last days, from its counters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from recado.domain.channels import Channel, Provider
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.model import Model
from recado.domain.statistics import TAKEN, Cell, CounterScope, Span
from recado.domain.tallies import Tally
from recado.domain.tenants import Tenant
from recado.domain.time_zones import zone_of
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.statistics import Statistics

MOST_COUNTERS = 50_000
"""Of one summary; that many are read in a few seconds, and a request ends after 29."""


class CellFilter(Model):
    """Which notifications to count; None takes all."""

    channel: Channel | None = None
    event_type: str | None = None
    template_id: str | None = None

    def takes(self, cell: Cell) -> bool:
        """Whether notifications of a cell are wanted."""
        return all(getattr(cell, name) == wanted for name, wanted in self if wanted is not None)


@dataclass(frozen=True)
class Cost:
    """Messages that a provider took, as what it bills them, and what they cost.

    `category` is None until a receipt named one; `amount` where the tenant gives no price.
    """

    provider: Provider
    category: str | None
    messages: int
    price: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True)
class Summary:
    """What became of the notifications that were made from the first day to the last.

    The tallies by event and template are those of the most notifications first.
    """

    first: date
    last: date
    time_zone: str
    currency: str
    all: Tally
    by_day: Mapping[date, Tally]
    by_channel: Mapping[Channel | None, Tally]
    by_event: Mapping[str, Tally]
    by_template: Mapping[str, Tally]
    costs: tuple[Cost, ...]


class ReadStatistics:
    """Reads the counters of days."""

    def __init__(
        self, *, statistics: Statistics, configuration: ConfigurationRepository, clock: Clock
    ) -> None:
        self._statistics = statistics
        self._configuration = configuration
        self._clock = clock

    def __call__(self, scope: CounterScope, *, days: int, wanted: CellFilter) -> Summary:
        """The last so many days in the tenant's time zone, today included.

        Raises
        ------
        NotFoundError
            There is no such tenant.
        UnprocessableError
            They have more counters than can be read while somebody waits.
        """
        tenant = self._configuration.tenant(scope.tenant_id)
        if tenant is None:
            raise NotFoundError("there is no such tenant")
        zone = zone_of(tenant.time_zone)
        last = self._clock.now().astimezone(zone).date()
        first = last - timedelta(days=days - 1)
        everything = Tally()
        by_day = {first + timedelta(days=n): Tally() for n in range(days)}
        by_channel: defaultdict[Channel | None, Tally] = defaultdict(Tally)
        by_event: defaultdict[str, Tally] = defaultdict(Tally)
        by_template: defaultdict[str, Tally] = defaultdict(Tally)
        billed: Counter[tuple[Provider, str | None]] = Counter()
        counted = self._statistics.counts(scope, Span.DAY, first.isoformat(), last.isoformat())
        for number, found in enumerate(counted):
            if number == MOST_COUNTERS:
                raise UnprocessableError(
                    "there is too much to count in {days} days: ask for fewer",
                    field="days",
                    days=days,
                )
            cell, counts = found.cell, found.counts
            if not wanted.takes(cell):
                continue
            everything.add(counts)
            by_day[date.fromisoformat(found.at)].add(counts)
            by_channel[cell.channel].add(counts)
            by_event[cell.event_type or ""].add(counts)
            if cell.template_id is not None:
                by_template[cell.template_id].add(counts)
            if cell.provider is not None:
                billed[cell.provider, cell.pricing_category] += counts[TAKEN]
        return Summary(
            first=first,
            last=last,
            time_zone=str(zone),
            currency=tenant.currency,
            all=everything,
            by_day=by_day,
            by_channel=_largest_first(by_channel),
            by_event=_largest_first(by_event),
            by_template=_largest_first(by_template),
            costs=tuple(
                _cost(tenant, provider, category, messages)
                for (provider, category), messages in billed.most_common()
                if messages
            ),
        )


def _largest_first[K](tallies: Mapping[K, Tally]) -> dict[K, Tally]:
    return dict(
        sorted(
            ((name, tally) for name, tally in tallies.items() if tally),
            key=lambda named: (-named[1].total, str(named[0])),
        )
    )


def _cost(tenant: Tenant, provider: Provider, category: str | None, messages: int) -> Cost:
    price = tenant.price_of(provider, category)
    return Cost(
        provider=provider,
        category=category,
        messages=messages,
        price=price,
        amount=None if price is None else price * messages,
    )
