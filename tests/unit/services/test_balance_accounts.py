"""Every minute weights move away from accounts that do badly, and back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from recado.domain.account_performance import MinuteCounts
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.weights import AccountWeight, WeightReason
from recado.services.balance_accounts import BalanceAccounts, Balanced
from tests.fakes.account_performance import FakeAccountPerformance
from tests.fakes.clock import NOON
from tests.fakes.configuration import FakeConfiguration
from tests.workshop import TENANT

MINUTE = timedelta(minutes=1)


class Balance:
    """What balances, over fakes."""

    def __init__(self) -> None:
        self.configuration = FakeConfiguration()
        self.performance = FakeAccountPerformance()
        self._balance = BalanceAccounts(
            tenants=self.configuration,
            configuration=self.configuration,
            weights=self.configuration,
            performance=self.performance,
        )

    def tenant_with(self, *account_ids: str, tenant_id: str = TENANT.tenant_id) -> None:
        self.configuration.put_tenant(TENANT.model_copy(update={"tenant_id": tenant_id}))
        for account_id in account_ids:
            self.configuration.put_account(
                ChannelAccount(tenant_id=tenant_id, account_id=account_id, provider=Provider.SES)
            )

    def fail(self, account_id: str, *, at: datetime, tenant_id: str = TENANT.tenant_id) -> None:
        counts = MinuteCounts(minute=at, tries=10, failures=10)
        self.performance.add(tenant_id, account_id, counts)

    def __call__(self, now: datetime) -> Balanced:
        return self._balance(now)

    def weights(self, tenant_id: str = TENANT.tenant_id) -> dict[str, float]:
        stored = self.configuration.weights(tenant_id)
        return {name: weight.current(100) for name, weight in stored.items()}


@pytest.fixture
def balance() -> Balance:
    return Balance()


def test_an_account_that_errs_loses_weight_with_a_reason(
    balance: Balance, caplog: pytest.LogCaptureFixture
) -> None:
    balance.tenant_with("mail-1", "mail-2")
    balance.fail("mail-1", at=NOON)

    with caplog.at_level(logging.WARNING):
        balanced = balance(NOON + MINUTE)

    assert balanced == Balanced(looked_at=2, changed=1)
    assert balance.weights() == {"mail-1": 80}
    [record] = caplog.records
    assert record.__dict__["account_id"] == "mail-1"
    assert record.__dict__["reason"] is WeightReason.ERRORS
    assert record.__dict__["detail"] == "10 of the latest 10 tries failed"


def test_the_minute_that_runs_is_not_judged_yet(balance: Balance) -> None:
    balance.tenant_with("mail-1", "mail-2")
    balance.fail("mail-1", at=NOON)

    assert balance(NOON + 0.9 * MINUTE).changed == 0


def test_a_run_that_is_repeated_changes_nothing_more(balance: Balance) -> None:
    balance.tenant_with("mail-1", "mail-2")
    balance.fail("mail-1", at=NOON)
    balance(NOON + MINUTE)

    assert balance(NOON + MINUTE).changed == 0
    assert balance(NOON).changed == 0
    assert balance.weights() == {"mail-1": 80}


def test_weights_are_those_of_one_tenant(balance: Balance) -> None:
    balance.tenant_with("mail-1", "mail-2")
    balance.tenant_with("mail-1", "mail-2", tenant_id="costa")
    balance.fail("mail-1", at=NOON, tenant_id="costa")

    balance(NOON + MINUTE)

    assert (balance.weights(), balance.weights("costa")) == ({}, {"mail-1": 80})


def test_where_accounts_are_alone_nothing_is_read(balance: Balance) -> None:
    balance.tenant_with("mail-1")

    assert balance(NOON + MINUTE) == Balanced()


def test_a_change_that_was_made_meanwhile_stays(
    balance: Balance, monkeypatch: pytest.MonkeyPatch
) -> None:
    balance.tenant_with("mail-1", "mail-2")
    balance.fail("mail-1", at=NOON)
    balance(NOON + MINUTE)
    stale: dict[str, AccountWeight] = {}
    monkeypatch.setattr(balance.configuration, "weights", lambda _: stale)

    assert balance(NOON + 2 * MINUTE).changed == 0
    monkeypatch.undo()
    assert balance.weights() == {"mail-1": 80}


def test_a_tenant_that_cannot_be_read_costs_the_others_nothing(
    balance: Balance, monkeypatch: pytest.MonkeyPatch
) -> None:
    balance.tenant_with("mail-1", "mail-2", tenant_id="broken")
    balance.tenant_with("mail-1", "mail-2")
    balance.fail("mail-1", at=NOON)
    accounts = balance.configuration.accounts

    def broken(tenant_id: str) -> list[ChannelAccount]:
        if tenant_id == "broken":
            raise ConnectionError("no store")
        return accounts(tenant_id)

    monkeypatch.setattr(balance.configuration, "accounts", broken)
    with pytest.raises(ConnectionError):
        balance(NOON + MINUTE)

    assert balance.weights() == {"mail-1": 80}
