"""Takes in what Slack tells of an app: messages, pressed buttons, removals."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.deployment import stack
from recado.bootstrap.inbound import slack_webhook
from recado.observability import function_logger
from recado.webhook_events import http_answer, read_webhook

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request of Slack's; an error makes an event come again, three times."""
    request = read_webhook(event, public_url=stack().config.public_url)
    return http_answer(slack_webhook()(request))
