"""Keep the counters equal to the log."""

from __future__ import annotations

from collections.abc import Iterable

from recado.domain.errors import LostRaceError
from recado.domain.notification import Notification
from recado.domain.statistics import (
    CONTRIBUTION_KEPT,
    Contribution,
    Counted,
    difference,
    must_be_counted,
)
from recado.domain.time_zones import zone_of
from recado.ports.configuration import ConfigurationRepository
from recado.ports.notifications import NotificationKey
from recado.ports.statistics import Recount, Statistics
from recado.services.measure_flow import MeasureFlow

TRIES = 8


class CountNotifications:
    """Counts notifications as they stand after a change.

    Parameters
    ----------
    measure
        Is told what was counted, once; None where old notifications are counted anew.
    """

    def __init__(
        self,
        *,
        statistics: Statistics,
        configuration: ConfigurationRepository,
        measure: MeasureFlow | None = None,
    ) -> None:
        self._statistics = statistics
        self._configuration = configuration
        self._measure = measure

    def __call__(self, notifications: Iterable[Notification]) -> int:
        """Count notifications, in any order and as often as they come; only the newest versions
        matter.

        Gives of how many the counters changed.

        Raises
        ------
        LostRaceError
            Others wrote the same counters all the time. What was not counted may come again, and
            so may the rest.
        """
        waiting: dict[NotificationKey, Notification] = {}
        for each in notifications:
            key = NotificationKey(tenant_id=each.tenant_id, notification_id=each.notification_id)
            if key not in waiting or waiting[key].version < each.version:
                waiting[key] = each
        changed = 0
        for tried in range(TRIES):
            recounts = self._recounts(waiting)
            lost = self._statistics.recount(recounts, lost_before=tried) if recounts else set()
            won = [each for each in recounts if each.added and each.key not in lost]
            changed += len(won)
            if self._measure is not None:
                self._measure((each, waiting[each.key]) for each in won)
            waiting = {key: waiting[key] for key in lost}
            if not waiting:
                return changed
        raise LostRaceError(f"{len(waiting)} notifications could not be counted")

    def _recounts(self, waiting: dict[NotificationKey, Notification]) -> list[Recount]:
        counted = self._statistics.counted(waiting.keys())
        found = (self._recount(key, each, counted.get(key)) for key, each in waiting.items())
        return [recount for recount in found if recount is not None]

    def _recount(
        self, key: NotificationKey, notification: Notification, counted: Counted | None
    ) -> Recount | None:
        tenant = self._configuration.tenant(key.tenant_id)
        if tenant is None:
            # Nobody can ask for these counters any more.
            return None
        contribution = Contribution.of(notification, zone_of(tenant.time_zone))
        if not must_be_counted(counted, notification, contribution):
            return None
        return Recount(
            key=key,
            over=counted,
            version=notification.version,
            contribution=contribution,
            added=difference(counted.contribution if counted else None, contribution),
            expires_at=notification.expires_at + CONTRIBUTION_KEPT,
        )
