"""Checks of the environment variables that name the deployment's parts."""

from __future__ import annotations

from collections.abc import Mapping

from recado.domain.channels import DeliveryQueueName
from recado_cli.checks.finding import Finding

TABLES = (
    "NOTIFICATIONS_TABLE",
    "DIRECTORY_TABLE",
    "CONFIGURATION_TABLE",
    "IDEMPOTENCY_TABLE",
    "CIRCUIT_BREAKERS_TABLE",
)
DELIVERY_QUEUES = tuple(f"{queue.upper()}_QUEUE_URL" for queue in DeliveryQueueName)
DEAD_LETTER_QUEUES = tuple(f"{queue.upper()}_DLQ_URL" for queue in DeliveryQueueName)
REQUESTS = "REQUESTS_QUEUE_URL"
REFUSED_REQUESTS = "REQUESTS_DLQ_URL"
PARKED = "PARKED_QUEUE_URL"
SECRETS = ("INTERNAL_SECRET_NAME", "UNSUBSCRIBE_SECRET_NAME")
API = ("RECADO_URL", "RECADO_API_KEY")

ALL = (
    "ENVIRONMENT",
    "PUBLIC_URL",
    *TABLES,
    *DELIVERY_QUEUES,
    *DEAD_LETTER_QUEUES,
    REQUESTS,
    REFUSED_REQUESTS,
    PARKED,
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
