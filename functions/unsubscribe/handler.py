"""Shows the pages behind links in mails: to unsubscribe, and to open the WhatsApp chat."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.http_api import activation_page, unsubscribe_page
from recado.observability import function_logger

logger = function_logger()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0)."""
    if event["rawPath"].startswith("/a/"):
        return activation_page()(event)
    return unsubscribe_page()(event)
