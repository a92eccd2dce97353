"""How well a channel works: what became of a day's notifications, and how its accounts are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from recado.domain.account_states import AccountState, AccountStatus
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.circuits import Circuit, CircuitState
from recado.domain.tallies import Tally

DEGRADED_BELOW = 0.95
DOWN_BELOW = 0.5
"""Success rates below which a channel is degraded, or down."""

FEWEST_JUDGED = 5
"""Of fewer notifications a rate says nothing."""

_CANNOT_SEND = (AccountStatus.DISCONNECTED, AccountStatus.DISABLED)


class HealthState(StrEnum):
    """How well something works."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class AccountHealth:
    """An enabled account: whether it rests after failures, and what its provider said last."""

    account: ChannelAccount
    circuit: Circuit
    told: AccountState | None

    @property
    def state(self) -> HealthState:
        """`down` while nothing can be sent by it."""
        status = self.told.status if self.told else AccountStatus.HEALTHY
        if self.circuit.state is CircuitState.OPEN or status in _CANNOT_SEND:
            return HealthState.DOWN
        if self.circuit.state is CircuitState.HALF_OPEN or status is not AccountStatus.HEALTHY:
            return HealthState.DEGRADED
        return HealthState.OK


@dataclass(frozen=True)
class ChannelHealth:
    """A channel: the notifications that it was tried for, and its accounts."""

    channel: Channel
    tally: Tally
    accounts: tuple[AccountHealth, ...]

    @property
    def failures(self) -> int:
        """Notifications that it did not carry: they failed on it, or left it for the next one."""
        return self.tally.not_carried + self.tally.given_up

    @property
    def success_rate(self) -> float | None:
        """Share of those it carried in those of which it is known; None where none is."""
        return Tally.rate(self.tally.carried, of=self.tally.carried + self.failures)

    @property
    def failure_rate(self) -> float | None:
        """What is left of the success rate."""
        return Tally.rate(self.failures, of=self.tally.carried + self.failures)

    @property
    def state(self) -> HealthState:
        """The worse of what the rates say and what the accounts say.

        The accounts say `down` where all of them are, `degraded` where one is not well.
        """
        states = [account.state for account in self.accounts]
        if states and all(state is HealthState.DOWN for state in states):
            return HealthState.DOWN
        rate = self.success_rate
        is_judged = rate is not None and self.tally.carried + self.failures >= FEWEST_JUDGED
        if is_judged and rate is not None and rate < DOWN_BELOW:
            return HealthState.DOWN
        is_weak = is_judged and rate is not None and rate < DEGRADED_BELOW
        if is_weak or any(state is not HealthState.OK for state in states):
            return HealthState.DEGRADED
        return HealthState.OK
