"""Whether webhooks can be taken in: for load balancers and watchers, without a key."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.domain.model import Model
from recado.ports.health import QueueProbe

Health = Literal["ok", "unavailable"]


class HealthView(Model):
    """How the queues are that webhooks are kept in, and with them the whole."""

    status: Health
    queues: dict[str, Health]


def health_router(*, probe: QueueProbe) -> APIGatewayHttpRouter:
    """The route of `/webhook/health`: 200, or 503 while a queue does not answer."""
    router = APIGatewayHttpRouter()

    @router.get("/")
    def look() -> Response[HealthView]:
        found = probe.look()
        is_well = all(found.values())
        return Response(
            status_code=(HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE).value,
            content_type="application/json",
            body=HealthView(
                status="ok" if is_well else "unavailable",
                queues={name: "ok" if well else "unavailable" for name, well in found.items()},
            ),
            headers={"Cache-Control": "no-store"},
        )

    return router
