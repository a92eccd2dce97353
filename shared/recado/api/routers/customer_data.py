"""Customers as a whole: import and export of files, all that is held on one, erasure."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import ValidationError

from recado.api import positions
from recado.api.communication_views import CommunicationView, cursor_of, position_of
from recado.api.cursors import to_cursor
from recado.api.customer_data_views import ImportRequest, ImportView, PersonExportView
from recado.api.problems import InvalidRequestError
from recado.api.security import Middleware, caller, requires
from recado.api.task_answers import TASK_ANSWERS, accepted
from recado.api.task_views import TaskAcceptedView, TaskView
from recado.domain.api_keys import Scope
from recado.domain.communications import LogPosition
from recado.domain.customer_csv import Column, FaultyLinesError, write_csv
from recado.domain.errors import UnprocessableError
from recado.ports.people import PeopleRepository
from recado.services.accept_erasure import AcceptErasure
from recado.services.accept_import import AcceptImport
from recado.services.export_person import ExportPerson
from recado.services.look_at_task import LookAtTask
from recado.services.read_communications import ReadCommunications

CUSTOMERS = "/api/v1/notifications/customers"
TAGS = ["Customers"]
MAY_READ: list[Middleware] = [requires(Scope.CUSTOMERS_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.CUSTOMERS_WRITE)]

LONGEST_CURSOR = 2000

FILE = {
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["csv"],
                "additionalProperties": False,
                "properties": {
                    "csv": {"type": "string", "description": "The file."},
                    "columns": {
                        "type": "object",
                        "description": "The header of each field that is not understood alone.",
                        "propertyNames": {"enum": list(Column)},
                        "additionalProperties": {"type": "string", "minLength": 1},
                    },
                },
            }
        },
    },
}
"""The body of an import, which the route reads itself."""

ROWS_AT_ONCE = 500
"""Customers in one page of a file."""

LARGEST_PAGE = 3_000_000
"""Bytes after which a page ends: Lambda answers with 6 MB, in which every quote counts twice."""


def with_customer_data(
    router: APIGatewayHttpRouter,
    *,
    people: PeopleRepository,
    accept_import: AcceptImport,
    accept_erasure: AcceptErasure,
    export: ExportPerson,
    read: ReadCommunications,
    look: LookAtTask,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The router of `/api/v1/notifications/customers`, with these routes beside its own."""
    _serve_files(router, people, accept_import, idempotent)
    _serve_one(router, accept_erasure, export, read, idempotent)

    @router.get(
        "/tasks/<task_id>",
        middlewares=MAY_READ,
        summary="Ask how a task stands",
        description=(
            "How far an import or an erasure is, with what is wrong with each record that failed; "
            "for seven days. A division's key sees what the division asked for."
        ),
        tags=TAGS,
        operation_id="readCustomerTask",
    )
    def task(task_id: str) -> TaskView:
        who = caller(router)
        return TaskView.of(look(who.tenant_id, task_id, division=who.division))

    return router


