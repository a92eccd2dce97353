"""Tells others what the tables' streams say happened."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.streams import publish_events
from recado.observability import function_logger
from recado.queue_events import partial_batch_response
from recado.stream_events import read_changes

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the events of a stretch of a stream; what failed comes again with all after it."""
    first = publish_events()(read_changes(event))
    return partial_batch_response([first] if first else [])
