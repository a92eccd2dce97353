"""What is remembered of alerts, and what they are made of, as services see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from recado.domain.alerts import Alert
from recado.domain.sending_rhythm import SendingRhythm


class AlertRepository(Protocol):
    """The alerts of tenants, and when tenants usually send."""

    def alerts(self, tenant_id: str) -> list[Alert]:
        """A tenant's alerts as they are now, those that are over too."""
        ...

    def save_alert(self, alert: Alert) -> bool:
        """Store an alert's next version; False when another change was stored first."""
        ...

    def rhythm(self, tenant_id: str) -> SendingRhythm:
        """A tenant's rhythm as it is now; an empty one where nothing is known."""
        ...

    def save_rhythm(self, rhythm: SendingRhythm) -> bool:
        """Store a rhythm's next version; False when another change was stored first."""
        ...


class QueueDepths(Protocol):
    """The queues in which messages wait for people."""

    def depths(self) -> Mapping[str, int]:
        """About how many messages are in each, by its name."""
        ...
