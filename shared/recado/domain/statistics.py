"""What a notification adds to its tenant's counters.

A counter is the sum of what each notification contributes as it stands now. What it contributed
last is kept beside the counters, so that a change adds the difference and nothing else: read
twice, late or not at all, it leaves them where they belong.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from recado.domain.alerts import ALERT_EVENT
from recado.domain.channels import CHANNEL_OF, Channel, Provider
from recado.domain.latencies import bucket_of
from recado.domain.model import Model
from recado.domain.notification import Carrier, Mode, Notification, RouteStep, State

TAKEN = "taken"
"""Name of the count of notifications that a provider took at least once: that of the last one."""

GIVEN_UP = "given_up"
"""Name of the count of notifications that left a channel for the next one."""

LATENCY_PREFIX = "latency_"
"""What the names of the counts of durations begin with; the bucket's number follows."""

ON_THE_WAY = frozenset({State.PENDING, State.QUEUED, State.SENDING})
"""States that count as one, `pending`: they last for seconds, and each change of a count costs."""

CONTRIBUTION_KEPT = timedelta(days=30)
"""How long what a notification contributed outlives it: expired rows go when DynamoDB finds the
time, and one that changed after this was forgotten would be counted twice."""


class Span(StrEnum):
    """A stretch of time that has counters: a day in the tenant's time zone, an hour in UTC."""

    DAY = "day"
    HOUR = "hour"


KEPT: dict[Span, timedelta] = {Span.DAY: timedelta(days=400), Span.HOUR: timedelta(days=3)}
"""How long counters outlive their beginning: more than anybody can ask for."""


class Cell(Model):
    """Notifications that are counted together; what they do not share is None."""

    provider: Provider | None = None
    event_type: str | None = None
    template_id: str | None = None
    pricing_category: str | None = None

    @property
    def channel(self) -> Channel | None:
        """The channel of the provider; None where no channel could carry them."""
        return CHANNEL_OF[self.provider] if self.provider else None


class CounterScope(Model):
    """Whose counters: a tenant's, live or test, of all its divisions or of one."""

    tenant_id: str
    mode: Mode
    division: str | None = None


class CounterKey(Model):
    """Names a counter; `at` is the day, or the hour, as ISO 8601 writes it."""

    scope: CounterScope
    span: Span
    at: str
    cell: Cell

    @property
    def expires_at(self) -> datetime:
        """When nobody asks for it any more."""
        return datetime.fromisoformat(self.at).replace(tzinfo=UTC) + KEPT[self.span]


class Contribution(Model):
    """What a notification adds to the counters, as it stood once.

    Parameters
    ----------
    day, hour
        When it was made, in the tenant's time zone; when it was to be sent, in UTC. None where it
        counts in no hour: what the hours say is told by alerts, which would tell of themselves.
    latency
        Bucket of the time from then to when a provider took it; None when none did.
    taken_in
        Where that counts, if its channel was left since; None where it counts in `cell`.
    given_up
        The channels that it left.
    """

    scope: CounterScope
    day: date
    hour: str | None
    cell: Cell
    state: State
    latency: int | None = None
    taken_in: Cell | None = None
    given_up: tuple[Cell, ...] = ()

    @classmethod
    def of(cls, notification: Notification, zone: tzinfo) -> Contribution:
        """What a notification contributes."""
        sent_at, sent_by = notification.sent_at, notification.sent_by
        wanted = wanted_at(notification)
        route = notification.route
        category = notification.pricing_category
        return cls(
            scope=CounterScope(
                tenant_id=notification.tenant_id,
                mode=notification.mode,
                division=notification.division,
            ),
            day=notification.created_at.astimezone(zone).date(),
            hour=None if notification.event_type.startswith(ALERT_EVENT) else hour_of(wanted),
            cell=_cell(notification, notification.current_step if route else None, category),
            state=counted_as(notification.state),
            latency=bucket_of((sent_at - wanted).total_seconds()) if sent_at else None,
            taken_in=_cell(notification, sent_by) if sent_by else None,
            given_up=tuple(_cell(notification, step) for step in route[: notification.step]),
        )

    def counts(self) -> dict[CounterKey, Counter[str]]:
        """How much it adds to which counters.

        Counters on which this notification stands already rest on what is said here: whoever
        changes it must count all notifications anew.
        """
        parts: list[tuple[Cell, Counter[str]]] = [(self.cell, Counter({self.state.value: 1}))]
        if self.latency is not None:
            taken = Counter({TAKEN: 1, f"{LATENCY_PREFIX}{self.latency:02d}": 1})
            parts.append((self.taken_in or self.cell, taken))
        parts += [(left, Counter({GIVEN_UP: 1})) for left in self.given_up]
        added: dict[CounterKey, Counter[str]] = {}
        whole = self.scope.model_copy(update={"division": None})
        for scope in dict.fromkeys((whole, self.scope)):
            for cell, counts in parts:
                day = CounterKey(scope=scope, span=Span.DAY, at=self.day.isoformat(), cell=cell)
                added.setdefault(day, Counter()).update(counts)
                if self.hour is not None:
                    by = Cell(provider=cell.provider)
                    hour = CounterKey(scope=scope, span=Span.HOUR, at=self.hour, cell=by)
                    added.setdefault(hour, Counter()).update(counts)
        return added


class Counted(Model):
    """What a notification contributed last, and the version that it had then.

    `revision` counts how often that was stored; the repository stores only over the one that was
    read.
    """

    version: int
    contribution: Contribution
    revision: int = 1


def must_be_counted(counted: Counted | None, notification: Notification, now: Contribution) -> bool:
    """Whether what was counted of a notification has to be replaced by how it stands in a change.

    A change that contributes the same is noted only where another one may lie between, which
    would count if it came late. None can before a first attempt has ended.
    """
    if counted is None:
        return True
    if notification.version < counted.version:
        return False
    if now != counted.contribution:
        return True
    return notification.version > counted.version + 1 and not _is_first_try(notification)


def difference(before: Contribution | None, after: Contribution) -> dict[CounterKey, Counter[str]]:
    """What to add to counters, or to take off, when a contribution takes another's place."""
    changes = after.counts()
    for key, counts in (before.counts() if before else {}).items():
        changes.setdefault(key, Counter()).subtract(counts)
    return {
        key: Counter({name: count for name, count in counts.items() if count})
        for key, counts in changes.items()
        if any(counts.values())
    }


def counted_as(state: State) -> State:
    """The state that a state is counted as."""
    return State.PENDING if state in ON_THE_WAY else state


def wanted_at(notification: Notification) -> datetime:
    """When it was to be sent."""
    return max(notification.created_at, notification.send_at or notification.created_at)


def hour_of(moment: datetime) -> str:
    """The hour of a moment in UTC, as counters name it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H}"


def _cell(
    notification: Notification, by: RouteStep | Carrier | None, category: str | None = None
) -> Cell:
    return Cell(
        provider=by.provider if by else None,
        event_type=notification.event_type,
        template_id=by.template_id if by else None,
        pricing_category=category,
    )


def _is_first_try(notification: Notification) -> bool:
    """Whether it was only ever on its way, whatever version of it is looked at."""
    waits = notification.attempts == 0 and notification.state in ON_THE_WAY
    is_sending = notification.attempts == 1 and notification.state is State.SENDING
    return notification.step == 0 and notification.retries == 0 and (waits or is_sending)
