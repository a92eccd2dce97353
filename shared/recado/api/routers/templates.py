"""Templates: see what they become."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.security import caller, requires
from recado.domain.api_keys import Scope
from recado.services.preview_template import Preview, PreviewRequest, PreviewTemplate


def templates_router(*, preview: PreviewTemplate) -> APIGatewayHttpRouter:
    """The routes of templates under `/api/v1/notifications`."""
    router = APIGatewayHttpRouter()

    @router.post("/preview", middlewares=[requires(Scope.TEMPLATES_READ)])
    def show(request: PreviewRequest) -> Preview:
        return preview(caller(router).tenant_id, request)

    return router
