"""`recado stats rebuild` counts what the log holds and the counters lack."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from recado.adapters.dynamodb.statistics import DynamoDBStatistics
from recado.domain.notification import Mode
from recado.domain.statistics import CounterScope, Span
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run
from tests.unit.domain.notifications import new_notification

NOW = datetime.now(UTC)


@pytest.fixture
def logged(workshop: Deployment) -> Deployment:
    """The workshop with three notifications that nobody counted, one of them of last year."""
    for number, days in enumerate((0, 1, 300)):
        made = NOW - timedelta(days=days, minutes=1)
        workshop.stack.notifications.create(
            new_notification().model_copy(
                update={"notification_id": f"ntf_{number}", "created_at": made}
            )
        )
    return workshop


def counted(deployment: Deployment) -> int:
    stack = deployment.stack
    statistics = DynamoDBStatistics(stack.dynamodb, stack.config.statistics_table)
    scope = CounterScope(tenant_id=TENANT, mode=Mode.LIVE)
    return sum(
        each.counts["pending"] for each in statistics.counts(scope, Span.DAY, "2020", "2100")
    )


def test_what_was_lost_is_counted_once(logged: Deployment) -> None:
    first = run("stats", "rebuild")
    second = run("stats", "rebuild", "--tenant", TENANT, "--json")

    assert first.exit_code == 0, first.stderr
    assert "2 looked at, 2 mended" in first.stdout
    assert json.loads(second.stdout) == {TENANT: {"looked_at": 2, "mended": 0}}
    assert counted(logged) == 2


def test_only_so_many_days_are_looked_at(logged: Deployment) -> None:
    result = run("stats", "rebuild", "--days", "366", "--json")

    assert json.loads(result.stdout)[TENANT]["looked_at"] == 3
    assert counted(logged) == 3


def test_a_tenant_that_is_not_there_is_told(logged: Deployment) -> None:
    result = run("stats", "rebuild", "--tenant", "nobody")

    assert result.exit_code == 1
    assert "There is no tenant 'nobody'." in result.stderr
