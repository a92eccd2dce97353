"""What a try says of the account that made it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.account_performance import AccountTry, MinuteCounts
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from tests.fakes.clock import NOON


def counts_of(
    error: DeliveryError | None = None,
    *,
    seconds: float = 0.1,
    provider: Provider = Provider.SES,
) -> MinuteCounts:
    account = ChannelAccount(tenant_id="andinos", account_id="a", provider=provider)
    took = timedelta(seconds=seconds)
    at = NOON + timedelta(seconds=59.9)
    return AccountTry(account=account, at=at, took=took, error=error).counts()


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (None, 0),
        (RetryableError("503"), 1),
        (RetryableError("busy", account_fault=False), 0),
        (AccountError("190"), 1),
        (OutcomeUnknownError("timeout"), 1),
        (NotAttemptedError("circuit_open", retry_after=1), 1),
        (NotAttemptedError("circuit_unknown", retry_after=1), 0),
        (PermanentMessageError("132001"), 0),
        (PermanentRecipientError("131026"), 0),
        (AddressGoneError("410"), 0),
    ],
)
def test_only_what_is_the_accounts_fault_speaks_against_it(
    error: DeliveryError | None, failures: int
) -> None:
    assert counts_of(error) == MinuteCounts(minute=NOON, tries=1, failures=failures)


@pytest.mark.parametrize(
    ("provider", "seconds", "slow"),
    [
        (Provider.SES, 5.0, 0),
        (Provider.SES, 5.1, 1),
        (Provider.EVOLUTION, 50.0, 0),
        (Provider.EVOLUTION, 51.0, 1),
    ],
)
def test_a_call_is_slow_that_takes_more_than_half_its_time_out(
    provider: Provider, seconds: float, slow: int
) -> None:
    assert counts_of(provider=provider, seconds=seconds).slow == slow


def test_counts_of_a_minute_add_up() -> None:
    total = counts_of(AccountError("190")) + counts_of(seconds=9)

    assert total == MinuteCounts(minute=NOON, tries=2, failures=1, slow=1)
