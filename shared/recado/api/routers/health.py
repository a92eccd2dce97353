"""Whether everything that Recado depends on answers: for watchers and people, without a key."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.health_views import DatabaseView, DependenciesView, HealthView
from recado.domain.model import Model
from recado.ports.health import QueueProbe
from recado.services.check_health import CheckHealth

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

TAGS = ["Health"]


def health_router(*, probe: QueueProbe) -> APIGatewayHttpRouter:
    """The route of `/webhook/health`: 200, or 503 while a queue does not answer."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        summary="Health of the webhooks",
        description="Whether the queues answer that webhooks are kept in. Needs no key.",
        tags=TAGS,
        operation_id="readWebhookHealth",
        responses=_responses(HealthView),
    )
    def look() -> Response[HealthView]:
        found = probe.look()
        is_well = all(found.values())
        view = HealthView(
            status="ok" if is_well else "unavailable",
            queues={name: "ok" if well else "unavailable" for name, well in found.items()},
        )
        return _answer(view, is_well=is_well)

    return router


def dependencies_router(*, check: CheckHealth) -> APIGatewayHttpRouter:
    """The route of `/api/v1/health`: 200, or 503 while something does not answer."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        summary="Health of all dependencies",
        description=("Whether database, queues and files answer within two seconds. Needs no key."),
        tags=TAGS,
        operation_id="readHealth",
        responses=_responses(DependenciesView),
    )
    def look() -> Response[DependenciesView]:
        report = check()
        return _answer(DependenciesView.of(report), is_well=report.is_well)

    return router


def database_health_router(*, check: CheckHealth, region: str) -> APIGatewayHttpRouter:
    """The route of `/api/v1/health/database`: 200, or 503 while a table does not answer."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        summary="Health of the database",
        description=(
            "Each table by the variable that names it: whether it answers, the error code if not, "
            "and where to look. Needs no key."
        ),
        tags=TAGS,
        operation_id="readDatabaseHealth",
        responses=_responses(DatabaseView),
    )
    def look() -> Response[DatabaseView]:
        report = check()
        return _answer(DatabaseView.of(report, region), is_well=report.is_well)

    return router


def _responses(model: type[Model]) -> dict[int, OpenAPIResponse]:
    return {
        HTTPStatus.OK.value: {
            "description": "Everything answers",
            "content": {"application/json": {"model": model}},
        },
        HTTPStatus.SERVICE_UNAVAILABLE.value: {
            "description": "Something does not answer; the body says what",
            "content": {"application/json": {"model": model}},
        },
    }


def _answer[V](view: V, *, is_well: bool) -> Response[V]:
    return Response(
        status_code=(HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE).value,
        content_type="application/json",
        body=view,
        headers={"Cache-Control": "no-store"},
    )
