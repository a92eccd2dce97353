"""Health over HTTP, for everybody: which dependency does not answer, and where to look."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from recado.adapters.health import AwsDependencies
from recado.api.routers.health import database_health_router, dependencies_router
from recado.services.check_health import CheckHealth
from tests.cloud import Cloud, create_bucket_and_bus, create_queues, create_tables
from tests.fakes.clock import FakeClock
from tests.faults import Faults
from tests.routes import Routes

HEALTH, DATABASE = "/api/v1/health/", "/api/v1/health/database/"


class Deployment:
    """Dependencies of which a test can take some away, and the routes that tell of them."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name) for name in ("dynamodb", "sqs", "s3", "events")}
        self.environment: dict[str, str] = {
            **create_tables(self.clients["dynamodb"]),
            **create_queues(self.clients["sqs"]),
            **create_bucket_and_bus(),
        }
        dependencies = AwsDependencies(
            self.clients.__getitem__,
            self.environment,
            tables=["CONFIGURATION_TABLE", "NOTIFICATIONS_TABLE"],
            tables_by_id=["IDEMPOTENCY_TABLE"],
            queues=["RECEIPTS_QUEUE_URL", "INBOUND_QUEUE_URL"],
            buckets=["MEDIA_BUCKET"],
        )
        self.api = Routes(
            {},
            {
                HEALTH.rstrip("/"): dependencies_router(
                    check=CheckHealth(probes=dependencies.all, clock=FakeClock())
                ),
                DATABASE.rstrip("/"): database_health_router(
                    check=CheckHealth(probes=dependencies.database, clock=FakeClock()),
                    region="us-east-1",
                ),
            },
        )
        self.api.caller = None

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and document of a route."""
        status, body, headers = self.api.request("GET", path)
        assert headers["Cache-Control"] == "no-store"
        return status, body


@pytest.fixture
def deployment(aws: None) -> Deployment:
    return Deployment()


def test_everything_that_answers_is_well(deployment: Deployment) -> None:
    well = {"database": "ok", "queues": "ok", "bucket": "ok"}

    assert deployment.get(HEALTH) == (
        200,
        {"status": "ok", "checked_at": "2026-03-02T12:00:00Z", "dependencies": well},
    )


@pytest.mark.parametrize("path", [HEALTH.rstrip("/"), DATABASE.rstrip("/")])
def test_health_needs_no_last_slash(deployment: Deployment, path: str) -> None:
    assert deployment.get(path)[0] == 200


@pytest.mark.parametrize(
    ("part", "variable", "wrong"),
    [
        ("database", "NOTIFICATIONS_TABLE", "no-such-table"),
        ("queues", "INBOUND_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/none"),
        ("bucket", "MEDIA_BUCKET", "no-such-bucket"),
    ],
)
def test_a_dependency_that_does_not_answer_is_named(
    deployment: Deployment, part: str, variable: str, wrong: str
) -> None:
    deployment.environment[variable] = wrong

    status, body = deployment.get(HEALTH)

    assert (status, body["status"]) == (503, "unavailable")
    assert [name for name, state in body["dependencies"].items() if state != "ok"] == [part]


def test_a_queue_that_the_api_sends_tasks_to_is_asked_too(cloud: Cloud) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=os.environ["DIRECTORY_TASKS_QUEUE_URL"])

    status, body, _ = cloud.request("GET", HEALTH)

    assert (status, body["dependencies"]) == (
        503,
        {"database": "ok", "queues": "unavailable", "bucket": "ok"},
    )


def test_tables_that_answer_are_listed_by_their_variables(deployment: Deployment) -> None:
    status, body = deployment.get(DATABASE)

    assert (status, body["status"], body["region"]) == (200, "ok", "us-east-1")
    assert body["tables"] == [
        {"variable": name, "reachable": True, "code": None, "hint": None}
        for name in ("CONFIGURATION_TABLE", "NOTIFICATIONS_TABLE", "IDEMPOTENCY_TABLE")
    ]


def test_a_table_that_is_not_there_is_told_with_a_hint(deployment: Deployment) -> None:
    deployment.environment["NOTIFICATIONS_TABLE"] = "no-such-table"

    status, body = deployment.get(DATABASE)

    assert (status, body["status"]) == (503, "unavailable")
    assert body["tables"][1]["code"] == "ResourceNotFoundException"
    assert "NOTIFICATIONS_TABLE" in body["tables"][1]["hint"]


def test_a_variable_that_is_not_set_is_told(deployment: Deployment) -> None:
    del deployment.environment["CONFIGURATION_TABLE"]

    [table, *others] = deployment.get(DATABASE)[1]["tables"]

    assert table["code"] == "not_set"
    assert "template.yaml" in table["hint"]
    assert all(other["reachable"] for other in others)


def test_a_variable_that_names_another_table_is_told(deployment: Deployment) -> None:
    deployment.environment["CONFIGURATION_TABLE"] = deployment.environment["IDEMPOTENCY_TABLE"]

    [table, *_] = deployment.get(DATABASE)[1]["tables"]

    assert table["code"] == "ValidationException"
    assert "another table" in table["hint"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException", "Unheard"])
def test_what_aws_refuses_is_told_by_its_own_code(deployment: Deployment, code: str) -> None:
    Faults(deployment.clients["dynamodb"]).refuse("GetItem", code=code, times=3)

    status, body = deployment.get(DATABASE)

    assert status == 503
    assert {table["code"] for table in body["tables"]} == {code}
    assert all(table["hint"].endswith(".") for table in body["tables"])


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConnectTimeoutError, "timeout"), (EndpointConnectionError, "EndpointConnectionError")],
)
def test_a_table_that_cannot_be_reached_is_told(
    deployment: Deployment, error: type[Exception], code: str
) -> None:
    def fail(**_: object) -> None:
        raise error(endpoint_url="https://dynamodb.us-east-1.amazonaws.com/")

    deployment.clients["dynamodb"].meta.events.register("before-send.dynamodb.GetItem", fail)

    assert {table["code"] for table in deployment.get(DATABASE)[1]["tables"]} == {code}


@pytest.mark.parametrize("path", [HEALTH, DATABASE])
def test_nothing_secret_is_told(deployment: Deployment, path: str) -> None:
    names = list(deployment.environment.values())
    deployment.environment["NOTIFICATIONS_TABLE"] = "no-such-table"
    deployment.environment["RECEIPTS_QUEUE_URL"] += "-none"

    told = json.dumps(deployment.get(path)[1]).replace("_TABLE", "")

    secrets = ["no-such-table", "arn:", "123456789012", *(name for name in names if "-" in name)]
    assert not [secret for secret in secrets if secret in told]
    assert '"notifications"' not in told


def test_who_asks_again_and_again_costs_the_tables_nothing(deployment: Deployment) -> None:
    calls: list[str] = []
    events = deployment.clients["dynamodb"].meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    for _ in range(20):
        deployment.get(DATABASE)

    assert calls == ["GetItem"] * 3
