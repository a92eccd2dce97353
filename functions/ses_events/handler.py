"""Takes in what SES tells of mails: deliveries, bounces, complaints."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.inbound import ses_events
from recado.observability import function_logger

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Keep what SNS hands over; an error makes Lambda try twice more, then park the event."""
    take_in = ses_events()
    for record in event["Records"]:
        take_in(record["Sns"]["Message"])
