"""The buckets of API keys, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.rate_limits import DynamoDBRateLimits
from recado.ports.rate_limits import RateLimits
from tests.contract.repositories.rate_limit_contract import (
    LIMIT,
    SECOND,
    RateLimitsContract,
    drained,
)
from tests.fakes.clock import NOON
from tests.fakes.rate_limits import FakeRateLimits

TABLE = "rate-limits"


class TestFakeRateLimits(RateLimitsContract):
    @pytest.fixture
    def limits(self) -> RateLimits:
        return FakeRateLimits()


class TestDynamoDBRateLimits(RateLimitsContract):
    @pytest.fixture
    def limits(self, dynamodb: Any) -> RateLimits:
        return DynamoDBRateLimits(dynamodb, TABLE)

    def test_containers_share_a_bucket(self, dynamodb: Any) -> None:
        one, other = DynamoDBRateLimits(dynamodb, TABLE), DynamoDBRateLimits(dynamodb, TABLE)

        taken = [limits.lease("k", LIMIT, now=NOON).tokens for limits in (one, other, one, other)]

        assert taken == [5, 5, 5, 5]
        assert drained(one) == drained(other) == 0

    def test_a_container_that_saw_an_older_bucket_takes_only_what_is_left(
        self, dynamodb: Any
    ) -> None:
        one, other = DynamoDBRateLimits(dynamodb, TABLE), DynamoDBRateLimits(dynamodb, TABLE)
        one.lease("k", LIMIT, now=NOON)
        drained(other)

        lease = one.lease("k", LIMIT, now=NOON + SECOND * 0.2)

        assert lease.tokens == 2

    def test_an_empty_bucket_is_not_asked_again(self, dynamodb: Any) -> None:
        limits = DynamoDBRateLimits(dynamodb, TABLE)
        drained(limits)
        calls: list[str] = []
        dynamodb.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name)
        )

        limits.lease("k", LIMIT, now=NOON + SECOND * 0.05)
        assert calls == []
        limits.lease("k", LIMIT, now=NOON + SECOND)
        assert calls == ["UpdateItem"]

    def test_hundreds_of_keys_can_be_looked_up(self, dynamodb: Any) -> None:
        limits = DynamoDBRateLimits(dynamodb, TABLE)
        names = [f"k{number}" for number in range(150)]
        for name in names[:120]:
            limits.lease(name, LIMIT, now=NOON)

        assert limits.last_used(names) == dict.fromkeys(names[:120], NOON)

    def test_a_row_that_vanished_is_begun_anew(self, dynamodb: Any) -> None:
        limits = DynamoDBRateLimits(dynamodb, TABLE)
        limits.lease("k", LIMIT, now=NOON)
        dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "k"}})

        assert limits.lease("k", LIMIT, now=NOON).tokens == LIMIT.at_once
