"""The stream of the notifications' table, as the counter reads it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from recado.adapters.dynamodb import keys
from recado.domain.notification import Notification

logger = logging.getLogger(__name__)


def read_notifications(event: Mapping[str, Any]) -> list[Notification]:
    """Notifications as they stood after each change of a stretch of the stream.

    What was removed counts on as it was, and is left out. So is a record that cannot be read, and
    logged: it would hold back all that follow it, and `recado stats rebuild` counts it when a
    release is there that reads it.
    """
    found = (_notification(record["dynamodb"]) for record in event["Records"])
    return [notification for notification in found if notification is not None]


def _notification(change: Mapping[str, Any]) -> Notification | None:
    image, before = change.get("NewImage"), change.get("OldImage", {})
    if image is None or change["Keys"]["sk"]["S"] != keys.META:
        return None
    if image["document"] == before.get("document"):
        return None
    try:
        stored = Notification.model_validate_json(image["document"]["S"])
        return stored.model_copy(update={"version": int(image["version"]["N"])})
    except (ValidationError, KeyError) as error:
        extra = {"sequence_number": change["SequenceNumber"], "error": type(error).__name__}
        logger.error("a changed notification cannot be read, so it is not counted", extra=extra)
        return None
