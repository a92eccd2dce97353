"""Keeps the counters equal to the log, as the notifications' stream says that it changed."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.streams import count_notifications
from recado.observability import function_logger
from recado.queue_events import partial_batch_response
from recado.statistics_stream import read_notifications

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Count a stretch of the stream; if that fails all of it comes again, which does no harm."""
    count_notifications()(read_notifications(event))
    return partial_batch_response([])
