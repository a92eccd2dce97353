"""The log in both directions, in memory and in DynamoDB, keeps one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.communications import DynamoDBCommunicationLog
from recado.adapters.dynamodb.notifications import DynamoDBNotificationRepository
from tests.contract.repositories.communication_log_contract import CommunicationLogContract
from tests.contract.repositories.inbound_log_contract import InboundLogContract
from tests.fakes.notifications import FakeNotifications


class TestFakeLog(InboundLogContract, CommunicationLogContract):
    @pytest.fixture
    def notifications(self) -> FakeNotifications:
        return FakeNotifications()

    @pytest.fixture
    def log(self, notifications: FakeNotifications) -> FakeNotifications:
        return notifications

    @pytest.fixture
    def inbound(self, notifications: FakeNotifications) -> FakeNotifications:
        return notifications


class TestDynamoDBLog(InboundLogContract, CommunicationLogContract):
    @pytest.fixture
    def notifications(self, dynamodb: Any) -> DynamoDBNotificationRepository:
        return DynamoDBNotificationRepository(dynamodb, "notifications")

    @pytest.fixture
    def log(
        self, dynamodb: Any, notifications: DynamoDBNotificationRepository
    ) -> DynamoDBCommunicationLog:
        return DynamoDBCommunicationLog(dynamodb, "notifications", notifications)

    @pytest.fixture
    def inbound(self, log: DynamoDBCommunicationLog) -> DynamoDBCommunicationLog:
        return log
