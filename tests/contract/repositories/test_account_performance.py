"""How accounts do and what weight that leaves them keep one contract in memory and in DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.account_performance import DynamoDBAccountPerformance
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.ports.account_performance import AccountPerformance, AccountWeights
from tests.cloud import TABLES
from tests.contract.repositories.account_performance_contract import (
    ACCOUNT,
    AccountPerformanceContract,
    AccountWeightsContract,
    counts,
)
from tests.fakes.account_performance import FakeAccountPerformance
from tests.fakes.clock import NOON
from tests.fakes.configuration import FakeConfiguration

STATISTICS = TABLES["STATISTICS_TABLE"]
CONFIGURATION = TABLES["CONFIGURATION_TABLE"]


class TestFakeAccountPerformance(AccountPerformanceContract):
    @pytest.fixture
    def performance(self) -> AccountPerformance:
        return FakeAccountPerformance()


class TestDynamoDBAccountPerformance(AccountPerformanceContract):
    @pytest.fixture
    def performance(self, dynamodb: Any) -> AccountPerformance:
        return DynamoDBAccountPerformance(dynamodb, STATISTICS)

    def test_counts_expire_after_a_day(
        self, dynamodb: Any, performance: AccountPerformance
    ) -> None:
        performance.add("andinos", "mail", counts(0, 1))

        [item] = dynamodb.scan(TableName=STATISTICS)["Items"]
        assert int(item["expires_at"]["N"]) == NOON.timestamp() + 24 * 3600

    def test_looking_takes_one_call_and_noting_one(
        self, dynamodb: Any, performance: AccountPerformance
    ) -> None:
        calls: list[str] = []
        dynamodb.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name)
        )

        performance.add("andinos", "mail", counts(1, 5))
        performance.latest("andinos", "mail", before=NOON)

        assert calls == ["UpdateItem", "Query"]


class TestFakeAccountWeights(AccountWeightsContract):
    @pytest.fixture
    def weights(self) -> AccountWeights:
        return FakeConfiguration()


class TestDynamoDBAccountWeights(AccountWeightsContract):
    @pytest.fixture
    def weights(self, dynamodb: Any) -> AccountWeights:
        return DynamoDBConfigurationRepository(dynamodb, CONFIGURATION)

    def test_weights_are_no_accounts(self, dynamodb: Any) -> None:
        repository = DynamoDBConfigurationRepository(dynamodb, CONFIGURATION)
        repository.put_account(ACCOUNT)

        assert repository.accounts("andinos") == [ACCOUNT]
        assert repository.weights("andinos") == {}
