"""Reminds customers every day of the maintenance that falls due; it is called every 15 minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.scheduled import remind_of_maintenance
from recado.observability import function_logger

logger = function_logger()

TIME_TO_END_IN_MILLIS = 15_000
"""What is looked at when the time is up is still brought to its end."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Remind for the `time` of the event, so that a run can be replayed or tried at any date."""
    done = remind_of_maintenance()(
        datetime.fromisoformat(event["time"]),
        has_time=lambda: context.get_remaining_time_in_millis() > TIME_TO_END_IN_MILLIS,
    )
    logger.info("reminded", extra=done.model_dump())
    return done.model_dump()
