"""What a tenant's team was alerted to."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.alert_views import AlertsView, AlertView
from recado.api.languages import language
from recado.api.routers.analytics import TAGS
from recado.api.security import caller, requires, whole_tenant
from recado.domain.api_keys import Scope
from recado.services.read_alerts import ReadAlerts


def with_alerts(router: APIGatewayHttpRouter, *, read: ReadAlerts) -> APIGatewayHttpRouter:
    """The router of `/api/v1/analytics`, with this route beside its own."""

    @router.get(
        "/alerts",
        middlewares=[requires(Scope.ANALYTICS_READ), whole_tenant],
        summary="List alerts",
        description=(
            "What is wrong with the tenant's messages and accounts now, and what was in the last "
            "30 days; at most 200. They are about live messages, whatever the key's mode."
        ),
        tags=TAGS,
        operation_id="listAlerts",
    )
    def alerts() -> AlertsView:
        found = read(caller(router).tenant_id)
        spoken = language(router)
        return AlertsView(
            alerts=[AlertView.of(alert, spoken, found.zone) for alert in found.alerts]
        )

    return router
