"""Structured logs: one JSON object a line, with the request's id, never with personal data."""

from __future__ import annotations

import logging

from aws_lambda_powertools import Logger

LIBRARIES_THAT_LOG_BODIES = ("boto3", "botocore", "httpcore", "httpx", "urllib3")
"""With DEBUG they write requests and answers, secrets among them; Lambda's own setting of the
level is the root's."""


def function_logger() -> Logger:
    """The logger of a function; what the product's modules log goes the same way.

    Level and service name come from Powertools' environment variables.
    """
    logger = Logger()
    product = logging.getLogger("recado")
    product.handlers = list(logger.handlers)
    product.setLevel(logger.log_level)
    product.propagate = False
    for name in LIBRARIES_THAT_LOG_BODIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    return logger
