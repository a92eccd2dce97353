"""Structured logs: one JSON object a line, with the request's id, never with personal data."""

from __future__ import annotations

import logging

from aws_lambda_powertools import Logger


def function_logger() -> Logger:
    """The logger of a function; what the product's modules log goes the same way.

    Level and service name come from Powertools' environment variables.
    """
    logger = Logger()
    product = logging.getLogger("recado")
    product.handlers = list(logger.handlers)
    product.setLevel(logger.log_level)
    product.propagate = False
    return logger
