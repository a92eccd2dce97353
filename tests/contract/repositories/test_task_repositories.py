"""Tasks and departures, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.tasks import DynamoDBDepartures, DynamoDBTaskRepository
from recado.ports.tasks import Departures, TaskRepository
from tests.contract.repositories.task_contract import (
    REFUSED,
    TASK,
    DeparturesContract,
    TaskRepositoryContract,
)
from tests.fakes.tasks import FakeDepartures, FakeTasks


class TestFakeTasks(TaskRepositoryContract):
    @pytest.fixture
    def tasks(self) -> TaskRepository:
        return FakeTasks()


class TestDynamoDBTaskRepository(TaskRepositoryContract):
    @pytest.fixture
    def tasks(self, dynamodb: Any) -> TaskRepository:
        return DynamoDBTaskRepository(dynamodb, "directory")

    def test_every_row_expires(self, dynamodb: Any) -> None:
        DynamoDBTaskRepository(dynamodb, "directory").put_task(TASK, [REFUSED])

        rows = dynamodb.scan(TableName="directory")["Items"]

        expires_at = {"N": str(int(TASK.expires_at.timestamp()))}
        assert [row["expires_at"] for row in rows] == [expires_at, expires_at]


class TestFakeDepartures(DeparturesContract):
    @pytest.fixture
    def departures(self) -> Departures:
        return FakeDepartures()


class TestDynamoDBDepartures(DeparturesContract):
    @pytest.fixture
    def departures(self, dynamodb: Any) -> Departures:
        return DynamoDBDepartures(dynamodb, "directory")
