"""Moves weights every minute away from accounts that err or are slow, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.scheduled import balance_accounts
from recado.observability import function_logger

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Judge accounts for the `time` of the event, so that a run can be replayed."""
    balanced = balance_accounts()(datetime.fromisoformat(event["time"]))
    logger.info("balanced", extra=balanced.model_dump())
    return balanced.model_dump()
