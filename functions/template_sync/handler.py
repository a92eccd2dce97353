"""Asks every hour how the approved templates of all WhatsApp accounts are."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.scheduled import sync_templates
from recado.observability import function_logger

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look now, whatever the event's `time`: providers tell nothing of another moment."""
    synced: dict[str, Any] = sync_templates()().model_dump(mode="json")
    logger.info("synced", extra=synced)
    return synced
