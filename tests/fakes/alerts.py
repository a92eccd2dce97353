"""Alerts in memory, with the same rule for races as the real ones, and queues for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recado.domain.alerts import Alert, AlertKind
from recado.domain.sending_rhythm import SendingRhythm


class FakeAlerts:
    """Implements `ports.AlertRepository`."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, AlertKind, str], Alert] = {}
        self._rhythms: dict[str, SendingRhythm] = {}
        self.before_save: list[Callable[[], None]] = []
        """What happens before the next saves of alerts, each once; it may raise."""

    def alerts(self, tenant_id: str) -> list[Alert]:
        return [alert for (tenant, *_), alert in self._alerts.items() if tenant == tenant_id]

    def save_alert(self, alert: Alert) -> bool:
        if self.before_save:
            self.before_save.pop(0)()
        key = (alert.tenant_id, alert.kind, alert.subject)
        stored = self._alerts.get(key)
        if (stored.version if stored else 0) != alert.version:
            return False
        self._alerts[key] = alert.model_copy(update={"version": alert.version + 1})
        return True

    def rhythm(self, tenant_id: str) -> SendingRhythm:
        return self._rhythms.get(tenant_id, SendingRhythm(tenant_id=tenant_id))

    def save_rhythm(self, rhythm: SendingRhythm) -> bool:
        if self.rhythm(rhythm.tenant_id).version != rhythm.version:
            return False
        stored = rhythm.model_copy(update={"version": rhythm.version + 1})
        self._rhythms[rhythm.tenant_id] = stored
        return True


class FakeQueueDepths:
    """Implements `ports.QueueDepths`."""

    def __init__(self, depths: Mapping[str, int] | None = None) -> None:
        self.found = dict(depths or {})

    def depths(self) -> Mapping[str, int]:
        return self.found
