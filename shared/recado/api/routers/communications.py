"""Communications: send one, list them in both directions, try a failed one again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.communication_views import (
    CandidateSummaryView,
    CommunicationsPage,
    CommunicationView,
    cursor_of,
    position_of,
)
from recado.api.correlation import correlation_id
from recado.api.idempotency import own_key
from recado.api.security import Middleware, caller, requires
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.communications import (
    CommunicationFilter,
    CommunicationStatus,
    Direction,
    LogEntry,
    LogPosition,
    Page,
)
from recado.domain.communications import SendCommunication as SendRequest
from recado.domain.errors import NotFoundError
from recado.domain.events import Moment
from recado.domain.notification import MessageType
from recado.domain.replies import Interest
from recado.services.read_communications import ReadCommunications
from recado.services.send_communication import SendCommunication

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

LONGEST_ID = 128
"""Of a candidate; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""

TAGS = ["Communications"]
ACCEPTED: dict[int, OpenAPIResponse] = {
    HTTPStatus.ACCEPTED: {"description": "Stored; it is sent in the background."}
}

LARGEST_PAGE = 3_000_000
"""Bytes after which a page ends: Lambda answers with 6 MB, in which every quote counts twice."""


def communications_router(
    *, send: SendCommunication, read: ReadCommunications, idempotent: Middleware
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/communications`."""
    router = APIGatewayHttpRouter()
    may_send = [requires(Scope.NOTIFICATIONS_SEND), idempotent]
    may_read = [requires(Scope.NOTIFICATIONS_READ)]

    def view(entry: LogEntry) -> CommunicationView:
        return CommunicationView.of(entry, read.content(entry))

    @router.post(
        "/send",
        middlewares=may_send,
        summary="Send a WhatsApp message to a candidate",
        description=(
            "An approved template, free content while the 24-hour window is open, or both: then "
            "the content goes inside the window and the template outside."
        ),
        tags=TAGS,
        responses=ACCEPTED,
        operation_id="sendCommunication",
    )
    def send_one(request: SendRequest) -> Response[CommunicationView]:
        who = caller(router)
        entry = send(
            who.tenant_id,
            who.mode,
            request,
            division=who.division,
            idempotency_key=own_key(router, "communications"),
            correlation_id=correlation_id(router),
        )
        return _accepted(view(entry))

    @router.get(
        "/",
        middlewares=may_read,
        summary="List communications",
        description=(
            "Messages in both directions, newest first. Pages may be short, or empty with a "
            "`next_cursor`, when a filter lets little through."
        ),
        tags=TAGS,
        operation_id="listCommunications",
    )
    def list_them(
        candidate_id: Annotated[str | None, Query(max_length=LONGEST_ID)] = None,
        application_id: Annotated[str | None, Query(max_length=LONGEST_ID)] = None,
        direction: Annotated[Direction | None, Query()] = None,
        status: Annotated[CommunicationStatus | None, Query()] = None,
        channel: Annotated[Channel | None, Query()] = None,
        message_type: Annotated[MessageType | None, Query()] = None,
        interest: Annotated[Interest | None, Query()] = None,
        since: Annotated[Moment | None, Query()] = None,
        until: Annotated[Moment | None, Query()] = None,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> CommunicationsPage:
        page = read.page(
            caller(router).tenant_id,
            CommunicationFilter(
                candidate_id=candidate_id,
                application_id=application_id,
                direction=direction,
                status=status,
                channel=channel,
                message_type=message_type,
                interest=interest,
                division=caller(router).division,
            ),
            since=since,
            until=until,
            after=position_of(cursor),
            limit=limit,
        )
        return _fitting(page, view)

    @router.get(
        "/candidate/<candidate_id>/summary",
        middlewares=may_read,
        summary="Summarise a candidate's communications",
        description="Counts, rates and times of what was said to and by them, and their interest.",
        tags=TAGS,
        operation_id="summariseCandidate",
    )
    def summary(candidate_id: str) -> CandidateSummaryView:
        if len(candidate_id) > LONGEST_ID:
            raise NotFoundError("no such candidate", field="candidate_id")
        who = caller(router)
        found = read.summary(who.tenant_id, candidate_id, division=who.division)
        return CandidateSummaryView.of(found)

    @router.get(
        "/<communication_id>",
        middlewares=may_read,
        summary="Read a communication",
        description="A message with its content, its receipts, and the files that came with it.",
        tags=TAGS,
        operation_id="readCommunication",
    )
    def one(communication_id: str) -> CommunicationView:
        who = caller(router)
        entry = read.one(who.tenant_id, _checked(communication_id), division=who.division)
        return CommunicationView.of(entry, read.content(entry), read.files(entry))

    @router.post(
        "/<communication_id>/retry",
        middlewares=may_send,
        summary="Try a failed communication again",
        description="Sends the same content again, at most three times for one message.",
        tags=TAGS,
        responses=ACCEPTED,
        operation_id="retryCommunication",
    )
    def retry(communication_id: str) -> Response[CommunicationView]:
        who = caller(router)
        named = _checked(communication_id)
        return _accepted(view(send.retry(who.tenant_id, who.mode, named, division=who.division)))

    return router


def _fitting(page: Page, view: Callable[[LogEntry], CommunicationView]) -> CommunicationsPage:
    """As much of a page as one answer takes; the cursor leads to the rest."""
    shown: list[CommunicationView] = []
    size = 0
    for entry in page.entries:
        shown.append(view(entry))
        size += len(shown[-1].model_dump_json())
        if size > LARGEST_PAGE:
            next_cursor = cursor_of(LogPosition.of(entry))
            return CommunicationsPage(communications=shown, next_cursor=next_cursor)
    return CommunicationsPage(communications=shown, next_cursor=cursor_of(page.next))


def _checked(communication_id: str) -> str:
    if len(communication_id) > LONGEST_ID:
        raise NotFoundError("no such communication", field="communication_id")
    return communication_id


def _accepted(view: CommunicationView) -> Response[CommunicationView]:
    return Response(
        status_code=HTTPStatus.ACCEPTED.value,
        content_type="application/json",
        body=view,
        headers={"Location": f"/api/v1/communications/{view.id}/"},
    )
