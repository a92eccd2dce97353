"""The media queue's events of Lambda: files that are still at their providers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.domain.media import MediaTask
from recado.queue_events import Record

logger = logging.getLogger(__name__)


def read_media_tasks(event: Mapping[str, Any]) -> tuple[dict[str, MediaTask], list[Record]]:
    """The files to fetch of an event by their messages' ids, and the records that are none."""
    tasks: dict[str, MediaTask] = {}
    unreadable: list[Record] = []
    for record in event["Records"]:
        try:
            tasks[record["messageId"]] = MediaTask.model_validate_json(record["body"])
        except ValidationError:
            logger.error("unreadable message", extra={"message_id": record["messageId"]})
            unreadable.append(record)
    return tasks, unreadable
