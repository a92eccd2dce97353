"""The log keeps its contract over the laptop cloud's own PartiQL, which moto does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from recado.adapters.dynamodb.notifications import DynamoDBNotificationRepository
from recado.ports.notifications import NotificationRepository
from tests.cloud import INDEXES, create_table
from tests.contract.repositories.notification_contract import NotificationRepositoryContract


class TestNotificationRepository(NotificationRepositoryContract):
    @pytest.fixture
    def repository(self, aws: Any) -> Iterator[NotificationRepository]:
        dynamodb = aws("dynamodb")
        name = f"contract-{uuid4().hex}"
        create_table(dynamodb, name, INDEXES)
        yield DynamoDBNotificationRepository(dynamodb, name)
        dynamodb.delete_table(TableName=name)
