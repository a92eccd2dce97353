"""Cancel notifications that wait."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.cancellation_views import CancelByKey, CancelledByKeyView, CancelledView
from recado.api.cursors import from_cursor
from recado.api.security import Middleware, caller, requires
from recado.domain.api_keys import Scope
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.services.cancel_notifications import CancelNotifications

LONGEST_ID = 64
"""Of a notification; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""

TAGS = ["Notifications"]
MAY_SEND: list[Middleware] = [requires(Scope.NOTIFICATIONS_SEND)]


def with_cancellations(
    router: APIGatewayHttpRouter, *, cancel: CancelNotifications
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications` with those that cancel."""

    @router.post(
        "/cancel",
        middlewares=MAY_SEND,
        summary="Cancel by key",
        description=(
            "Cancels all that still waits of what events planned under a `key`. What a provider "
            "has already is `too_late`; no other channel follows it. The same again gives the "
            "same answer."
        ),
        responses={
            HTTPStatus.OK.value: {"description": "What could be cancelled is."},
            HTTPStatus.CONFLICT.value: {"description": "Some of it changes just now."},
        },
        tags=TAGS,
        operation_id="cancelByKey",
    )
    def by_key(request: CancelByKey) -> CancelledByKeyView:
        after = _id_of(request.cursor)
        return CancelledByKeyView.of(cancel.under_key(caller(router), request.key, after=after))

    @router.post(
        "/<notification_id>/cancel",
        middlewares=MAY_SEND,
        summary="Cancel a notification",
        description=(
            "Cancels one that waits for its moment, in a queue, or to be tried again. 409 "
            "`too_late` with its state when a provider has it, gets it just now, or it has ended; "
            "no other channel follows it then. The same again gives the same answer."
        ),
        responses={
            HTTPStatus.OK.value: {"description": "It is cancelled."},
            HTTPStatus.CONFLICT.value: {"description": "It is too late, or it changes just now."},
        },
        tags=TAGS,
        operation_id="cancelNotification",
    )
    def one(notification_id: str) -> CancelledView:
        if len(notification_id) > LONGEST_ID:
            raise NotFoundError("no such notification", field="notification_id")
        return CancelledView.of(cancel(caller(router), notification_id))

    return router


def _id_of(cursor: str | None) -> str | None:
    """The id after which a request goes on."""
    parts = from_cursor(cursor, 1)
    if parts is None:
        return None
    if not 0 < len(parts[0]) <= LONGEST_ID:
        raise UnprocessableError("this cursor is none that a page gave", field="cursor")
    return parts[0]
