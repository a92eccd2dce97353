"""The counters, as services see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from recado.domain.channels import ChannelAccount
from recado.domain.circuits import Circuit
from recado.domain.statistics import Cell, Contribution, Counted, CounterKey, CounterScope, Span
from recado.ports.notifications import NotificationKey


@dataclass(frozen=True)
class Recount:
    """A notification's contribution that takes the place of the one that was read.

    `added` is what that makes of the counters; the contribution is kept until `expires_at`.
    """

    key: NotificationKey
    over: Counted | None
    version: int
    contribution: Contribution
    added: Mapping[CounterKey, Mapping[str, int]]
    expires_at: datetime


@dataclass(frozen=True)
class CellCounts:
    """Counts of a cell in a day or hour; a cell may come several times, to be added up."""

    at: str
    cell: Cell
    counts: Counter[str]


class Statistics(Protocol):
    """Counters, and what each notification contributed to them."""

    def counted(self, keys: Collection[NotificationKey]) -> dict[NotificationKey, Counted]:
        """What notifications contributed last (a consistent read); those never counted are left
        out."""
        ...

    def recount(self, recounts: Sequence[Recount], *, lost_before: int) -> set[NotificationKey]:
        """Store contributions together with what they add; gives those that lost a race.

        Of a notification both is stored or neither: neither where another contribution than the
        one that was read is stored, or where somebody else writes the same counters. With
        `lost_before`, how often the caller lost already, it waits a little first.
        """
        ...

    def counts(
        self, scope: CounterScope, span: Span, first: str, last: str
    ) -> Iterable[CellCounts]:
        """The counts of some days or hours, both ends included. May be a moment old."""
        ...


class Circuits(Protocol):
    """Which channel accounts rest."""

    def of(self, accounts: Sequence[ChannelAccount]) -> dict[str, Circuit]:
        """The circuits of accounts of a tenant, by account.

        One that never failed has none, nor has one that nobody used for an hour, open or not.
        """
        ...
