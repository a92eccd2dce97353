"""Moves notifications on to their next channel: the reader of the dead-letter queues."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.delivery import fall_back
from recado.observability import function_logger
from recado.queue_events import partial_batch_response, read_deliveries

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take the next channel for each notification; park what is unreadable."""
    deliveries, unreadable = read_deliveries(event)
    parked = [record["body"] for record in unreadable]
    return partial_batch_response(fall_back()(deliveries, parked))
