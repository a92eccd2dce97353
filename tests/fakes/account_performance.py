"""How accounts do, in memory."""

from __future__ import annotations

from datetime import datetime

from recado.domain.account_performance import MinuteCounts


class FakeAccountPerformance:
    """Implements `ports.AccountPerformance`; `error` is raised by every write while it is set."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, datetime], MinuteCounts] = {}
        self.writes = 0
        self.error: Exception | None = None

    def add(self, tenant_id: str, account_id: str, counts: MinuteCounts) -> None:
        self.writes += 1
        if self.error is not None:
            raise self.error
        key = (tenant_id, account_id, counts.minute)
        self._counts[key] = self._counts[key] + counts if key in self._counts else counts

    def latest(self, tenant_id: str, account_id: str, *, before: datetime) -> list[MinuteCounts]:
        found = [
            counts
            for (tenant, account, minute), counts in self._counts.items()
            if (tenant, account) == (tenant_id, account_id) and minute < before
        ]
        return sorted(found, key=lambda counts: counts.minute, reverse=True)[:15]
