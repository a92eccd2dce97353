"""Works on what people and providers tell us beside receipts."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.deployment import stack
from recado.bootstrap.inbound import receive_inbound
from recado.inbound_events import read_inbound
from recado.observability import function_logger
from recado.queue_events import partial_batch_response

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch; what failed stays in the queue, with all that follows it in its group."""
    deliveries, waiting = read_inbound(event, stack().claims)
    again = receive_inbound()(deliveries)
    return partial_batch_response(again | waiting)
