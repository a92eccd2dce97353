"""The name by which a client finds a request in its own logs and in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from recado.domain.events import CORRELATION_ID

HEADER = "X-Correlation-Id"


def correlation_id_of(event: Mapping[str, Any], *, request_id: str) -> str:
    """The client's own name for a request, or ours: API Gateway's, which its access log has.

    What is no such name is left out: it will be in logs. `request_id` is Lambda's, for an event
    that names none.
    """
    named = (event.get("headers") or {}).get(HEADER.lower(), "")
    if re.fullmatch(CORRELATION_ID, named):
        return str(named)
    return str(event["requestContext"].get("requestId") or request_id)


def correlation_id(app: Any) -> str:
    """The name of the request, inside a route."""
    found: str = app.context["correlation_id"]
    return found
