"""Look for what a tenant's team should hear of."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from recado.domain.alerts import AlertKind, Condition
from recado.domain.channel_health import AccountHealth, ChannelHealth
from recado.domain.channels import Channel, Provider
from recado.domain.circuits import Circuit
from recado.domain.conditions import (
    account_down,
    account_quality,
    broken_channels,
    budget_exhausted,
    dead_letters,
    nothing_sent,
    template_conditions,
    token_expires,
    too_many_failed,
)
from recado.domain.errors import without_message
from recado.domain.notification import Mode
from recado.domain.spending import month_of
from recado.domain.statistics import TAKEN, CounterScope, Span, hour_of
from recado.domain.tallies import Tally
from recado.domain.templates import approved_template
from recado.domain.tenants import Tenant
from recado.domain.wall_clock import at_wall_clock
from recado.ports.accounts import TemplatesInForce
from recado.ports.alerts import AlertRepository, QueueDepths
from recado.ports.configuration import ConfigurationRepository
from recado.ports.inbound import StateReader
from recado.ports.spending import SpendingLedger
from recado.ports.statistics import Circuits, Statistics

logger = logging.getLogger(__name__)

HOURS_BEFORE = timedelta(hours=23)
"""With the running one that is a day of 24 whole hours. With one more, what goes out at the same
hour every day would be judged together with that of the day before."""

ACCOUNTS = frozenset(
    {
        AlertKind.TOO_MANY_FAILED,
        AlertKind.ACCOUNT_DOWN,
        AlertKind.ACCOUNT_QUALITY,
        AlertKind.TOKEN_EXPIRES,
    }
)
TEMPLATES = frozenset({AlertKind.TEMPLATE_STOPPED, AlertKind.TEMPLATE_QUALITY})
SILENCE = frozenset({AlertKind.NOTHING_SENT})
QUEUES = frozenset({AlertKind.DEAD_LETTERS})
BUDGET = frozenset({AlertKind.BUDGET_EXHAUSTED})
"""The kinds of alerts, as they are looked for together."""


@dataclass(frozen=True)
class Watched:
    """What was seen.

    Parameters
    ----------
    judged
        The kinds that could be looked for: of the others nothing is known.
    broken
        The channels that nothing should be told by; None where that is not known.
    """

    conditions: tuple[Condition, ...]
    judged: frozenset[AlertKind]
    broken: frozenset[Channel] | None
    failure: Exception | None


class WatchConditions:
    """Looks at counters, accounts, templates and queues; what fails costs the others nothing.

    Parameters
    ----------
    operations_tenant
        Whose team hears of the installation's own queues; None where nobody does.
    """

    def __init__(
        self,
        *,
        alerts: AlertRepository,
        statistics: Statistics,
        circuits: Circuits,
        configuration: ConfigurationRepository,
        states: StateReader,
        templates: TemplatesInForce,
        queues: QueueDepths,
        spending: SpendingLedger,
        operations_tenant: str | None,
    ) -> None:
        self._alerts = alerts
        self._statistics = statistics
        self._circuits = circuits
        self._configuration = configuration
        self._states = states
        self._templates = templates
        self._queues = queues
        self._spending = spending
        self._operations_tenant = operations_tenant

    def __call__(self, tenant: Tenant, now: datetime) -> Watched:
        """What is so at `now`, the time for which the run was scheduled."""
        looks = _Looks(tenant.tenant_id)
        health = looks.take(ACCOUNTS, partial(self._health, tenant, now))
        if health is not None:
            looks.found += _of_health(health, tenant, now)
        for kinds, part in (
            (TEMPLATES, self._of_templates),
            (SILENCE, self._of_silence),
            (QUEUES, self._of_queues),
            (BUDGET, self._of_budget),
        ):
            looks.found += looks.take(kinds, partial(part, tenant, now)) or []
        return Watched(
            conditions=tuple(each for each in looks.found if each is not None),
            judged=frozenset(looks.judged),
            broken=None if health is None else broken_channels(health.channels, now),
            failure=looks.failure,
        )

    def _health(self, tenant: Tenant, now: datetime) -> _Health:
        everything = Tally()
        tallies: defaultdict[Channel | None, Tally] = defaultdict(Tally)
        taken: dict[Provider | None, str] = {}
        hours = (hour_of(now - HOURS_BEFORE), hour_of(now))
        for found in self._statistics.counts(_scope(tenant), Span.HOUR, *hours):
            everything.add(found.counts)
            tallies[found.cell.channel].add(found.counts)
            if found.counts[TAKEN] > 0:
                provider = found.cell.provider
                taken[provider] = max(found.at, taken.get(provider, found.at))
        accounts = self._accounts(tenant.tenant_id)
        channels = [
            ChannelHealth(
                channel=channel,
                tally=tallies[channel],
                accounts=tuple(each for each in accounts if each.account.channel is channel),
            )
            for channel in Channel
        ]
        return _Health(everything, channels, _well_at(accounts, taken))

    def _accounts(self, tenant_id: str) -> list[AccountHealth]:
        enabled = [a for a in self._configuration.accounts(tenant_id) if a.enabled]
        circuits = self._circuits.of(enabled)
        told = {state.account_id: state for state in self._states.account_states(tenant_id)}
        return [
            AccountHealth(
                account=account,
                circuit=circuits.get(account.account_id, Circuit(is_forgotten=True)),
                told=told.get(account.account_id),
            )
            for account in enabled
        ]

    def _of_templates(self, tenant: Tenant, now: datetime) -> list[Condition]:
        del now
        states = self._states.template_states(tenant.tenant_id)
        if not states:
            return []
        accounts = self._configuration.accounts(tenant.tenant_id)
        enabled = {account.account_id for account in accounts if account.enabled}
        in_force = self._templates.in_force(tenant.tenant_id)
        used = [named for each in in_force if (named := approved_template(each.content))]
        return list(template_conditions(states, enabled, used))

    def _of_silence(self, tenant: Tenant, now: datetime) -> list[Condition | None]:
        """Whether today is silent against the habit; notes the day's first message."""
        zone = ZoneInfo(tenant.time_zone)
        local = now.astimezone(zone)
        rhythm = self._alerts.rhythm(tenant.tenant_id)
        has_sent = local.date() in rhythm.first_sent
        if not has_sent and self._has_sent(tenant, now, zone):
            has_sent = True
            # Who loses a race was told the same by the same counters.
            self._alerts.save_rhythm(rhythm.noted(local.date(), local.time()))
        return [nothing_sent(rhythm, now, zone, has_sent=has_sent)]

    def _has_sent(self, tenant: Tenant, now: datetime, zone: ZoneInfo) -> bool:
        """Whether a provider took anything that was to be sent today, whenever it was planned."""
        midnight = at_wall_clock(now.astimezone(zone).date(), time(), zone)
        # Of an hour in which two days meet nobody knows whose its messages are.
        first = hour_of(midnight + timedelta(hours=1) - timedelta.resolution)
        counts = self._statistics.counts(_scope(tenant), Span.HOUR, first, hour_of(now))
        return any(found.counts[TAKEN] > 0 for found in counts)

    def _of_queues(self, tenant: Tenant, now: datetime) -> list[Condition]:
        del now
        if tenant.tenant_id != self._operations_tenant:
            return []
        return dead_letters(self._queues.depths())

    def _of_budget(self, tenant: Tenant, now: datetime) -> list[Condition | None]:
        if tenant.monthly_budget is None:
            return []
        spending = self._spending.spent(tenant.tenant_id, month_of(now, tenant))
        return [budget_exhausted(spending, tenant)]


