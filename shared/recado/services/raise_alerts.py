"""Raise alerts to the tenants' teams, and tell them when they are over."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from recado.domain.alerts import Alert, Condition, Severity
from recado.domain.channels import Channel
from recado.domain.errors import without_message
from recado.domain.model import Model
from recado.domain.tenants import Tenant
from recado.ports.alerts import AlertRepository
from recado.ports.internal_secrets import TenantList
from recado.services.tell_team import TellTeam
from recado.services.watch_conditions import WatchConditions, Watched

logger = logging.getLogger(__name__)

RUNS_EVERY = 15 * 60
"""Seconds."""


class AlertRun(Model):
    """What one run did. `told` counts news, however many channels they went by."""

    tenants: int = 0
    raised: int = 0
    cleared: int = 0
    told: int = 0
    untold: int = 0

    def __add__(self, other: AlertRun) -> AlertRun:
        return AlertRun(
            tenants=self.tenants + other.tenants,
            raised=self.raised + other.raised,
            cleared=self.cleared + other.cleared,
            told=self.told + other.told,
            untold=self.untold + other.untold,
        )


class RaiseAlerts:
    """Follows the conditions of every tenant."""

    def __init__(
        self,
        *,
        tenants: TenantList,
        alerts: AlertRepository,
        watch: WatchConditions,
        tell: TellTeam,
    ) -> None:
        self._tenants = tenants
        self._alerts = alerts
        self._watch = watch
        self._tell = tell

    def __call__(self, now: datetime, *, has_time: Callable[[], bool]) -> AlertRun:
        """Look at all tenants at `now`, the time for which the run was scheduled.

        Where there is no time left for some, the next run looks at them. Running twice for the
        same time tells nothing twice. What fails for a tenant, or for one of its alerts, is raised
        when all others are done with.
        """
        run = AlertRun()
        failure: Exception | None = None
        tenants = deque(self._tenants.tenants())
        # No tenant is always the first one, nor always the last.
        tenants.rotate(int(now.timestamp()) // RUNS_EVERY)
        for tenant in takewhile(lambda _: has_time(), tenants):
            try:
                watched = self._watch(tenant, now)
                failure = watched.failure or failure
                known = self._alerts.alerts(tenant.tenant_id)
            except Exception as error:
                failure = _logged(tenant, error)
                continue
            run += AlertRun(tenants=1)
            paired = _paired(tenant, known, watched.conditions)
            for alert, condition in takewhile(lambda _: has_time(), paired):
                try:
                    run += self._follow(tenant, watched, alert, condition, now)
                except Exception as error:
                    failure = _logged(tenant, error)
        if failure is not None:
            raise failure
        return run

    def _follow(
        self,
        tenant: Tenant,
        watched: Watched,
        alert: Alert,
        condition: Condition | None,
        now: datetime,
    ) -> AlertRun:
        """Store what was seen, then tell what is new; nothing where another run came first."""
        after: Alert | None = alert
        if alert.kind in watched.judged:
            after = self._seen(tenant, alert, condition, now)
        if after is None:
            return AlertRun()
        turned = AlertRun(
            raised=int(after.is_raised and not alert.is_raised),
            cleared=int(alert.is_raised and not after.is_raised),
        )
        return turned + self._told(tenant, after, watched.broken, now)

    def _seen(
        self, tenant: Tenant, alert: Alert, condition: Condition | None, now: datetime
    ) -> Alert | None:
        """The alert with what was seen, stored; None when another run came first."""
        zone = ZoneInfo(tenant.time_zone)
        today = now.astimezone(zone).date()
        after = alert.seen(condition, now, today=today, rules=tenant.alerts)
        return alert if after == alert else self._saved(after)

    def _told(
        self, tenant: Tenant, alert: Alert, broken: Collection[Channel] | None, now: datetime
    ) -> AlertRun:
        """Tell what is new of an alert, unless that has to wait."""
        if alert.news is None:
            return AlertRun()
        zone = ZoneInfo(tenant.time_zone)
        waits = alert.severity is not Severity.CRITICAL and tenant.alerts.keeps_quiet(now, zone)
        if waits or broken is None or not self._tell(tenant, alert, broken):
            return AlertRun(untold=1)
        # Where another run has stored that, it told the same.
        self._saved(alert.told(now.astimezone(zone).date()))
        return AlertRun(told=1)

    def _saved(self, alert: Alert) -> Alert | None:
        if not self._alerts.save_alert(alert):
            return None
        return alert.model_copy(update={"version": alert.version + 1})


def _paired(
    tenant: Tenant, known: Iterable[Alert], conditions: Iterable[Condition]
) -> Iterator[tuple[Alert, Condition | None]]:
    """Every alert that is known or begins, with what was seen of it."""
    alerts = {(alert.kind, alert.subject): alert for alert in known}
    seen = {(condition.kind, condition.subject): condition for condition in conditions}
    for key in sorted(alerts.keys() | seen.keys()):
        new = Alert(tenant_id=tenant.tenant_id, kind=key[0], subject=key[1])
        yield alerts.get(key, new), seen.get(key)


def _logged(tenant: Tenant, error: Exception) -> Exception:
    extra = {"tenant_id": tenant.tenant_id, **without_message(error)}
    logger.error("a tenant's alerts could not be looked at", extra=extra)
    return error
