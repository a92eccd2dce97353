"""Notifications: accept events and test messages."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.correlation import correlation_id
from recado.api.idempotency import own_key
from recado.api.security import Middleware, caller, requires
from recado.api.views import NotificationAccepted
from recado.domain.api_keys import Scope
from recado.domain.events import Event, TestMessage
from recado.domain.notification import Notification
from recado.services.plan_notification import PlanNotification
from recado.services.send_test import SendTest

TAGS = ["Notifications"]


def notifications_router(
    *,
    plan: PlanNotification,
    send_test: SendTest,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications`."""
    router = APIGatewayHttpRouter()
    may_send = [requires(Scope.NOTIFICATIONS_SEND), idempotent]

    @router.post(
        "/events/dispatch",
        middlewares=may_send,
        summary="Hand an event in",
        description=(
            "Plans the notification by orchestration, preferences, addresses and suppressions, "
            "stores it, and sends it in the background. 202 means that it is stored and will end "
            "with a state and a reason; the route says which channels are tried in which order."
        ),
        tags=TAGS,
        responses={HTTPStatus.ACCEPTED: {"description": "Stored, with its planned route."}},
        operation_id="dispatchEvent",
    )
    def dispatch(event: Event) -> Response[NotificationAccepted]:
        who = caller(router)
        notification = plan(
            who.tenant_id,
            who.mode,
            event,
            division=who.division,
            idempotency_key=own_key(router, "dispatch"),
            correlation_id=correlation_id(router),
        )
        return _accepted(notification)

    @router.post(
        "/test",
        middlewares=may_send,
        summary="Send a test message",
        description="Sends one message to any address, through a given account or the first one.",
        tags=TAGS,
        responses={HTTPStatus.ACCEPTED: {"description": "Stored, with its planned route."}},
        operation_id="sendTestMessage",
    )
    def test(message: TestMessage) -> Response[NotificationAccepted]:
        who = caller(router)
        notification = send_test(
            who.tenant_id,
            who.mode,
            message,
            division=who.division,
            idempotency_key=own_key(router, "test"),
            correlation_id=correlation_id(router),
        )
        return _accepted(notification)

    return router


def _accepted(notification: Notification) -> Response[NotificationAccepted]:
    return Response(
        status_code=HTTPStatus.ACCEPTED.value,
        content_type="application/json",
        body=NotificationAccepted.of(notification),
        headers={"Location": f"/api/v1/notifications/{notification.notification_id}/"},
    )
