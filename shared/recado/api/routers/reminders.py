"""Maintenance reminders."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.positions import Cursor, Limit, position_of
from recado.api.preconditions import check_match
from recado.api.reminder_views import CompletedView, ReminderList, ReminderView
from recado.api.security import Middleware, caller, requires
from recado.api.versioned import IF_MATCH, created, no_content, versioned
from recado.domain.api_keys import Scope
from recado.domain.customers import LONGEST_ID
from recado.domain.days import Day
from recado.domain.reminder_requests import Completion, NewReminder, ReminderInput, ReminderPatch
from recado.domain.vehicles import ReminderStatus
from recado.services.complete_reminder import CompleteReminder
from recado.services.edit_reminders import EditReminders
from recado.services.read_reminders import ReadReminders, ReminderQuery

TAGS = ["Reminders"]
MAY_READ: list[Middleware] = [requires(Scope.CUSTOMERS_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.CUSTOMERS_WRITE)]

DUE = "Due on a day, at a mileage of the customer's vehicle, or whichever comes first."


class ReminderOrdering(StrEnum):
    """How reminders may be sorted."""

    DUE_ON = "due_on"
    DUE_ON_DESCENDING = "-due_on"


def reminders_router(
    *,
    read: ReadReminders,
    edit: EditReminders,
    complete: CompleteReminder,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/reminders`."""
    router = APIGatewayHttpRouter()
    _serve_all(router, read, edit, idempotent)
    _serve_one(router, read, edit)
    _serve_completion(router, complete)
    return router


def _serve_all(
    router: APIGatewayHttpRouter, read: ReadReminders, edit: EditReminders, idempotent: Middleware
) -> None:
    @router.get(
        "/",
        middlewares=MAY_READ,
        summary="List reminders",
        description=(
            "By the day on which they are due; those due by mileage alone come last. Filters look "
            "at 500 reminders at a time: a page may be short, or empty, while there is a "
            "`next_cursor`."
        ),
        tags=TAGS,
        operation_id="listReminders",
    )
    def list_them(
        status: Annotated[ReminderStatus | None, Query()] = None,
        customer_id: Annotated[str | None, Query(min_length=1, max_length=LONGEST_ID)] = None,
        vehicle_id: Annotated[
            str | None,
            Query(
                min_length=1,
                max_length=LONGEST_ID,
                description="Alone it finds the reminders of the vehicle's present customer.",
            ),
        ] = None,
        due_after: Annotated[Day | None, Query(description="On this day or later.")] = None,
        due_before: Annotated[Day | None, Query(description="Before this day.")] = None,
        ordering: Annotated[ReminderOrdering, Query()] = ReminderOrdering.DUE_ON,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ReminderList:
        query = ReminderQuery(
            status=status,
            customer_id=customer_id,
            vehicle_id=vehicle_id,
            due_from=due_after,
            due_before=due_before,
            descending=ordering is ReminderOrdering.DUE_ON_DESCENDING,
            after=position_of(cursor),
            limit=limit,
        )
        return ReminderList.of(read.page(caller(router), query))

    @router.post(
        "/",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.CREATED,
        summary="Create a reminder",
        description=(
            f"{DUE} 422 when there is no such customer, vehicle of theirs or service type, 409 "
            "`already_exists` when there is a reminder of that id."
        ),
        tags=TAGS,
        operation_id="createReminder",
    )
    def create(reminder: NewReminder) -> Response[ReminderView]:
        stored = edit.create(caller(router), reminder)
        location = f"/api/v1/notifications/reminders/{stored.reminder_id}/"
        return created(ReminderView.of(stored), stored.version, location=location)


def _serve_one(router: APIGatewayHttpRouter, read: ReadReminders, edit: EditReminders) -> None:
    check = partial(check_match, router)

    @router.get(
        "/<reminder_id>",
        middlewares=MAY_READ,
        summary="Read a reminder",
        description="The `ETag` names the version for a later change.",
        tags=TAGS,
        operation_id="readReminder",
    )
    def one(reminder_id: str) -> Response[ReminderView]:
        reminder = read.one(caller(router), reminder_id)
        return versioned(ReminderView.of(reminder), reminder.version)

    @router.put(
        "/<reminder_id>",
        middlewares=MAY_WRITE,
        summary="Replace a reminder",
        description=(f"What is not sent is cleared. {DUE} 409 when it is completed. {IF_MATCH}"),
        tags=TAGS,
        operation_id="replaceReminder",
    )
    def replace(reminder_id: str, reminder: ReminderInput) -> Response[ReminderView]:
        stored = edit.replace(caller(router), reminder_id, reminder, check=check)
        return versioned(ReminderView.of(stored), stored.version)

    @router.patch(
        "/<reminder_id>",
        middlewares=MAY_WRITE,
        summary="Change a reminder",
        description=(
            "A JSON merge patch: what is not sent stays, null clears. `status` cancels it, or "
            f"takes that back. 409 when it is completed. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="changeReminder",
    )
    def patch(reminder_id: str, changes: ReminderPatch) -> Response[ReminderView]:
        stored = edit.patch(caller(router), reminder_id, changes, check=check)
        return versioned(ReminderView.of(stored), stored.version)

    @router.delete(
        "/<reminder_id>",
        middlewares=MAY_WRITE,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Delete a reminder",
        description=IF_MATCH,
        tags=TAGS,
        operation_id="deleteReminder",
    )
    def delete(reminder_id: str) -> Response[None]:
        edit.delete(caller(router), reminder_id, check=check)
        return no_content()


def _serve_completion(router: APIGatewayHttpRouter, complete: CompleteReminder) -> None:
    @router.post(
        "/<reminder_id>/complete",
        middlewares=MAY_WRITE,
        summary="Complete a reminder",
        description=(
            "With `next_due_on` or `next_due_mileage` another one follows, stored together with "
            "this one. Completing again changes nothing and gives the same answer. 409 when it is "
            f"cancelled. {IF_MATCH}"
        ),
        tags=TAGS,
        operation_id="completeReminder",
    )
    def complete_it(
        reminder_id: str, completion: Annotated[Completion | None, Body()] = None
    ) -> Response[CompletedView]:
        completed = complete(
            caller(router),
            reminder_id,
            completion or Completion(),
            check=partial(check_match, router),
        )
        return versioned(CompletedView.of(completed), completed.reminder.version)
