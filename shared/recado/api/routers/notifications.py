"""Notifications: accept events and test messages, tell what became of them."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.idempotency import idempotency_key
from recado.api.security import Middleware, caller, requires
from recado.api.views import NotificationAccepted, NotificationView
from recado.domain.api_keys import Scope
from recado.domain.errors import NotFoundError
from recado.domain.events import Event, TestMessage
from recado.domain.notification import Notification
from recado.ports.notifications import NotificationRepository
from recado.services.plan_notification import PlanNotification
from recado.services.send_test import SendTest

LONGEST_ID = 64
"""Of a notification; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


def notifications_router(
    *,
    plan: PlanNotification,
    send_test: SendTest,
    notifications: NotificationRepository,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications`."""
    router = APIGatewayHttpRouter()
    may_send = [requires(Scope.NOTIFICATIONS_SEND), idempotent]

    def client_key(route: str) -> str | None:
        value = idempotency_key(router)
        return None if value is None else f"api:{route}:{value}"

    @router.post("/events/dispatch", middlewares=may_send)
    def dispatch(event: Event) -> Response[NotificationAccepted]:
        notification = plan(
            caller(router).tenant_id,
            caller(router).mode,
            event,
            idempotency_key=client_key("dispatch"),
        )
        return _accepted(notification)

    @router.post("/test", middlewares=may_send)
    def test(message: TestMessage) -> Response[NotificationAccepted]:
        notification = send_test(
            caller(router).tenant_id,
            caller(router).mode,
            message,
            idempotency_key=client_key("test"),
        )
        return _accepted(notification)

    @router.get("/<notification_id>", middlewares=[requires(Scope.NOTIFICATIONS_READ)])
    def read(notification_id: str) -> NotificationView:
        may_exist = len(notification_id) <= LONGEST_ID
        timeline = (
            notifications.timeline(caller(router).tenant_id, notification_id) if may_exist else None
        )
        if timeline is None:
            raise NotFoundError("no such notification", field="notification_id")
        return NotificationView.of(timeline)

    return router


def _accepted(notification: Notification) -> Response[NotificationAccepted]:
    return Response(
        status_code=HTTPStatus.ACCEPTED.value,
        content_type="application/json",
        body=NotificationAccepted.of(notification),
        headers={"Location": f"/api/v1/notifications/{notification.notification_id}/"},
    )
