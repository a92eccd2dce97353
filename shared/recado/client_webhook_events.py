"""The client webhooks queue's events of Lambda."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.domain.client_endpoints import ClientWebhookMessage, ClientWebhookTask
from recado.queue_events import Record

logger = logging.getLogger(__name__)


def read_client_webhooks(
    event: Mapping[str, Any],
) -> tuple[list[ClientWebhookTask], list[Record]]:
    """The tasks of an event, and the records that are none."""
    tasks: list[ClientWebhookTask] = []
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            message = ClientWebhookMessage.model_validate_json(record["body"])
        except ValidationError:
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
        else:
            tasks.append(
                ClientWebhookTask(
                    message_id=record["messageId"],
                    receipt=record["receiptHandle"],
                    tries=int(record["attributes"]["ApproximateReceiveCount"]),
                    message=message,
                )
            )
    return tasks, unreadable
