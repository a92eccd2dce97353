"""The log, in memory and in DynamoDB, keeps one contract."""

from __future__ import annotations

from typing import Any

import pytest

from recado.adapters.dynamodb.notifications import DynamoDBNotificationRepository
from recado.ports.notifications import NotificationRepository
from tests.contract.repositories.notification_contract import NotificationRepositoryContract
from tests.fakes.notifications import FakeNotifications


class TestFakeNotifications(NotificationRepositoryContract):
    @pytest.fixture
    def repository(self) -> NotificationRepository:
        return FakeNotifications()


class TestDynamoDBNotificationRepository(NotificationRepositoryContract):
    @pytest.fixture
    def repository(self, dynamodb: Any) -> NotificationRepository:
        return DynamoDBNotificationRepository(dynamodb, "notifications")
