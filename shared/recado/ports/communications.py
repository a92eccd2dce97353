"""The log in both directions, as services see it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from recado.domain.communications import LogEntry, LogPosition, Page


class CommunicationLog(Protocol):
    """Notifications and people's messages together."""

    def entry(self, tenant_id: str, entry_id: str) -> LogEntry | None:
        """A notification or a message by its id."""
        ...

    def entries(
        self,
        tenant_id: str,
        *,
        since: datetime,
        until: datetime,
        correspondent_id: str | None,
        after: LogPosition | None,
        limit: int,
    ) -> Page:
        """Up to `limit` entries made in a period, newest first, after a position.

        With `correspondent_id` those from and for one person only. Where `next` is set there may
        be more, however few are given.
        """
        ...
