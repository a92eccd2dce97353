"""How much is measured, and what a round gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOTIFICATIONS = 200
"""In a round of either side."""

SINGLES = 30
"""In a round of Recado's in which each invocation gets one message."""

ROUNDS = 5
"""After one of each kind that warms up and is not counted."""

RECEIPTS = ("sent", "delivered", "read")
"""What the provider tells of each message, one request for each."""

PEOPLE = (ROUNDS + 1) * (NOTIFICATIONS + SINGLES)


@dataclass(frozen=True)
class Round:
    """CPU seconds of so many notifications that were read in the end, by part of the side."""

    notifications: int
    cpu: Mapping[str, float]

    def milliseconds(self, part: str) -> float:
        """CPU of a part for one notification, in ms."""
        return self.cpu[part] * 1000 / self.notifications
