"""What counts say of notifications: totals, rates, durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from recado.domain.latencies import quantile
from recado.domain.notification import State
from recado.domain.statistics import GIVEN_UP, LATENCY_PREFIX, ON_THE_WAY, TAKEN

ARRIVED = (State.DELIVERED, State.READ, State.REPLIED)
SEEN = (State.READ, State.REPLIED)
NOT_CARRIED = (State.FAILED, State.UNKNOWN, State.EXPIRED)
"""Ends that speak against a channel; a suppression or a cancellation does not."""


class Tally:
    """Counts of notifications, added up, and what follows from them.

    `sent` are those that a provider took at least once, also where it failed later. `delivered` and
    `read` hold what came farther: who replied has read, who read has got it.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, counts: Mapping[str, int]) -> None:
        """Count some more."""
        self._counts.update(counts)

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return any(self._counts.values())

    @property
    def total(self) -> int:
        """All notifications."""
        return self._sum(State)

    @property
    def by_status(self) -> dict[State, int]:
        """Notifications by where they stand; all that are on their way are `pending`."""
        return {s: self._sum([s]) for s in State if s is State.PENDING or s not in ON_THE_WAY}

    @property
    def sent(self) -> int:
        """Those that a provider took."""
        return self._counts[TAKEN]

    @property
    def delivered(self) -> int:
        """Those that arrived."""
        return self._sum(ARRIVED)

    @property
    def read(self) -> int:
        """Those that were read."""
        return self._sum(SEEN)

    @property
    def replied(self) -> int:
        """Those that were answered."""
        return self._sum([State.REPLIED])

    @property
    def not_carried(self) -> int:
        """Those that failed, expired, or of which nobody knows what became of them."""
        return self._sum(NOT_CARRIED)

    @property
    def given_up(self) -> int:
        """Those that left the channel for the next one of their route."""
        return self._counts[GIVEN_UP]

    @property
    def carried(self) -> int:
        """Those that a provider has, as far as is known now."""
        return self._sum([State.SENT, *ARRIVED])

    @staticmethod
    def rate(part: int, *, of: int) -> float | None:
        """A share; None of nothing."""
        return round(part / of, 4) if of else None

    def seconds(self, share: float) -> float | None:
        """Within how many seconds a share of those sent was taken by a provider."""
        buckets = {
            int(name.removeprefix(LATENCY_PREFIX)): count
            for name, count in self._counts.items()
            if name.startswith(LATENCY_PREFIX)
        }
        found = quantile(buckets, share)
        return None if found is None else round(found, 3)

    def _sum(self, states: Iterable[State]) -> int:
        return sum(self._counts[state.value] for state in states)
