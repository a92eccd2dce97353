"""Alerts the tenants' teams to what is wrong; it is called every 15 minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.scheduled import raise_alerts
from recado.observability import function_logger

logger = function_logger()

TIME_TO_END_IN_MILLIS = 15_000
"""What is looked at when the time is up is still brought to its end."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look for the `time` of the event, so that a run can be replayed or tried at any date."""
    run = raise_alerts()(
        datetime.fromisoformat(event["time"]),
        has_time=lambda: context.get_remaining_time_in_millis() > TIME_TO_END_IN_MILLIS,
    )
    logger.info("alerts looked at", extra=run.model_dump())
    return run.model_dump()
