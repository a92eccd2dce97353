"""Counters in memory, with the same rule for races as the real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from recado.domain.channels import ChannelAccount
from recado.domain.circuits import Circuit
from recado.domain.statistics import Cell, Counted, CounterKey, CounterScope, Span
from recado.ports.notifications import NotificationKey
from recado.ports.statistics import CellCounts, Recount


class FakeStatistics:
    """Implements `ports.Statistics`."""

    def __init__(self) -> None:
        self._counted: dict[NotificationKey, Counted] = {}
        self._counters: dict[CounterKey, Counter[str]] = {}
        self.recounts = 0
        """How many contributions were stored."""

    def counted(self, keys: Collection[NotificationKey]) -> dict[NotificationKey, Counted]:
        return {key: self._counted[key] for key in keys if key in self._counted}

    def recount(self, recounts: Sequence[Recount], *, lost_before: int) -> set[NotificationKey]:
        lost = set()
        for each in recounts:
            stored = self._counted.get(each.key)
            revision = stored.revision if stored else 0
            if revision != (each.over.revision if each.over else 0):
                lost.add(each.key)
                continue
            self._counted[each.key] = Counted(
                version=each.version, contribution=each.contribution, revision=revision + 1
            )
            self.recounts += 1
            for key, counts in each.added.items():
                self._counters.setdefault(key, Counter()).update(counts)
        return lost

    def counts(
        self, scope: CounterScope, span: Span, first: str, last: str
    ) -> Iterator[CellCounts]:
        for key, counts in self._counters.items():
            if key.scope == scope and key.span is span and first <= key.at <= last:
                yield CellCounts(at=key.at, cell=key.cell, counts=Counter(counts))

    def totals(self) -> dict[tuple[CounterScope, Span, str, Cell], dict[str, int]]:
        """Every counter that is not zero."""
        found = {
            (key.scope, key.span, key.at, key.cell): {n: c for n, c in counts.items() if c}
            for key, counts in self._counters.items()
        }
        return {key: counts for key, counts in found.items() if counts}


class FakeCircuits:
    """Implements `ports.Circuits`."""

    def __init__(self, circuits: Mapping[str, Circuit] | None = None) -> None:
        self.circuits = dict(circuits or {})

    def of(self, accounts: Sequence[ChannelAccount]) -> dict[str, Circuit]:
        return {
            account.account_id: self.circuits[account.account_id]
            for account in accounts
            if account.account_id in self.circuits
        }
