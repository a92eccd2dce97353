"""Takes in what Evolution API servers tell: messages, statuses, sessions."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.deployment import stack
from recado.bootstrap.inbound import evolution_webhook
from recado.observability import function_logger
from recado.webhook_events import http_answer, read_webhook

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a server's request; an error makes it come again, ten times by its own default."""
    request = read_webhook(event, public_url=stack().config.public_url)
    return http_answer(evolution_webhook()(request))
