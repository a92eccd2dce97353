"""What a tenant's team was alerted to: what is so now, and what was lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from recado.domain.alerts import Alert
from recado.domain.errors import NotFoundError
from recado.ports.alerts import AlertRepository
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository

LATELY = timedelta(days=30)

MOST_LISTED = 200
"""More than anybody looks through; a tenant that has so many has one trouble."""


@dataclass(frozen=True)
class RaisedAlerts:
    """Alerts, and the time zone that their words tell times in."""

    alerts: list[Alert]
    zone: ZoneInfo


class ReadAlerts:
    """Reads alerts."""

    def __init__(
        self, *, alerts: AlertRepository, configuration: ConfigurationRepository, clock: Clock
    ) -> None:
        self._alerts = alerts
        self._configuration = configuration
        self._clock = clock

    def __call__(self, tenant_id: str) -> RaisedAlerts:
        """What is raised now, then what was over in the last 30 days; the newest first.

        Raises
        ------
        NotFoundError
            There is no such tenant.
        """
        tenant = self._configuration.tenant(tenant_id)
        if tenant is None:
            raise NotFoundError("there is no such tenant")
        since = self._clock.now() - LATELY
        found = [
            (alert.is_raised, alert.raised_at, alert)
            for alert in self._alerts.alerts(tenant_id)
            if alert.raised_at and (alert.cleared_at is None or alert.cleared_at >= since)
        ]
        newest_first = sorted(found, key=_place, reverse=True)[:MOST_LISTED]
        return RaisedAlerts([alert for *_, alert in newest_first], ZoneInfo(tenant.time_zone))


def _place(found: tuple[bool, datetime, Alert]) -> tuple[bool, datetime, str, str]:
    is_raised, raised_at, alert = found
    return is_raised, raised_at, alert.kind, alert.subject
