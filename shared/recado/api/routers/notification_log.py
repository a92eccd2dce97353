"""What became of a notification."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.security import caller, requires
from recado.api.views import NotificationView
from recado.domain.api_keys import Scope
from recado.domain.errors import NotFoundError
from recado.ports.notifications import NotificationRepository

LONGEST_ID = 64
"""Of a notification; DynamoDB refuses a key of more than 2048 bytes as a fault of ours."""


def notification_log_router(*, notifications: NotificationRepository) -> APIGatewayHttpRouter:
    """The route of one notification under `/api/v1/notifications`."""
    router = APIGatewayHttpRouter()

    @router.get(
        "/<notification_id>",
        middlewares=[requires(Scope.NOTIFICATIONS_READ)],
        summary="Read a notification",
        description=(
            "Its state, why each channel was chosen or not, every attempt, and all that happened "
            "to it, oldest first. Addresses are masked."
        ),
        tags=["Notifications"],
        operation_id="readNotification",
    )
    def read(notification_id: str) -> NotificationView:
        may_exist = len(notification_id) <= LONGEST_ID
        who = caller(router)
        timeline = notifications.timeline(who.tenant_id, notification_id) if may_exist else None
        if timeline is None or not who.sees(timeline.notification.division):
            raise NotFoundError("no such notification", field="notification_id")
        return NotificationView.of(timeline)

    return router
