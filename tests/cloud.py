"""The deployed stack inside moto: its tables and queues, and how its functions are called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import boto3

from functions.api import handler as api
from functions.internal_api import handler as internal_api
from functions.management_api import handler as management_api
from functions.whatsapp_accounts import handler as whatsapp_accounts
from recado.adapters.clock import SystemClock
from recado.bootstrap import (
    delivery,
    deployment,
    directory_tasks,
    inbound,
    scheduled,
    streams,
)
from recado.bootstrap import http_api as http
from recado.domain.notification import Mode, Timeline
from recado.services.plan_notification import PlanNotification
from tests.fakes.partiql import PartiqlEmulation
from tests.fakes.senders import FakeSenders
from tests.permissions import Permissions
from tests.workshop import TENANT, event

QUEUES = ("WHATSAPP", "SMS", "EMAIL", "PUSH", "CHAT")
INDEXES: dict[str, tuple[str, str | None]] = {
    "by_provider_message": ("provider_message", None),
    "by_day": ("day_shard", "created_at"),
    "by_recipient": ("recipient_key", "created_at"),
    "due": ("due_shard", "due_at"),
}
DIRECTORY_INDEXES: dict[str, tuple[str, str | None]] = {
    "by_listing": ("listing", "listing_sort"),
    "by_owner": ("owner", "owner_sort"),
    "by_look": ("look", "look_sort"),
}
TABLES = {
    "NOTIFICATIONS_TABLE": "notifications",
    "DIRECTORY_TABLE": "directory",
    "CONFIGURATION_TABLE": "configuration",
    "CONVERSATIONS_TABLE": "conversations",
    "EVENTS_TABLE": "events",
    "STATISTICS_TABLE": "statistics",
}
KEYED_BY_ID = {
    "IDEMPOTENCY_TABLE": "idempotency",
    "CIRCUIT_BREAKERS_TABLE": "circuit-breakers",
    "RATE_LIMITS_TABLE": "rate-limits",
}
INDEXES_OF = {"notifications": INDEXES, "directory": DIRECTORY_INDEXES}


def create_tables(dynamodb: Any) -> dict[str, str]:
    """Create all tables; gives the environment variables that name them."""
    for name in TABLES.values():
        create_table(dynamodb, name, INDEXES_OF.get(name, {}))
    for name in KEYED_BY_ID.values():
        dynamodb.create_table(
            TableName=name,
            KeySchema=_schema("id", None),
            AttributeDefinitions=_definitions({"id"}),
            BillingMode="PAY_PER_REQUEST",
        )
    return {**TABLES, **KEYED_BY_ID}


def create_table(dynamodb: Any, name: str, indexes: Mapping[str, tuple[str, str | None]]) -> None:
    """Create a table of documents with its indexes, each by its partition and sort key."""
    attributes = {"pk", "sk"} | {a for keys in indexes.values() for a in keys if a}
    described = [
        {
            "IndexName": index,
            "KeySchema": _schema(*keys),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index, keys in indexes.items()
    ]
    dynamodb.create_table(
        TableName=name,
        KeySchema=_schema("pk", "sk"),
        AttributeDefinitions=_definitions(attributes),
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": described} if described else {}),
    )


def create_queues(sqs: Any) -> dict[str, str]:
    """Create all queues; gives the environment variables with their URLs."""
    environment = {}
    for queue in QUEUES:
        for kind in ("QUEUE", "DLQ"):
            name = f"recado-{queue.lower()}-{kind.lower()}"
            environment[f"{queue}_{kind}_URL"] = sqs.create_queue(QueueName=name)["QueueUrl"]
    for variable in (
        *("REQUESTS_QUEUE_URL", "REQUESTS_DLQ_URL", "PARKED_QUEUE_URL"),
        *("RECEIPTS_QUEUE_URL", "RECEIPTS_DLQ_URL", "MEDIA_QUEUE_URL", "MEDIA_DLQ_URL"),
        *("CLIENT_WEBHOOKS_QUEUE_URL", "CLIENT_WEBHOOKS_DLQ_URL"),
        *("DIRECTORY_TASKS_QUEUE_URL", "DIRECTORY_TASKS_DLQ_URL"),
    ):
        name = f"recado-{variable.removesuffix('_URL').lower().replace('_', '-')}"
        environment[variable] = sqs.create_queue(QueueName=name)["QueueUrl"]
    for kind in ("QUEUE", "DLQ"):
        name, in_order = f"recado-inbound-{kind.lower()}.fifo", {"FifoQueue": "true"}
        created = sqs.create_queue(QueueName=name, Attributes=in_order)
        environment[f"INBOUND_{kind}_URL"] = created["QueueUrl"]
    return environment


def create_bucket_and_bus() -> dict[str, str]:
    """Create where files are kept and whence others take events."""
    boto3.client("s3").create_bucket(Bucket="recado-media")
    boto3.client("events").create_event_bus(Name="recado-test")
    return {"MEDIA_BUCKET": "recado-media", "EVENT_BUS_NAME": "recado-test"}


META_APP = "200000000000001"
"""The Meta app whose secrets the stack has."""

TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
"""The Twilio account whose secret the stack has."""

WEBHOOK_SECRETS = {
    "meta": {META_APP: {"app_secret": "app-s3cret", "verify_token": "verify-me"}},
    "twilio": {TWILIO_ACCOUNT: {"auth_token": "auth-t0ken"}},
    "evolution": {"evolution": {"webhook_secret": "evolution-s3cret"}},
    "telegram": {"telegram": {"secret_token": "telegram-s3cret"}},
    "slack": {"A0000000001": {"signing_secret": "slack-s3cret"}},
}
"""What the requests of each provider are verified with."""


def create_secrets() -> dict[str, str]:
    """Create the secrets that the stack itself brings."""
    client = boto3.client("secretsmanager")
    names = {
        "INTERNAL_SECRET_NAME": "recado/test/internal-secret",
        "UNSUBSCRIBE_SECRET_NAME": "recado/test/unsubscribe-secret",
    }
    for name in names.values():
        client.create_secret(Name=name, SecretString="s3cret")
    for provider, secrets in WEBHOOK_SECRETS.items():
        name = f"recado/test/webhooks/{provider}"
        client.create_secret(Name=name, SecretString=json.dumps(secrets))
        names[f"{provider.upper()}_WEBHOOK_SECRET_NAME"] = name
    return names


def _schema(partition: str, sort: str | None) -> list[Any]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else schema


def _definitions(names: set[str]) -> list[Any]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)]


BUILDERS = tuple(
    builder
    for module in (delivery, deployment, directory_tasks, http, inbound, scheduled, streams)
    for builder in vars(module).values()
    if hasattr(builder, "cache_clear")
)
"""What a container builds once, and each test anew."""


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
    stack: deployment.Stack
    api_key: str
    partiql: PartiqlEmulation
    senders: FakeSenders
    permissions: Permissions

    def run(self, function: ModuleType, event: dict[str, Any]) -> dict[str, Any]:
        """Call a function as Lambda does, with the rights that the template gives it."""
        with self.permissions.of(function.__name__.split(".")[1]):
            answer: dict[str, Any] = function.lambda_handler(event, LambdaContext())
        return answer

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take the messages of a queue, named by its environment variable."""
        answer = self.stack.sqs.receive_message(
            QueueUrl=self.environment[queue],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
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
                    "attributes": message["Attributes"],
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
            reach=self.stack.reach,
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
        """Call the function that serves a path; gives status, document and headers."""
        call = http_event(method, path, body, headers or {"x-api-key": self.api_key})
        answer = self.run(serving(call["rawPath"]), call)
        return answer["statusCode"], _document(answer), answer.get("headers") or {}


def _document(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The document of an answer; a file is one with its text."""
    text = answer.get("body")
    if not text:
        return {}
    headers = {name.casefold(): value for name, value in (answer.get("headers") or {}).items()}
    if "json" not in str(headers.get("content-type")):
        return {"text": text}
    document: dict[str, Any] = json.loads(text)
    return document


SENDING = ("/api/v1/notifications/events/", "/api/v1/notifications/test/")
SERVED_BY = {
    **dict.fromkeys((*SENDING, "/api/v1/communications/", "/webhook/health/"), api),
    "/api/v1/communications/whatsapp/": whatsapp_accounts,
    "/api/internal/v1/": internal_api,
    "/api/": management_api,
}
"""By the beginning of a path, as the routes of template.yaml have it."""


def serving(path: str) -> ModuleType:
    """The function that serves a path: that of the longest beginning."""
    whole = path.rstrip("/") + "/"
    return SERVED_BY[max((p for p in SERVED_BY if whole.startswith(p)), key=len)]


def http_event(method: str, path: str, body: object, headers: dict[str, str]) -> dict[str, Any]:
    """An event of the HTTP API, payload 2.0; the path may have a query."""
    path, _, query = path.partition("?")
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    return {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        **({"queryStringParameters": dict(parse_qsl(query))} if query else {}),
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "requestId": "id",
            "stage": "$default",
        },
        "body": text,
        "isBase64Encoded": False,
    }
