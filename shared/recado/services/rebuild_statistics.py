"""Count the log anew, for what the table's stream lost."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.communications import LogPosition
from recado.domain.model import Model
from recado.domain.notification import Notification
from recado.ports.clock import Clock
from recado.ports.communications import CommunicationLog
from recado.services.count_notifications import CountNotifications

READ_AT_ONCE = 100


class Rebuilt(Model):
    """How many notifications were looked at, and of how many the counters were wrong."""

    looked_at: int
    mended: int


class RebuildStatistics:
    """Counts what the log holds; counts that are right stay untouched."""

    def __init__(self, *, log: CommunicationLog, count: CountNotifications, clock: Clock) -> None:
        self._log = log
        self._count = count
        self._clock = clock

    def __call__(self, tenant_id: str, *, days: int) -> Rebuilt:
        """Count the notifications that a tenant made in the last so many days.

        Raises
        ------
        LostRaceError
            As `CountNotifications`: begin again.
        """
        now = self._clock.now()
        looked_at = mended = 0
        after: LogPosition | None = None
        while True:
            page = self._log.entries(
                tenant_id,
                since=now - timedelta(days=days),
                until=now,
                correspondent_id=None,
                after=after,
                limit=READ_AT_ONCE,
            )
            found = [entry for entry in page.entries if isinstance(entry, Notification)]
            looked_at += len(found)
            mended += self._count(found)
            if page.next is None:
                return Rebuilt(looked_at=looked_at, mended=mended)
            after = page.next
