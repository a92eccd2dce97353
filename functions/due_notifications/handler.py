"""Does every minute what is due: scheduled sends, lost messages, deadlines, unknown outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.delivery import sweep_due
from recado.observability import function_logger

logger = function_logger()

TIME_TO_END_IN_MILLIS = 15_000
"""What is looked at when the time is up is still stored and queued."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sweep for the `time` of the event, so that a run can be replayed or tried at any date."""
    swept = sweep_due()(
        datetime.fromisoformat(event["time"]),
        has_time=lambda: context.get_remaining_time_in_millis() > TIME_TO_END_IN_MILLIS,
    )
    logger.info("swept", extra=swept.model_dump())
    return swept.model_dump()
