"""The directory tasks queue's events of Lambda: parts of syncs, imports and erasures."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.domain.tasks import TaskMessage, TaskPart
from recado.queue_events import Record

logger = logging.getLogger(__name__)


def read_task_messages(event: Mapping[str, Any]) -> tuple[list[TaskMessage], list[Record]]:
    """The messages of an event, and the records that are no parts of tasks."""
    messages: list[TaskMessage] = []
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            part = TaskPart.model_validate_json(record["body"])
        except ValidationError:
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
        else:
            messages.append(
                TaskMessage(
                    message_id=record["messageId"],
                    receipt=record["receiptHandle"],
                    tries=int(record["attributes"]["ApproximateReceiveCount"]),
                    part=part,
                )
            )
    return messages, unreadable
