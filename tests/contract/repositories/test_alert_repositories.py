"""Alerts, in memory and in DynamoDB, keep one contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recado.adapters.dynamodb.alerts import DynamoDBAlerts
from recado.domain.alerts import KEPT
from recado.ports.alerts import AlertRepository
from tests.contract.repositories.alert_contract import ALERT, AlertRepositoryContract
from tests.fakes.alerts import FakeAlerts
from tests.fakes.clock import NOON


class TestFakeAlerts(AlertRepositoryContract):
    @pytest.fixture
    def alerts(self) -> AlertRepository:
        return FakeAlerts()


class TestDynamoDBAlerts(AlertRepositoryContract):
    @pytest.fixture
    def alerts(self, dynamodb: Any) -> AlertRepository:
        return DynamoDBAlerts(dynamodb, "configuration")

    def test_what_is_over_expires_and_what_is_raised_does_not(self, dynamodb: Any) -> None:
        alerts = DynamoDBAlerts(dynamodb, "configuration")
        expiries = []
        for alert in (
            ALERT,
            ALERT.model_copy(update={"version": 1, "cleared_at": NOON}),
            ALERT.model_copy(update={"version": 2, "raised_at": NOON + timedelta(days=1)}),
        ):
            assert alerts.save_alert(alert)
            [item] = dynamodb.scan(TableName="configuration")["Items"]
            expiries.append(item.get("expires_at"))

        assert expiries == [None, {"N": str(int((NOON + KEPT).timestamp()))}, None]
