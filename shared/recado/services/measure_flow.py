"""Tell those on duty what the counters were changed by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from recado.domain.notification import Mode, Notification
from recado.domain.statistics import Cell, CounterKey, Span, wanted_at
from recado.domain.tallies import NOT_CARRIED, Tally
from recado.ports.configuration import ConfigurationRepository
from recado.ports.metrics import Metric, Metrics
from recado.ports.statistics import Recount

NO_CHANNEL = "none"
"""The channel of notifications that none could carry."""


class MeasureFlow:
    """Turns what was counted into measures by channel, of all live notifications."""

    def __init__(self, *, metrics: Metrics, configuration: ConfigurationRepository) -> None:
        self._metrics = metrics
        self._configuration = configuration

    def __call__(self, counted: Iterable[tuple[Recount, Notification]]) -> None:
        """Measure notifications that were counted just now, each with what that changed."""
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        took: defaultdict[str, list[float]] = defaultdict(list)
        failures: defaultdict[str, list[float]] = defaultdict(list)
        for recount, notification in counted:
            _add(tallies, recount.added)
            if _was_taken_first(recount):
                contribution = recount.contribution
                channel = _channel(contribution.taken_in or contribution.cell)
                took[channel] += self._milliseconds(notification)
                failures[channel].append(0)
            if _failed_first(recount, notification):
                failures[_channel(recount.contribution.cell)].append(1)
        for channel, tally in sorted(tallies.items()):
            values = _values(tally)
            if took[channel]:
                values[Metric.ACCEPT_TO_SENT] = took[channel]
            if failures[channel]:
                values[Metric.FAILURE] = failures[channel]
            if values:
                self._metrics.put(values, {"channel": channel})

    def _milliseconds(self, notification: Notification) -> list[float]:
        """How long it took, the recipient's quiet hours aside; nothing where nobody took it."""
        tenant, sent_at = self._configuration.tenant(notification.tenant_id), notification.sent_at
        if tenant is None or sent_at is None:
            return []
        begun = wanted_at(notification)
        quiet_until = tenant.quiet_until(begun, notification.time_zone)
        if quiet_until is not None and quiet_until <= sent_at:
            begun = quiet_until
        return [(sent_at - begun).total_seconds() * 1000]


def _add(tallies: Mapping[str, Tally], added: Mapping[CounterKey, Mapping[str, int]]) -> None:
    """Add what changed the counters of days, which hold each notification once."""
    for key, counts in added.items():
        is_whole = key.scope.division is None and key.scope.mode is Mode.LIVE
        if is_whole and key.span is Span.DAY:
            tallies[_channel(key.cell)].add(counts)


def _was_taken_first(recount: Recount) -> bool:
    """Whether no provider had it before: what is sent again later says nothing of our speed."""
    was_taken = recount.over is not None and recount.over.contribution.latency is not None
    is_live = recount.contribution.scope.mode is Mode.LIVE
    return is_live and recount.contribution.latency is not None and not was_taken


def _failed_first(recount: Recount, notification: Notification) -> bool:
    """Whether it did not fail before: one that is taken up, and fails again, is one failure."""
    over = recount.over
    had_failed = over is not None and over.contribution.state in NOT_CARRIED
    is_live = recount.contribution.scope.mode is Mode.LIVE
    has_failed = recount.contribution.state in NOT_CARRIED
    return is_live and has_failed and not had_failed and notification.take_ups == 0


def _values(tally: Tally) -> dict[Metric, list[float]]:
    counts = {
        Metric.ACCEPTED: tally.total,
        Metric.SENT: tally.sent,
        Metric.DELIVERED: tally.delivered,
        Metric.READ: tally.read,
        Metric.REPLIED: tally.replied,
        Metric.FAILED: tally.not_carried,
        Metric.FELL_BACK: tally.given_up,
    }
    return {metric: [float(count)] for metric, count in counts.items() if count}


def _channel(cell: Cell) -> str:
    return cell.channel or NO_CHANNEL
