"""The functions as Lambda calls them, over AWS inside the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from functions.api import handler as api
from recado import bootstrap
from recado.adapters.channels import registry
from recado.adapters.clock import SystemClock
from recado.domain.api_keys import new_key
from recado.domain.notification import Mode, Timeline
from recado.services.plan_notification import PlanNotification
from tests.cloud import create_queues, create_secrets, create_tables
from tests.fakes.clock import NOON
from tests.fakes.partiql import PartiqlEmulation
from tests.fakes.senders import FakeSenders
from tests.workshop import TENANT, event, furnish

BUILDERS = (
    bootstrap.stack,
    bootstrap.api,
    bootstrap.take_in_requests,
    bootstrap.deliver_notifications,
    bootstrap.fall_back,
    bootstrap.sweep_due,
)


class LambdaContext:
    """What Lambda tells a function about a call."""

    function_name = "recado-test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:recado-test"
    aws_request_id = "7c9f1f3e-0000-4000-8000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


@dataclass
class Cloud:
    """The deployed stack as tests see it."""

    environment: dict[str, str]
    stack: bootstrap.Stack
    api_key: str
    partiql: PartiqlEmulation
    senders: FakeSenders

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take the messages of a queue, named by its environment variable."""
        answer = self.stack.sqs.receive_message(
            QueueUrl=self.environment[queue],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def sqs_event(self, queue: str) -> dict[str, Any]:
        """What Lambda hands to the function behind a queue: its messages as an event."""
        name = self.environment[queue].rpartition("/")[2]
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{name}",
                }
                for message in self.messages(queue)
            ]
        }

    def dispatch(self, count: int = 1) -> list[str]:
        """Accept events; gives the notifications' ids."""
        plan = PlanNotification(
            notifications=self.stack.notifications,
            directory=self.stack.directory,
            configuration=self.stack.configuration,
            queues=self.stack.queues(),
            clock=SystemClock(),
        )
        accepted = [plan(TENANT.tenant_id, Mode.LIVE, event()) for _ in range(count)]
        return [notification.notification_id for notification in accepted]

    def timeline(self, notification_id: str) -> Timeline:
        """A notification with its rows."""
        timeline = self.stack.notifications.timeline(TENANT.tenant_id, notification_id)
        assert timeline is not None
        return timeline

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Call the API function; gives status, document and headers."""
        call = http_event(method, path, body, headers or {"x-api-key": self.api_key})
        answer = api.lambda_handler(call, LambdaContext())  # type: ignore[arg-type]
        return answer["statusCode"], json.loads(answer["body"]), answer.get("headers") or {}


def http_event(method: str, path: str, body: object, headers: dict[str, str]) -> dict[str, Any]:
    """An event of the HTTP API, payload 2.0."""
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    return {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "requestId": "id",
            "stage": "$default",
        },
        "body": text,
        "isBase64Encoded": False,
    }


@pytest.fixture
def cloud(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A deployed stack with the workshop set up in it."""
    client = boto3.client("dynamodb")
    environment = {
        **create_tables(client),
        **create_queues(boto3.client("sqs")),
        **create_secrets(),
        "PUBLIC_URL": "https://recado.example.com",
        "POWERTOOLS_SERVICE_NAME": "recado",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for builder in BUILDERS:
        builder.cache_clear()
    stack = bootstrap.stack()
    partiql = PartiqlEmulation(stack.dynamodb)
    senders = FakeSenders()
    monkeypatch.setattr(registry, "ChannelSenderRegistry", lambda *_: senders)
    furnish(stack.configuration, stack.directory)
    key, text = new_key(tenant_id=TENANT.tenant_id, mode=Mode.LIVE, name="test", now=NOON)
    stack.configuration.put_api_key(key)
    yield Cloud(
        environment=environment, stack=stack, api_key=text, partiql=partiql, senders=senders
    )
    for builder in BUILDERS:
        builder.cache_clear()
