"""The catalogue of services and phases."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.catalogue_views import CatalogueView, PhasesView, ServiceTypesView
from recado.api.revalidation import revalidated
from recado.api.security import Middleware, caller, requires
from recado.domain.api_keys import Scope
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.orchestration import Catalogue
from recado.ports.configuration import ConfigurationRepository

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

TAGS = ["Catalogue"]
MAY_READ: list[Middleware] = [requires(Scope.TEMPLATES_READ), revalidated]
POLLING = "Answers 304 without a body to an `If-None-Match` with the `ETag` of the last answer."


def catalogue_router(*, configuration: ConfigurationRepository) -> APIGatewayHttpRouter:
    """The route of `/api/v1/notifications/catalog`."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="Read the catalogue",
        description=f"Service types with their subtypes, and phases. {POLLING}",
        tags=TAGS,
        responses=_responses(CatalogueView),
        operation_id="readCatalogue",
    )
    def read() -> CatalogueView:
        return CatalogueView.of(_catalogue(configuration, caller(router).tenant_id))

    return router


def phases_router(*, configuration: ConfigurationRepository) -> APIGatewayHttpRouter:
    """The route of `/api/v1/notifications/phases`."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List phases",
        description=f"The phases of a service in the order in which customers live them. {POLLING}",
        tags=TAGS,
        responses=_responses(PhasesView),
        operation_id="listPhases",
    )
    def read() -> PhasesView:
        return PhasesView.of(_catalogue(configuration, caller(router).tenant_id))

    return router


def service_types_router(*, configuration: ConfigurationRepository) -> APIGatewayHttpRouter:
    """The route of `/api/v1/notifications/service-types`."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List service types",
        description=f"The service types with their subtypes, in the tenant's order. {POLLING}",
        tags=TAGS,
        responses=_responses(ServiceTypesView),
        operation_id="listServiceTypes",
    )
    def read() -> ServiceTypesView:
        return ServiceTypesView.of(_catalogue(configuration, caller(router).tenant_id))

    return router


def _responses(model: type[Model]) -> dict[int, OpenAPIResponse]:
    return {
        HTTPStatus.OK.value: {
            "description": "The catalogue as it is now",
            "content": {"application/json": {"model": model}},
        },
        HTTPStatus.NOT_MODIFIED.value: {
            "description": "It is as the client knows it",
            "content": {},
        },
    }


def _catalogue(configuration: ConfigurationRepository, tenant_id: str) -> Catalogue:
    catalogue = configuration.catalogue(tenant_id)
    if catalogue is None:
        raise NotFoundError("this tenant has no catalogue")
    return catalogue
