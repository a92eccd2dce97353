"""The catalogue of services and phases."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.security import caller, requires
from recado.api.views import CatalogueView
from recado.domain.api_keys import Scope
from recado.domain.errors import NotFoundError
from recado.ports.configuration import ConfigurationRepository


def catalogue_router(*, configuration: ConfigurationRepository) -> APIGatewayHttpRouter:
    """The routes of the catalogue under `/api/v1/notifications`."""
    router = APIGatewayHttpRouter()

    @router.get("/", middlewares=[requires(Scope.TEMPLATES_READ)])
    def read() -> CatalogueView:
        catalogue = configuration.catalogue(caller(router).tenant_id)
        if catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        return CatalogueView.of(catalogue)

    return router
