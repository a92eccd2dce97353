"""Orchestration: which channels carry the news of each phase."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.languages import language
from recado.api.orchestration_views import (
    InitializedView,
    MatrixUpdate,
    OrchestrationPatch,
    OrchestrationRequest,
    OrchestrationsPage,
    OrchestrationView,
    PhaseInitialization,
    patched_row_of,
    position_of,
    row_of,
)
from recado.api.preconditions import check_match
from recado.api.security import Middleware, caller, requires, whole_tenant
from recado.api.versioned import IF_MATCH, created, no_content, versioned
from recado.domain.api_keys import Scope
from recado.domain.events import Slug
from recado.domain.orchestration import Orchestration, Target
from recado.ports.orchestration import OrchestrationQuery
from recado.services.edit_orchestration import EditOrchestration
from recado.services.read_orchestration import ReadOrchestration

TAGS = ["Orchestration"]


class OrchestrationOrdering(StrEnum):
    """How orchestrations may be sorted."""

    SERVICE_TYPE = "service_type_id"
    SERVICE_TYPE_DESCENDING = "-service_type_id"


MAY_READ: list[Middleware] = [requires(Scope.ORCHESTRATION_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.ORCHESTRATION_WRITE), whole_tenant]


def orchestration_router(
    *, read: ReadOrchestration, edit: EditOrchestration, idempotent: Middleware
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/orchestration`."""
    router = APIGatewayHttpRouter()
    _serve_all(router, read, edit, idempotent)
    _serve_one(router, read, edit)
    _serve_matrix(router, read, edit)
    return router


def _serve_all(
    router: APIGatewayHttpRouter,
    read: ReadOrchestration,
    edit: EditOrchestration,
    idempotent: Middleware,
) -> None:
    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List orchestrations",
        description="All channel matrices of the tenant, sorted by service type, then by target.",
        tags=TAGS,
        operation_id="listOrchestrations",
    )
    def list_them(
        service_type_id: Annotated[Slug | None, Query()] = None,
        target: Annotated[Target | None, Query()] = None,
        ordering: Annotated[OrchestrationOrdering, Query()] = OrchestrationOrdering.SERVICE_TYPE,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> OrchestrationsPage:
        query = OrchestrationQuery(
            service_type=service_type_id,
            target=target,
            descending=ordering is OrchestrationOrdering.SERVICE_TYPE_DESCENDING,
            after=position_of(cursor),
            limit=limit,
        )
        return OrchestrationsPage.of(read.page(caller(router).tenant_id, query), language(router))

    @router.post(
        "/",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.CREATED,
        summary="Create an orchestration",
        description=(
            "The channel matrix of a service type for clients or staff. Events for a service type "
            "and target without one are refused. 409 `already_exists` when there is one."
        ),
        tags=TAGS,
        operation_id="createOrchestration",
    )
    def create(request: OrchestrationRequest) -> Response[OrchestrationView]:
        rows = {phase: row_of(cells) for phase, cells in request.matrix.items()}
        stored = edit.create(caller(router).tenant_id, request.name, rows)
        location = f"/api/v1/notifications/orchestration/{stored.name.orchestration_id}/"
        return created(_view(router, read, stored), stored.version, location=location)


def _serve_one(
    router: APIGatewayHttpRouter, read: ReadOrchestration, edit: EditOrchestration
) -> None:
    check = partial(check_match, router)

    @router.get(
        "/<orchestration_id>",
        middlewares=MAY_READ,
        summary="Read an orchestration",
        description=(
            "The channels of each phase, with a warning for every enabled one without a template."
        ),
        tags=TAGS,
        operation_id="readOrchestration",
    )
    def one(orchestration_id: str) -> Response[OrchestrationView]:
        described = read.one(caller(router).tenant_id, orchestration_id)
        found = OrchestrationView.of(described, language(router))
        return versioned(found, described.orchestration.version)

    @router.put(
        "/<orchestration_id>",
        middlewares=MAY_WRITE,
        summary="Replace an orchestration",
        description=f"The matrix is exactly the one sent. {IF_MATCH}",
        tags=TAGS,
        operation_id="replaceOrchestration",
    )
    def replace(
        orchestration_id: str, request: OrchestrationRequest
    ) -> Response[OrchestrationView]:
        tenant_id = caller(router).tenant_id
        rows = {phase: row_of(cells) for phase, cells in request.matrix.items()}
        stored = edit.replace(tenant_id, orchestration_id, request.name, rows, check)
        return versioned(_view(router, read, stored), stored.version)

    @router.patch(
        "/<orchestration_id>",
        middlewares=MAY_WRITE,
        summary="Change an orchestration",
        description=(
            "A JSON merge patch of the matrix: what it does not name stays, null removes. "
            f"{IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="changeOrchestration",
    )
    def patch(orchestration_id: str, request: OrchestrationPatch) -> Response[OrchestrationView]:
        tenant_id = caller(router).tenant_id
        if request.matrix is None:
            stored = edit.clear(tenant_id, orchestration_id, check)
        else:
            rows = {
                phase: None if cells is None else patched_row_of(cells)
                for phase, cells in request.matrix.items()
            }
            stored = edit.patch(tenant_id, orchestration_id, rows, check)
        return versioned(_view(router, read, stored), stored.version)

    @router.delete(
        "/<orchestration_id>",
        middlewares=MAY_WRITE,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Delete an orchestration",
        description=(
            "Events for its service type and target are refused from then on (422 "
            f"`no_orchestration`). {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="deleteOrchestration",
    )
    def delete(orchestration_id: str) -> Response[None]:
        edit.delete(caller(router).tenant_id, orchestration_id, check)
        return no_content()


def _serve_matrix(
    router: APIGatewayHttpRouter, read: ReadOrchestration, edit: EditOrchestration
) -> None:
    check = partial(check_match, router)

    @router.post(
        "/<orchestration_id>/update_matrix",
        middlewares=MAY_WRITE,
        summary="Set cells of the matrix",
        description=(
            "All of them or none: an unknown phase or channel is refused by name, and nothing is "
            f"stored. Cells that are not named stay. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="updateOrchestrationMatrix",
    )
    def update_matrix(orchestration_id: str, request: MatrixUpdate) -> Response[OrchestrationView]:
        tenant_id = caller(router).tenant_id
        rows = {phase: row_of(cells) for phase, cells in request.matrix.items()}
        stored = edit.patch(tenant_id, orchestration_id, rows, check)
        return versioned(_view(router, read, stored), stored.version)

    @router.post(
        "/<orchestration_id>/initialize_phases",
        middlewares=MAY_WRITE,
        summary="Create the missing phase settings",
        description=(
            "Every phase of the catalogue without settings gets them, by default with all channels "
            f"disabled. Phases that have settings stay as they are. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="initializeOrchestrationPhases",
    )
    def initialize_phases(
        orchestration_id: str, request: Annotated[PhaseInitialization | None, Body()] = None
    ) -> Response[InitializedView]:
        channels = row_of(request.channels) if request and request.channels is not None else None
        tenant_id = caller(router).tenant_id
        initialized, phases = edit.initialize(tenant_id, orchestration_id, channels, check)
        answer = InitializedView(created=phases, orchestration=_view(router, read, initialized))
        return versioned(answer, initialized.version)


def _view(
    router: APIGatewayHttpRouter, read: ReadOrchestration, orchestration: Orchestration
) -> OrchestrationView:
    return OrchestrationView.of(read.described(orchestration), language(router))
