"""Appointments and interviews, with the reminders that go before them."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.appointment_views import AppointmentList, AppointmentView
from recado.api.correlation import correlation_id
from recado.api.positions import Cursor, Limit, position_of
from recado.api.preconditions import check_match
from recado.api.security import Middleware, caller, requires
from recado.api.versioned import IF_MATCH, created, no_content, versioned
from recado.domain.api_keys import Scope
from recado.domain.appointment_requests import AppointmentInput
from recado.domain.appointments import AppointmentStatus
from recado.domain.customers import LONGEST_ID
from recado.domain.events import Moment
from recado.services.edit_appointments import EditAppointments
from recado.services.read_appointments import AppointmentQuery, ReadAppointments

TAGS = ["Appointments"]
MAY_READ: list[Middleware] = [requires(Scope.NOTIFICATIONS_READ)]
MAY_SEND: list[Middleware] = [requires(Scope.NOTIFICATIONS_SEND)]


class AppointmentOrdering(StrEnum):
    """How appointments may be sorted."""

    STARTS_AT = "starts_at"
    STARTS_AT_DESCENDING = "-starts_at"


def appointments_router(*, read: ReadAppointments, edit: EditAppointments) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/appointments`."""
    router = APIGatewayHttpRouter()
    check = partial(check_match, router)

    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List appointments",
        description=(
            "By when they begin; those of test and live keys apart. The filter by status looks at "
            "500 appointments at a time: a page may be short, or empty, while there is a "
            "`next_cursor`."
        ),
        tags=TAGS,
        operation_id="listAppointments",
    )
    def list_them(
        status: Annotated[AppointmentStatus | None, Query()] = None,
        customer_id: Annotated[str | None, Query(min_length=1, max_length=LONGEST_ID)] = None,
        starts_after: Annotated[
            Moment | None, Query(description="Only those that begin at this moment or later.")
        ] = None,
        starts_before: Annotated[
            Moment | None, Query(description="Only those that begin before this moment.")
        ] = None,
        ordering: Annotated[AppointmentOrdering, Query()] = AppointmentOrdering.STARTS_AT,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> AppointmentList:
        query = AppointmentQuery(
            status=status,
            customer_id=customer_id,
            starts_from=starts_after,
            starts_before=starts_before,
            descending=ordering is AppointmentOrdering.STARTS_AT_DESCENDING,
            after=position_of(cursor),
            limit=limit,
        )
        return AppointmentList.of(read.page(caller(router), query))

    @router.get(
        "/<appointment_id>",
        middlewares=MAY_READ,
        summary="Read an appointment",
        description=(
            "With what the customer said to it and the notifications of its reminders. The `ETag` "
            "names the version for a later change."
        ),
        tags=TAGS,
        operation_id="readAppointment",
    )
    def one(appointment_id: str) -> Response[AppointmentView]:
        appointment = read.one(caller(router), appointment_id)
        return versioned(AppointmentView.of(appointment), appointment.version)

    @router.put(
        "/<appointment_id>",
        middlewares=MAY_SEND,
        summary="Make or move an appointment",
        description=(
            "Plans its reminders, and cancels those of the time that it had before. The same "
            "again changes nothing; a reminder whose moment has passed is not sent. 422 when "
            f"there is no such customer or service type. {IF_MATCH}"
        ),
        responses={
            HTTPStatus.CREATED.value: {"description": "The appointment is new."},
            HTTPStatus.OK.value: {"description": "It was there, and is as it was sent now."},
        },
        tags=TAGS,
        operation_id="putAppointment",
    )
    def put(appointment_id: str, appointment: AppointmentInput) -> Response[AppointmentView]:
        done = edit.put(
            caller(router),
            appointment_id,
            appointment,
            check=check,
            correlation_id=correlation_id(router),
        )
        view, version = AppointmentView.of(done.appointment), done.appointment.version
        if not done.is_new:
            return versioned(view, version)
        location = f"/api/v1/notifications/appointments/{appointment_id}/"
        return created(view, version, location=location)

    @router.delete(
        "/<appointment_id>",
        middlewares=MAY_SEND,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Cancel an appointment",
        description=f"Its reminders that still wait are cancelled. {IF_MATCH}",
        tags=TAGS,
        operation_id="cancelAppointment",
    )
    def delete(appointment_id: str) -> Response[None]:
        edit.delete(caller(router), appointment_id, check=check)
        return no_content()

    return router
