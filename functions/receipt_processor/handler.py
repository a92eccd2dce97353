"""Carries receipts over to the notifications that they are about."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.delivery import apply_receipts
from recado.bootstrap.deployment import stack
from recado.observability import function_logger
from recado.queue_events import message_ids, partial_batch_response, read_receipts

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Apply a batch; what is early or unreadable stays in the queue."""
    receipts, unreadable = read_receipts(event, stack().claims)
    waiting = apply_receipts()(receipts)
    return partial_batch_response(waiting | message_ids(unreadable))