def _serve_files(
    router: APIGatewayHttpRouter,
    people: PeopleRepository,
    accept_import: AcceptImport,
    idempotent: Middleware,
) -> None:
    @router.post(
        "/import",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.ACCEPTED,
        summary="Import customers from a CSV file",
        description=(
            "The body is the file (`text/csv`, UTF-8, up to 1,000 customers), or JSON with the "
            "file in `csv`. Common Spanish and English headers are understood; others are named "
            "by `column.<field>=<header>`, or in `columns`. When any line is wrong, 422 tells of "
            "each by its line and nothing is stored. `dry_run=true` only checks, and answers 200."
        ),
        tags=TAGS,
        responses={
            **TASK_ANSWERS,
            HTTPStatus.OK.value: {"description": "The file is in order; nothing was stored."},
        },
        openapi_extensions={"requestBody": FILE},
        operation_id="importCustomers",
    )
    def import_file(
        dry_run: Annotated[bool, Query(description="Only check the file.")] = False,
        customer_id: Annotated[str | None, _header(Column.CUSTOMER_ID)] = None,
        name: Annotated[str | None, _header(Column.NAME)] = None,
        email: Annotated[str | None, _header(Column.EMAIL)] = None,
        phone: Annotated[str | None, _header(Column.PHONE)] = None,
        locale: Annotated[str | None, _header(Column.LOCALE)] = None,
        division: Annotated[str | None, _header(Column.DIVISION)] = None,
        time_zone: Annotated[str | None, _header(Column.TIME_ZONE)] = None,
    ) -> Response[ImportView]:
        headers = (customer_id, name, email, phone, locale, division, time_zone)
        named = {c: header for c, header in zip(Column, headers, strict=True) if header}
        file = _file(router)
        who = caller(router)
        try:
            taken = accept_import(
                who.tenant_id,
                file.csv,
                {**file.columns, **named},
                division=who.division,
                only_check=dry_run,
            )
        except FaultyLinesError as error:
            raise InvalidRequestError(error.faults) from None
        if taken.task is None:
            return Response(HTTPStatus.OK.value, "application/json", ImportView.of(taken, None))
        status_url = f"{CUSTOMERS}/tasks/{taken.task.task_id}/"
        return Response(
            status_code=HTTPStatus.ACCEPTED.value,
            content_type="application/json",
            body=ImportView.of(taken, status_url),
            headers={"Location": status_url},
        )

    @router.get(
        "/export",
        middlewares=MAY_READ,
        summary="Export customers as a CSV file",
        description=(
            "A page of customers by name; `Link` with `rel=next` leads to the following one, which "
            "has a line of headers of its own. Cells that a spreadsheet would take for a formula "
            "begin with an apostrophe; the import takes it away."
        ),
        tags=TAGS,
        responses={
            HTTPStatus.OK.value: {
                "description": "A page of the file.",
                "headers": {
                    "Link": {
                        "description": "The following page, with `rel=next`; none at the end.",
                        "schema": {"type": "string"},
                    },
                    "Content-Disposition": {
                        "description": "What to call the file.",
                        "schema": {"type": "string"},
                    },
                },
                "content": {"text/csv": {"schema": {"type": "string"}}},
            }
        },
        operation_id="exportCustomers",
    )
    def export_file(
        cursor: positions.Cursor = None,
        limit: Annotated[int, Query(ge=1, le=ROWS_AT_ONCE)] = ROWS_AT_ONCE,
    ) -> Response[str]:
        who = caller(router)
        page = people.people(
            who.tenant_id,
            division=who.division,
            name="",
            descending=False,
            after=positions.position_of(cursor),
            limit=limit,
        )
        headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
        if page.next is not None:
            query = urlencode({"cursor": to_cursor(page.next), "limit": limit})
            headers["Link"] = f'<{CUSTOMERS}/export/?{query}>; rel="next"'
        return Response(
            status_code=HTTPStatus.OK.value,
            content_type="text/csv; charset=utf-8",
            body=write_csv(page.people),
            headers=dict(headers),
        )


def _serve_one(
    router: APIGatewayHttpRouter,
    accept_erasure: AcceptErasure,
    export: ExportPerson,
    read: ReadCommunications,
    idempotent: Middleware,
) -> None:
    @router.get(
        "/<customer_id>/export",
        middlewares=MAY_READ,
        summary="Export all that is held on a person",
        description=(
            "Profile, preferences, vehicles, reminders, suppressions, conversations, and their "
            "messages in both directions, newest first; `next_cursor` leads to earlier messages. "
            "Also for somebody who is not in the directory and whom something was sent to."
        ),
        tags=TAGS,
        operation_id="exportCustomer",
    )
    def export_person(
        customer_id: str,
        cursor: Annotated[str | None, Query(max_length=LONGEST_CURSOR)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> PersonExportView:
        who = caller(router)
        held = export(
            who.tenant_id,
            customer_id,
            division=who.division,
            after=position_of(cursor),
            limit=limit,
        )
        shown: list[CommunicationView] = []
        following, size = held.next, 0
        for entry in held.messages:
            shown.append(CommunicationView.of(entry, read.content(entry), read.files(entry)))
            size += len(shown[-1].model_dump_json())
            if size > LARGEST_PAGE:
                following = LogPosition.of(entry)
                break
        return PersonExportView.of(customer_id, held, shown, cursor_of(following))

    @router.post(
        "/<customer_id>/erase",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.ACCEPTED,
        summary="Erase a person",
        description=(
            "Their profile, addresses, subscriptions, vehicles, reminders, conversations, messages "
            "and files go, and what is planned for them is cancelled. The log keeps what happened, "
            "without whom it was for; suppressions go on to hold. It cannot be undone."
        ),
        tags=TAGS,
        responses=TASK_ANSWERS,
        operation_id="eraseCustomer",
    )
    def erase(customer_id: str) -> Response[TaskAcceptedView]:
        who = caller(router)
        task = accept_erasure(who.tenant_id, customer_id, division=who.division)
        return accepted(task, f"{CUSTOMERS}/tasks/{task.task_id}/")


def _header(column: Column) -> Query:
    """The query parameter that names a column's header."""
    return Query(
        alias=f"column.{column}",
        min_length=1,
        max_length=200,
        description=f"The header under which `{column}` stands.",
    )


def _file(router: APIGatewayHttpRouter) -> ImportRequest:
    """The file of a request, as text or in a JSON document."""
    event = router.current_event
    media_type = event.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if not event.body:
        raise UnprocessableError("send the file", field="csv")
    if media_type == "text/csv":
        return ImportRequest(csv=event.body)
    try:
        return ImportRequest.model_validate(event.json_body)
    except ValidationError as error:
        raise InvalidRequestError(error.errors(include_url=False, include_input=False)) from None
