"""Events and clients' endpoints, in memory and in DynamoDB, keep their contracts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.events import DynamoDBEventRepository
from recado.ports.events import ClientEndpoints, EventRepository
from tests.cloud import create_table
from tests.contract.repositories.client_endpoint_contract import ClientEndpointsContract
from tests.contract.repositories.event_contract import EventRepositoryContract, an_event
from tests.fakes.clock import NOON
from tests.fakes.events import FakeEndpoints, FakeEvents


class TestFakeEvents(EventRepositoryContract):
    @pytest.fixture
    def repository(self) -> EventRepository:
        return FakeEvents()


class TestDynamoDBEventRepository(EventRepositoryContract):
    @pytest.fixture
    def client(self, aws: None) -> Any:
        client = boto3.client("dynamodb")
        create_table(client, "what-happened", {})
        return client

    @pytest.fixture
    def repository(self, client: Any) -> EventRepository:
        return DynamoDBEventRepository(client, "what-happened")

    def test_an_event_expires_after_thirty_days(
        self, client: Any, repository: EventRepository
    ) -> None:
        repository.keep([an_event()])

        [item] = client.scan(TableName="what-happened")["Items"]
        assert int(item["expires_at"]["N"]) == int((NOON + timedelta(days=30)).timestamp())


class TestFakeEndpoints(ClientEndpointsContract):
    @pytest.fixture
    def endpoints(self) -> ClientEndpoints:
        return FakeEndpoints()


class TestDynamoDBConfigurationRepository(ClientEndpointsContract):
    @pytest.fixture
    def endpoints(self, dynamodb: Any) -> ClientEndpoints:
        return DynamoDBConfigurationRepository(dynamodb, "configuration")
