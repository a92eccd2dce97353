"""Whether what we depend on answers, as the API sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class QueueProbe(Protocol):
    """Looks at the queues that webhooks are kept in."""

    def look(self) -> Mapping[str, bool]:
        """Whether each queue answers, by its name; within a few seconds, and never raises."""
        ...
