"""The directory tasks queue's events of Lambda: parts of syncs, imports and erasures."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.domain.tasks import TaskPart
from recado.queue_events import Record

logger = logging.getLogger(__name__)


def read_task_parts(event: Mapping[str, Any]) -> tuple[dict[str, TaskPart], list[Record]]:
    """The parts of an event by their messages' ids, and the records that are none."""
    parts: dict[str, TaskPart] = {}
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            parts[record["messageId"]] = TaskPart.model_validate_json(record["body"])
        except ValidationError:
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
    return parts, unreadable
