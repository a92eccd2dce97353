"""Fetches the files that people sent, from their providers into our bucket."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.inbound import fetch_media
from recado.media_events import read_media_tasks
from recado.observability import function_logger
from recado.queue_events import message_ids, partial_batch_response

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Fetch a batch; what is not available now, or unreadable, stays in the queue."""
    tasks, unreadable = read_media_tasks(event)
    kept = fetch_media()(tasks)
    return partial_batch_response(kept | message_ids(unreadable))
