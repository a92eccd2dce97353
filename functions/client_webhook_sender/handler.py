"""Posts events to clients' endpoints."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.streams import send_client_webhooks
from recado.client_webhook_events import read_client_webhooks
from recado.observability import function_logger
from recado.queue_events import message_ids, partial_batch_response

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send a batch; what an endpoint did not take, or nobody can read, stays in the queue."""
    tasks, unreadable = read_client_webhooks(event)
    kept = send_client_webhooks()(tasks)
    return partial_batch_response(kept | message_ids(unreadable))
