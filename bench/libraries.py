"""What each function must load whatever our code does: the floor under its import time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """Something that a function must have.

    `load` runs while the handler's module is imported; `prepare` before the first event is
    handled, together with what only that needs.
    """

    name: str
    reason: str
    load: str = ""
    prepare: str = ""


@dataclass(frozen=True)
class Needs:
    """What a function must have, and where the function is that builds its service."""

    builder: str
    libraries: tuple[Library, ...]

    @property
    def load(self) -> str:
        """The floor of importing the handler."""
        return "\n".join(library.load for library in self.libraries if library.load)

    @property
    def prepare(self) -> str:
        """What the floor of a function that is ready has beyond that."""
        return "\n".join(library.prepare for library in self.libraries if library.prepare)


LOGGER = Library(
    "Powertools Logger",
    "one JSON object a line, with the request's id",
    load="from aws_lambda_powertools import Logger\nLogger()",
)
PYDANTIC = Library(
    "pydantic, one model",
    "every event and every row is checked by a model",
    load="from pydantic import BaseModel\nclass Model(BaseModel):\n    name: str",
)
DYNAMODB = Library(
    "boto3 with a DynamoDB client",
    "the tables",
    load="import boto3",
    prepare="boto3.client('dynamodb')",
)
SQS = Library("an SQS client", "the delivery queues", prepare="boto3.client('sqs')")
SECRETS = Library(
    "a Secrets Manager client",
    "credentials of channel accounts, key of the unsubscribe links",
    prepare="boto3.client('secretsmanager')",
)
RESOLVER = Library(
    "Powertools HTTP resolver with validation",
    "routes, and checks requests and answers",
    prepare=(
        "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver\n"
        "APIGatewayHttpResolver(enable_validation=True)"
    ),
)
IDEMPOTENCY = Library(
    "Powertools idempotency",
    "Idempotency-Key on every POST that creates",
    prepare=(
        "from aws_lambda_powertools.utilities.idempotency import (\n"
        "    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function)"
    ),
)
JINJA = Library(
    "jinja2",
    "finds a template's variables and renders it",
    prepare="from jinja2 import Environment\nEnvironment()",
)
PHONES = Library("phonenumbers", "reads telephone numbers", prepare="import phonenumbers")

CIRCUIT_BREAKER = Library(
    "Powertools circuit breaker",
    "a channel account whose provider is out rests",
    prepare=(
        "from aws_lambda_powertools.utilities.circuit_breaker import circuit_breaker\n"
        "from aws_lambda_powertools.utilities.circuit_breaker.persistence import (\n"
        "    CircuitBreakerDynamoDBPersistence)"
    ),
)
TWILIO = Library(
    "Twilio's request validator",
    "verifies what Twilio signed",
    prepare="from twilio.request_validator import RequestValidator",
)
S3 = Library("an S3 client", "the files that people sent", prepare="boto3.client('s3')")
HTTPX = Library("httpx", "fetches files, calls clients' endpoints", prepare="import httpx")
EVENT_BUS = Library("an EventBridge client", "the event bus", prepare="boto3.client('events')")

_EVERYWHERE = (LOGGER, PYDANTIC, DYNAMODB, SQS)

NEEDS: Mapping[str, Needs] = {
    "api": Needs(
        "recado.bootstrap.http_api.api", (*_EVERYWHERE, RESOLVER, IDEMPOTENCY, JINJA, PHONES)
    ),
    "management_api": Needs(
        "recado.bootstrap.http_api.management_api",
        (LOGGER, PYDANTIC, DYNAMODB, RESOLVER, IDEMPOTENCY, JINJA, PHONES),
    ),
    "internal_api": Needs(
        "recado.bootstrap.http_api.internal_api", (*_EVERYWHERE, SECRETS, RESOLVER, PHONES)
    ),
    "directory_task_processor": Needs(
        "recado.bootstrap.directory_tasks.carry_out_task", _EVERYWHERE
    ),
    "notification_counter": Needs(
        "recado.bootstrap.streams.count_notifications", (LOGGER, PYDANTIC, DYNAMODB)
    ),
    "api_docs": Needs("recado.bootstrap.documentation.documentation_pages", (LOGGER,)),
    "notification_intake": Needs(
        "recado.bootstrap.delivery.take_in_requests", (*_EVERYWHERE, JINJA)
    ),
    "notification_sender": Needs(
        "recado.bootstrap.delivery.deliver_notifications",
        (*_EVERYWHERE, SECRETS, CIRCUIT_BREAKER, JINJA),
    ),
    "channel_fallback": Needs("recado.bootstrap.delivery.fall_back", _EVERYWHERE),
    "due_notifications": Needs("recado.bootstrap.delivery.sweep_due", _EVERYWHERE),
    "maintenance_reminders": Needs(
        "recado.bootstrap.scheduled.remind_of_maintenance", (*_EVERYWHERE, JINJA, PHONES)
    ),
    "failure_alerts": Needs(
        "recado.bootstrap.scheduled.raise_alerts", (*_EVERYWHERE, JINJA, PHONES)
    ),
    "balance_accounts": Needs(
        "recado.bootstrap.scheduled.balance_accounts", (LOGGER, PYDANTIC, DYNAMODB)
    ),
    "template_sync": Needs(
        "recado.bootstrap.scheduled.sync_templates",
        (LOGGER, PYDANTIC, DYNAMODB, SECRETS, HTTPX),
    ),
    "meta_webhook": Needs("recado.bootstrap.inbound.meta_webhook", (*_EVERYWHERE, SECRETS)),
    "twilio_webhook": Needs(
        "recado.bootstrap.inbound.twilio_webhook", (*_EVERYWHERE, SECRETS, TWILIO)
    ),
    "evolution_webhook": Needs(
        "recado.bootstrap.inbound.evolution_webhook", (*_EVERYWHERE, SECRETS)
    ),
    "telegram_webhook": Needs("recado.bootstrap.inbound.telegram_webhook", (*_EVERYWHERE, SECRETS)),
    "slack_webhook": Needs("recado.bootstrap.inbound.slack_webhook", (*_EVERYWHERE, SECRETS)),
    "ses_events": Needs("recado.bootstrap.inbound.ses_events", _EVERYWHERE),
    "receipt_processor": Needs("recado.bootstrap.delivery.apply_receipts", _EVERYWHERE),
    "inbound_processor": Needs("recado.bootstrap.inbound.receive_inbound", _EVERYWHERE),
    "media_fetcher": Needs(
        "recado.bootstrap.inbound.fetch_media", (LOGGER, PYDANTIC, DYNAMODB, SECRETS, S3, HTTPX)
    ),
    "event_publisher": Needs("recado.bootstrap.streams.publish_events", (*_EVERYWHERE, EVENT_BUS)),
    "client_webhook_sender": Needs(
        "recado.bootstrap.streams.send_client_webhooks", (*_EVERYWHERE, SECRETS, HTTPX)
    ),
    "whatsapp_accounts": Needs(
        "recado.bootstrap.http_api.whatsapp_accounts",
        (LOGGER, PYDANTIC, DYNAMODB, SECRETS, RESOLVER),
    ),
    "unsubscribe": Needs(
        "recado.bootstrap.http_api.unsubscribe_page", (LOGGER, PYDANTIC, DYNAMODB, SECRETS)
    ),
}
"""By function. The sender's floor is without httpx and the providers' libraries: it imports an
adapter with its first channel account, not before."""