@dataclass(frozen=True)
class _Health:
    """What became of the last 24 hours' notifications, in all and by channel.

    `well_at` holds when accounts last worked, as far as counters tell: the beginning of the hour.
    """

    everything: Tally
    channels: Sequence[ChannelHealth]
    well_at: Mapping[str, datetime]


class _Looks:
    """Collects what is seen of a tenant, part by part."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id
        self.found: list[Condition | None] = []
        self.judged: set[AlertKind] = set()
        self.failure: Exception | None = None

    def take[T](self, kinds: Collection[AlertKind], part: Callable[[], T]) -> T | None:
        """Look at one part; where that fails nothing is known of its kinds."""
        try:
            seen = part()
        except Exception as error:
            extra = {"tenant_id": self._tenant_id, "kinds": sorted(kinds), **without_message(error)}
            logger.error("some conditions could not be looked at", extra=extra)
            self.failure = error
            return None
        self.judged |= set(kinds)
        return seen


def _of_health(health: _Health, tenant: Tenant, now: datetime) -> Iterator[Condition | None]:
    yield too_many_failed(health.everything, tenant.alerts)
    for channel in health.channels:
        for account in channel.accounts:
            well_at = health.well_at.get(account.account.account_id)
            yield account_down(account, well_at=well_at)
            yield account_quality(account)
            yield token_expires(account.account, now, tenant.alerts)


def _well_at(
    accounts: Sequence[AccountHealth], taken: Mapping[Provider | None, str]
) -> dict[str, datetime]:
    """When each account's provider last took something; of two at one provider neither is known."""
    alone = Counter(health.account.provider for health in accounts)
    return {
        health.account.account_id: datetime.fromisoformat(taken[provider]).replace(tzinfo=UTC)
        for health in accounts
        if (provider := health.account.provider) in taken and alone[provider] == 1
    }


def _scope(tenant: Tenant) -> CounterScope:
    return CounterScope(tenant_id=tenant.tenant_id, mode=Mode.LIVE)
