"""Shows the API's description: Swagger UI, ReDoc, and the OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from recado.bootstrap.documentation import documentation_pages
from recado.observability import function_logger

logger = function_logger()

DOCUMENT = Path(__file__).with_name("openapi.json")
"""Made by `make openapi`."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0)."""
    return documentation_pages()(event, document=DOCUMENT)
