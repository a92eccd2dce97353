"""Checks of the environment variables that name the deployment's parts."""

from __future__ import annotations

from collections.abc import Mapping

from recado.domain.channels import DeliveryQueueName
from recado_cli.checks.finding import Finding

TABLES = (
    "NOTIFICATIONS_TABLE",
    "DIRECTORY_TABLE",
    "CONFIGURATION_TABLE",
    "CONVERSATIONS_TABLE",
    "EVENTS_TABLE",
    "STATISTICS_TABLE",
    "IDEMPOTENCY_TABLE",
    "CIRCUIT_BREAKERS_TABLE",
    "RATE_LIMITS_TABLE",
)
DELIVERY_QUEUES = tuple(f"{queue.upper()}_QUEUE_URL" for queue in DeliveryQueueName)
DEAD_LETTER_QUEUES = tuple(f"{queue.upper()}_DLQ_URL" for queue in DeliveryQueueName)
OTHER_QUEUES = tuple(
    f"{queue}_QUEUE_URL"
    for queue in (
        *("REQUESTS", "RECEIPTS", "INBOUND", "MEDIA"),
        *("CLIENT_WEBHOOKS", "DIRECTORY_TASKS"),
    )
)
REFUSED_REQUESTS = "REQUESTS_DLQ_URL"
UNAPPLIED_RECEIPTS = "RECEIPTS_DLQ_URL"
UNPROCESSED_INBOUND = "INBOUND_DLQ_URL"
UNFETCHED_MEDIA = "MEDIA_DLQ_URL"
UNDELIVERED_WEBHOOKS = "CLIENT_WEBHOOKS_DLQ_URL"
UNPROCESSED_TASKS = "DIRECTORY_TASKS_DLQ_URL"
PARKED = "PARKED_QUEUE_URL"
BUCKET = "MEDIA_BUCKET"
EVENT_BUS = "EVENT_BUS_NAME"
SECRETS = (
    "INTERNAL_SECRET_NAME",
    "UNSUBSCRIBE_SECRET_NAME",
    "META_WEBHOOK_SECRET_NAME",
    "TWILIO_WEBHOOK_SECRET_NAME",
    "EVOLUTION_WEBHOOK_SECRET_NAME",
    "TELEGRAM_WEBHOOK_SECRET_NAME",
    "SLACK_WEBHOOK_SECRET_NAME",
)
API = ("RECADO_URL", "RECADO_API_KEY")

ALL = (
    "ENVIRONMENT",
    "STACK_NAME",
    "PUBLIC_URL",
    *TABLES,
    *DELIVERY_QUEUES,
    *DEAD_LETTER_QUEUES,
    *OTHER_QUEUES,
    REFUSED_REQUESTS,
    UNAPPLIED_RECEIPTS,
    UNPROCESSED_INBOUND,
    UNFETCHED_MEDIA,
    UNDELIVERED_WEBHOOKS,
    UNPROCESSED_TASKS,
    PARKED,
    BUCKET,
    EVENT_BUS,
    *SECRETS,
    *API,
)


def check_variables(environment: Mapping[str, str]) -> Finding:
    """Every variable is set."""
    missing = [name for name in ALL if not environment.get(name)]
    if not missing:
        return Finding("variables", f"all {len(ALL)}")
    return Finding(
        "variables",
        f"{len(missing)} of {len(ALL)}",
        f"Not set: {', '.join(missing)}.",
        "Set them, or name the stack with --stack or a file with --env-file (see docs/cli.md).",
    )
