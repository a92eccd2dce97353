"""Sends what the delivery queues hand out."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.delivery import deliver_notifications
from recado.observability import function_logger
from recado.queue_events import message_ids, partial_batch_response, read_deliveries

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send a batch; what is unreadable stays, and so ends in the dead-letter queue."""
    deliveries, unreadable = read_deliveries(event)
    kept = deliver_notifications()(deliveries)
    return partial_batch_response(kept | message_ids(unreadable))
