"""Customers' vehicles."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.positions import Cursor, Limit, position_of
from recado.api.preconditions import check_match
from recado.api.security import Middleware, caller, requires
from recado.api.vehicle_views import VehicleList, VehicleView
from recado.api.versioned import IF_MATCH, created, no_content, versioned
from recado.domain.api_keys import Scope
from recado.domain.customers import LONGEST_ID
from recado.domain.vehicle_requests import NewVehicle, VehicleInput, VehiclePatch
from recado.services.edit_vehicles import EditVehicles
from recado.services.read_vehicles import ReadVehicles, VehicleQuery

TAGS = ["Vehicles"]
MAY_READ: list[Middleware] = [requires(Scope.CUSTOMERS_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.CUSTOMERS_WRITE)]

REMINDED = "409 `in_use` while pending reminders of its customer are about it."


class VehicleOrdering(StrEnum):
    """How vehicles may be sorted."""

    PLATE = "plate"
    PLATE_DESCENDING = "-plate"


def vehicles_router(
    *, read: ReadVehicles, edit: EditVehicles, idempotent: Middleware
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/vehicles`."""
    router = APIGatewayHttpRouter()
    _serve_all(router, read, edit, idempotent)
    _serve_one(router, read, edit)
    return router


def _serve_all(
    router: APIGatewayHttpRouter, read: ReadVehicles, edit: EditVehicles, idempotent: Middleware
) -> None:
    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List vehicles",
        description=(
            "By plate. A key of a division sees the vehicles of its customers alone; then a page "
            "may be short, or empty, while there is a `next_cursor`."
        ),
        tags=TAGS,
        operation_id="listVehicles",
    )
    def list_them(
        plate: Annotated[
            str, Query(max_length=20, description="How the plate begins, in any spelling.")
        ] = "",
        customer_id: Annotated[str | None, Query(min_length=1, max_length=LONGEST_ID)] = None,
        ordering: Annotated[VehicleOrdering, Query()] = VehicleOrdering.PLATE,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> VehicleList:
        query = VehicleQuery(
            customer_id=customer_id,
            plate=plate,
            descending=ordering is VehicleOrdering.PLATE_DESCENDING,
            after=position_of(cursor),
            limit=limit,
        )
        return VehicleList.of(read.page(caller(router), query))

    @router.post(
        "/",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.CREATED,
        summary="Create a vehicle",
        description=(
            "422 when there is no such customer, 409 `already_exists` when there is a vehicle of "
            "that id."
        ),
        tags=TAGS,
        operation_id="createVehicle",
    )
    def create(vehicle: NewVehicle) -> Response[VehicleView]:
        stored = edit.create(caller(router), vehicle)
        location = f"/api/v1/notifications/vehicles/{stored.vehicle_id}/"
        return created(VehicleView.of(stored), stored.version, location=location)


def _serve_one(router: APIGatewayHttpRouter, read: ReadVehicles, edit: EditVehicles) -> None:
    check = partial(check_match, router)

    @router.get(
        "/<vehicle_id>",
        middlewares=MAY_READ,
        summary="Read a vehicle",
        description="The `ETag` names the version for a later change.",
        tags=TAGS,
        operation_id="readVehicle",
    )
    def one(vehicle_id: str) -> Response[VehicleView]:
        vehicle = read.one(caller(router), vehicle_id)
        return versioned(VehicleView.of(vehicle), vehicle.version)

    @router.put(
        "/<vehicle_id>",
        middlewares=MAY_WRITE,
        summary="Replace a vehicle",
        description=(
            f"What is not sent is cleared. To give it to another customer: {REMINDED} {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="replaceVehicle",
    )
    def replace(vehicle_id: str, vehicle: VehicleInput) -> Response[VehicleView]:
        stored = edit.replace(caller(router), vehicle_id, vehicle, check=check)
        return versioned(VehicleView.of(stored), stored.version)

    @router.patch(
        "/<vehicle_id>",
        middlewares=MAY_WRITE,
        summary="Change a vehicle",
        description=(
            "A JSON merge patch: what is not sent stays, null clears. To give it to another "
            f"customer: {REMINDED} {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="changeVehicle",
    )
    def patch(vehicle_id: str, changes: VehiclePatch) -> Response[VehicleView]:
        stored = edit.patch(caller(router), vehicle_id, changes, check=check)
        return versioned(VehicleView.of(stored), stored.version)

    @router.delete(
        "/<vehicle_id>",
        middlewares=MAY_WRITE,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Delete a vehicle",
        description=f"{REMINDED} {IF_MATCH}",
        tags=TAGS,
        operation_id="deleteVehicle",
    )
    def delete(vehicle_id: str) -> Response[None]:
        edit.delete(caller(router), vehicle_id, check=check)
        return no_content()
