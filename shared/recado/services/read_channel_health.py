"""How the channels of a tenant did in the last 24 hours, from its counters."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from recado.domain.channel_health import AccountHealth, ChannelHealth
from recado.domain.channels import Channel
from recado.domain.circuits import Circuit
from recado.domain.statistics import CounterScope, Span, hour_of
from recado.domain.tallies import Tally
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.inbound import StateReader
from recado.ports.statistics import Circuits, Statistics

PERIOD = timedelta(hours=24)


class ReadChannelHealth:
    """Reads the counters of hours, the circuits, and what providers said of accounts."""

    def __init__(
        self,
        *,
        statistics: Statistics,
        circuits: Circuits,
        configuration: ConfigurationRepository,
        states: StateReader,
        clock: Clock,
    ) -> None:
        self._statistics = statistics
        self._circuits = circuits
        self._configuration = configuration
        self._states = states
        self._clock = clock

    def __call__(self, scope: CounterScope) -> list[ChannelHealth]:
        """Every channel that has an enabled account, or was tried in the last 24 hours.

        The hour in which these begin counts whole.
        """
        now = self._clock.now()
        tallies: defaultdict[Channel, Tally] = defaultdict(Tally)
        first, last = hour_of(now - PERIOD), hour_of(now)
        for found in self._statistics.counts(scope, Span.HOUR, first, last):
            if found.cell.channel is not None:
                tallies[found.cell.channel].add(found.counts)
        accounts = self._accounts(scope.tenant_id)
        used = {channel for channel, tally in tallies.items() if tally}
        return [
            ChannelHealth(
                channel=channel, tally=tallies[channel], accounts=tuple(accounts[channel])
            )
            for channel in Channel
            if channel in used or accounts[channel]
        ]

    def _accounts(self, tenant_id: str) -> dict[Channel, list[AccountHealth]]:
        enabled = [a for a in self._configuration.accounts(tenant_id) if a.enabled]
        circuits = self._circuits.of(enabled)
        told = {state.account_id: state for state in self._states.account_states(tenant_id)}
        found: defaultdict[Channel, list[AccountHealth]] = defaultdict(list)
        for account in sorted(enabled, key=lambda a: (a.priority, a.account_id)):
            found[account.channel].append(
                AccountHealth(
                    account=account,
                    circuit=circuits.get(account.account_id, Circuit()),
                    told=told.get(account.account_id),
                )
            )
        return found
