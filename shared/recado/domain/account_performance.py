"""How channel accounts do: tries, failures and slow calls, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    RetryableError,
)
from recado.domain.model import Model

CIRCUIT_OPEN = "circuit_open"
"""Code of what was not tried because its account rests after failures in a row."""

KEPT = timedelta(days=1)
"""How long the counts are kept, and so how far back an account is judged."""

SLOW_SHARE = 0.5
"""A call is slow that took more than this share of its account's time-out: 5 of 10 seconds at
most providers, and 50 of 100 where a phone is waited for."""


class MinuteCounts(Model):
    """What became of the tries of an account that ended in one minute."""

    minute: datetime
    tries: int = 0
    failures: int = 0
    slow: int = 0

    def __add__(self, other: MinuteCounts) -> MinuteCounts:
        return MinuteCounts(
            minute=max(self.minute, other.minute),
            tries=self.tries + other.tries,
            failures=self.failures + other.failures,
            slow=self.slow + other.slow,
        )


@dataclass(frozen=True)
class AccountTry:
    """A try by an account: when it ended, how long it took, and the error, if any."""

    account: ChannelAccount
    at: datetime
    took: timedelta
    error: DeliveryError | None

    def counts(self) -> MinuteCounts:
        """What this try adds to its minute.

        What an open circuit turned away counts as well: it would have gone by this account, and
        while the circuit is open nothing else shows how it does.
        """
        failed = self.error is not None and is_turned_down_by_account(self.error)
        is_slow = self.took.total_seconds() > SLOW_SHARE * self.account.timeout_seconds
        return MinuteCounts(
            minute=minute_of(self.at), tries=1, failures=int(failed), slow=int(is_slow)
        )


def is_account_fault(error: DeliveryError) -> bool:
    """Whether an error speaks against the account, and not against the message or its recipient."""
    if isinstance(error, RetryableError):
        return error.account_fault
    return isinstance(error, AccountError | OutcomeUnknownError)


def is_turned_down_by_account(error: DeliveryError) -> bool:
    """Whether it is the account's fault, or its circuit's, that a message did not go."""
    if isinstance(error, NotAttemptedError):
        return error.code == CIRCUIT_OPEN
    return is_account_fault(error)


def minute_of(moment: datetime) -> datetime:
    """The minute in which a moment lies, by its beginning."""
    return moment.replace(second=0, microsecond=0)
