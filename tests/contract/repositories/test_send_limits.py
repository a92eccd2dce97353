"""The limits of sending, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado.adapters.dynamodb.send_limits import DynamoDBSendLimits
from recado.adapters.dynamodb.spending import DynamoDBSpendingLedger
from recado.domain.rate_limits import RateLimit
from recado.domain.send_limits import Turns
from recado.ports.send_limits import BucketName, SendLimits
from recado.ports.spending import SpendingLedger
from tests.contract.repositories.send_limits_contract import (
    ACCOUNT,
    BUDGET,
    FIVE,
    MONTH,
    SECOND,
    TODAY,
    SendLimitsContract,
    SpendingLedgerContract,
    amounts,
    person,
)
from tests.fakes.clock import NOON
from tests.fakes.send_limits import FakeSendLimits, FakeSpendingLedger
from tests.faults import Faults

TABLE = "rate-limits"


@contextmanager
def calls_of(dynamodb: Any) -> Iterator[list[str]]:
    """The names of the calls that are made inside."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", note)
    yield calls
    dynamodb.meta.events.unregister("before-call.dynamodb", note)


class TestFakeSendLimits(SendLimitsContract):
    @pytest.fixture
    def send_limits(self) -> SendLimits:
        return FakeSendLimits()


class TestDynamoDBSendLimits(SendLimitsContract):
    @pytest.fixture
    def send_limits(self, dynamodb: Any) -> SendLimits:
        return DynamoDBSendLimits(dynamodb, TABLE)

    def test_a_batch_costs_one_write_whatever_becomes_of_it(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        with calls_of(dynamodb) as calls:
            limits.take(ACCOUNT, FIVE, turns=0, newcomers=10, now=NOON)
            limits.take(ACCOUNT, FIVE, turns=0, newcomers=10, now=NOON)
            limits.take(ACCOUNT, FIVE, turns=5, newcomers=5, now=NOON + SECOND)

        assert calls == ["UpdateItem"] * 3

    def test_who_only_missed_a_turn_costs_none(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        limits.take(ACCOUNT, FIVE, turns=0, newcomers=10, now=NOON)

        with calls_of(dynamodb) as calls:
            taken = limits.take(ACCOUNT, FIVE, turns=2, newcomers=0, now=NOON)

        assert (calls, taken) == ([], Turns(granted=0, waits=(0.2, 0.4)))

    def test_workers_share_a_bucket_and_a_line(self, dynamodb: Any) -> None:
        one, other = DynamoDBSendLimits(dynamodb, TABLE), DynamoDBSendLimits(dynamodb, TABLE)

        taken = [
            worker.take(ACCOUNT, FIVE, turns=0, newcomers=4, now=NOON)
            for worker in (one, other, one, other)
        ]

        assert [each.granted for each in taken] == [4, 1, 0, 0]
        waits = [wait for each in taken for wait in each.waits]
        assert waits == [pytest.approx(0.2 * number) for number in range(1, 12)]

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        asked=st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 4), st.integers(0, 900)),
            min_size=5,
            max_size=25,
        ),
        seed=st.uuids(),
    )
    def test_workers_that_saw_older_buckets_take_no_more_than_the_limit(
        self, dynamodb: Any, asked: list[tuple[int, int, int, int]], seed: UUID
    ) -> None:
        workers = [DynamoDBSendLimits(dynamodb, TABLE) for _ in range(4)]
        name = BucketName("andinos", str(seed))
        now, gone = NOON, []
        for worker, turns, newcomers, pause in asked:
            now += timedelta(milliseconds=pause)
            taken = workers[worker].take(name, FIVE, turns=turns, newcomers=newcomers, now=now)
            gone += [now] * taken.granted
            assert taken.granted + len(taken.waits) == turns + newcomers

        for number, first in enumerate(gone):
            for last, moment in enumerate(gone[number:], start=1):
                assert last <= FIVE.burst + FIVE.most * (moment - first).total_seconds() + 1e-3

    def test_a_worker_that_lost_every_race_lets_nothing_go(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        refusal = "ConditionalCheckFailedException"
        Faults(dynamodb).refuse("UpdateItem", code=refusal, times=5)

        taken = limits.take(ACCOUNT, FIVE, turns=0, newcomers=2, now=NOON)

        assert taken.granted == 0
        assert len(taken.waits) == 2

    def test_spellings_of_a_number_have_one_bucket(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        pair = RateLimit(most=1, seconds=6)
        spelled = person(1)
        assert spelled.address is not None
        other = spelled._replace(
            address=spelled.address.model_copy(update={"value": spelled.address.value[1:]})
        )

        limits.take(spelled, pair, turns=0, newcomers=1, now=NOON)

        assert limits.take(other, pair, turns=0, newcomers=1, now=NOON).granted == 0

    def test_rows_name_nobody_and_are_forgotten(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        limits.take(ACCOUNT, FIVE, turns=0, newcomers=1, now=NOON)
        limits.take(person(1), FIVE, turns=0, newcomers=1, now=NOON)
        limits.count_for_person("andinos", "customer-001", TODAY, "ntf_1", most=1)
        DynamoDBSpendingLedger(dynamodb, TABLE).reserve(
            "andinos", MONTH, amounts("0.1"), budget=BUDGET, now=NOON
        )

        rows = dynamodb.scan(TableName=TABLE)["Items"]

        assert len(rows) == 4
        assert all(int(row["expires_at"]["N"]) > NOON.timestamp() for row in rows)
        assert "59399" not in str(rows)
        assert "customer-001" not in str(rows)

    def test_a_store_that_fails_is_told_of(self, dynamodb: Any) -> None:
        limits = DynamoDBSendLimits(dynamodb, TABLE)
        Faults(dynamodb).refuse("UpdateItem", code="InternalServerError", times=100)

        with pytest.raises(ClientError):
            limits.take(ACCOUNT, FIVE, turns=0, newcomers=1, now=NOON)
        with pytest.raises(ClientError):
            limits.count_for_person("andinos", "c", TODAY, "ntf_1", most=1)
        ledger = DynamoDBSpendingLedger(dynamodb, TABLE)
        with pytest.raises(ClientError):
            ledger.reserve("andinos", MONTH, amounts("0.1"), budget=BUDGET, now=NOON)
        with pytest.raises(ClientError):
            ledger.reserve("andinos", MONTH, amounts("2"), budget=BUDGET, now=NOON)


class TestFakeSpendingLedger(SpendingLedgerContract):
    @pytest.fixture
    def ledger(self) -> SpendingLedger:
        return FakeSpendingLedger()


class TestDynamoDBSpendingLedger(SpendingLedgerContract):
    @pytest.fixture
    def ledger(self, dynamodb: Any) -> SpendingLedger:
        return DynamoDBSpendingLedger(dynamodb, TABLE)

    def test_a_batch_that_fits_costs_one_write(self, dynamodb: Any) -> None:
        ledger = DynamoDBSpendingLedger(dynamodb, TABLE)
        with calls_of(dynamodb) as calls:
            ledger.reserve("andinos", MONTH, amounts(*["0.01"] * 10), budget=BUDGET, now=NOON)

        assert calls == ["UpdateItem"]

    def test_two_workers_never_pass_the_budget_together(self, dynamodb: Any) -> None:
        workers = [DynamoDBSpendingLedger(dynamodb, TABLE) for _ in range(2)]
        spent = [
            sum(
                workers[number % 2].reserve(
                    "andinos", MONTH, amounts("0.07", "0.07", "0.07"), budget=BUDGET, now=NOON
                )
            )
            for number in range(8)
        ]

        assert sum(spent) == 14
        assert workers[0].spent("andinos", MONTH).spent == Decimal("0.98")

    def test_where_others_always_spend_first_nothing_more_is_spent(self, dynamodb: Any) -> None:
        ledger = DynamoDBSpendingLedger(dynamodb, TABLE)
        refusal = "ConditionalCheckFailedException"
        Faults(dynamodb).refuse("UpdateItem", code=refusal, times=5)

        fits = ledger.reserve("andinos", MONTH, amounts("0.1"), budget=BUDGET, now=NOON)

        assert fits == (False,)
