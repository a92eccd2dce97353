"""Carries out syncs, imports and erasures."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.directory_tasks import carry_out_task
from recado.directory_task_events import read_task_messages
from recado.observability import function_logger
from recado.queue_events import message_ids, partial_batch_response

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Carry out a batch; what is not done, or unreadable, stays in the queue."""
    messages, unreadable = read_task_messages(event)
    kept = carry_out_task()(messages)
    return partial_batch_response(kept | message_ids(unreadable))
