"""The internal API: other services tell of their customers and vehicles, and ask how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field, SkipValidation

from recado.api.security import caller, requires
from recado.api.task_answers import TASK_ANSWERS, accepted
from recado.api.task_views import TaskAcceptedView, TaskView
from recado.domain.api_keys import Scope
from recado.domain.sync import CustomerRecord, SyncedKind, VehicleRecord
from recado.domain.tasks import MOST_RECORDS
from recado.services.accept_sync import AcceptSync
from recado.services.look_at_task import LookAtTask

LARGEST_BODY = 1024 * 1024
"""Bytes of a request: a thousand records."""

_TAGS = ["Internal"]

_MANY = Field(max_length=MOST_RECORDS)


def presented_secret(headers: Mapping[str, str]) -> str | None:
    """The secret of a request: `X-Internal-Secret`."""
    return headers.get("x-internal-secret")


def sync_router(*, accept: AcceptSync, look: LookAtTask) -> APIGatewayHttpRouter:
    """The routes under `/api/internal/v1`.

    The records of a request are checked one by one, by the service: the parameters of the routes
    only describe them.
    """
    router = APIGatewayHttpRouter()
    may_write = [requires(Scope.CUSTOMERS_WRITE)]

    def accepted_sync(kind: SyncedKind) -> Response[TaskAcceptedView]:
        task = accept(caller(router).tenant_id, kind, router.current_event.json_body)
        return accepted(task, f"/api/internal/v1/tasks/{task.task_id}/status/")

    @router.post(
        "/customers/sync",
        middlewares=may_write,
        status_code=HTTPStatus.ACCEPTED,
        summary="Tell of customers",
        description=(
            "Takes one record, or a list of up to 1,000, and works through them by a queue. A "
            "record that is wrong is told by the task's status and costs the others nothing. An "
            "older change never overwrites a newer one."
        ),
        tags=_TAGS,
        responses=TASK_ANSWERS,
        operation_id="syncCustomers",
    )
    def sync_customers(
        body: Annotated[
            SkipValidation[CustomerRecord | Annotated[list[CustomerRecord], _MANY]], Body()
        ],
    ) -> Response[TaskAcceptedView]:
        del body
        return accepted_sync(SyncedKind.CUSTOMER)

    @router.post(
        "/vehicles/sync",
        middlewares=may_write,
        status_code=HTTPStatus.ACCEPTED,
        summary="Tell of vehicles",
        description=(
            "As for customers. The customer of a vehicle may be told of later than the vehicle."
        ),
        tags=_TAGS,
        responses=TASK_ANSWERS,
        operation_id="syncVehicles",
    )
    def sync_vehicles(
        body: Annotated[
            SkipValidation[VehicleRecord | Annotated[list[VehicleRecord], _MANY]], Body()
        ],
    ) -> Response[TaskAcceptedView]:
        del body
        return accepted_sync(SyncedKind.VEHICLE)

    @router.get(
        "/tasks/<task_id>/status",
        middlewares=[requires(Scope.CUSTOMERS_READ)],
        summary="Ask how a task stands",
        description="Counts of records, and what is wrong with each that failed; for seven days.",
        tags=_TAGS,
        operation_id="readTaskStatus",
    )
    def status(task_id: str) -> TaskView:
        return TaskView.of(look(caller(router).tenant_id, task_id, division=None))

    return router
