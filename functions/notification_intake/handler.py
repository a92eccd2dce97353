"""Takes in events from the requests queue."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.delivery import take_in_requests
from recado.observability import function_logger
from recado.queue_events import partial_batch_response

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Plan the notification of each request in a batch of SQS messages."""
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    return partial_batch_response(take_in_requests()(bodies))
