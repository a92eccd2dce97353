"""Counters, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from recado.adapters.dynamodb.statistics import DynamoDBStatistics
from recado.ports.statistics import Statistics
from tests.cloud import create_table
from tests.contract.repositories.statistics_contract import (
    StatisticsContract,
    a_notification,
    a_recount,
    scope_of,
    totals,
)
from tests.fakes.clock import NOON
from tests.fakes.statistics import FakeStatistics
from tests.faults import Faults


class TestFakeStatistics(StatisticsContract):
    @pytest.fixture
    def statistics(self) -> Statistics:
        return FakeStatistics()


class TestDynamoDBStatistics(StatisticsContract):
    @pytest.fixture
    def client(self, aws: None) -> Any:
        client = boto3.client("dynamodb")
        create_table(client, "counters", {})
        return client

    @pytest.fixture
    def statistics(self, client: Any) -> Statistics:
        return DynamoDBStatistics(client, "counters")

    def test_rows_expire_when_nobody_asks_for_them_any_more(
        self, client: Any, statistics: Statistics
    ) -> None:
        statistics.recount([a_recount(a_notification())], lost_before=0)

        expiry = {
            item["sk"]["S"].partition("#")[0]: datetime.fromtimestamp(
                int(item["expires_at"]["N"]), UTC
            )
            for item in client.scan(TableName="counters")["Items"]
        }
        midnight = NOON.replace(hour=0)
        assert expiry == {
            "COUNTED": NOON + timedelta(days=365),
            "day": midnight + timedelta(days=400),
            "hour": NOON + timedelta(days=3),
        }

    def test_a_row_is_smaller_than_a_write_unit(self, client: Any, statistics: Statistics) -> None:
        for number in range(60):
            taken = NOON + timedelta(seconds=1.1**number)
            one = a_notification(number, state="sent", sent_at=taken, step=1, division="norte")
            statistics.recount([a_recount(one)], lost_before=0)

        items = client.scan(TableName="counters")["Items"]
        sizes = [
            sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())
            for item in items
        ]
        assert max(sizes) < 1024

    def test_who_lost_before_writes_beside_and_the_sum_is_right(
        self, client: Any, statistics: Statistics
    ) -> None:
        for number in range(12):
            statistics.recount([a_recount(a_notification(number))], lost_before=number % 2)

        [counts] = totals(statistics, scope_of(a_notification())).values()
        assert counts == {"pending": 12}

    def test_a_store_that_is_out_is_an_error_and_no_lost_race(
        self, client: Any, statistics: Statistics
    ) -> None:
        Faults(client).refuse("TransactWriteItems", code="InternalServerError")

        with pytest.raises(client.exceptions.ClientError):
            statistics.recount([a_recount(a_notification())], lost_before=0)

        assert totals(statistics, scope_of(a_notification())) == {}
