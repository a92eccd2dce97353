"""Invitations to WhatsApp."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.activation_views import InvitationView
from recado.api.correlation import correlation_id
from recado.api.idempotency import own_key
from recado.api.security import Middleware, caller, requires
from recado.domain.api_keys import Scope
from recado.services.invite_to_whatsapp import InviteToWhatsApp


def with_activation(
    router: APIGatewayHttpRouter, *, invite: InviteToWhatsApp, idempotent: Middleware
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/customers` with the one that invites."""

    @router.post(
        "/<customer_id>/activate_whatsapp",
        middlewares=[requires(Scope.CUSTOMERS_WRITE), idempotent],
        status_code=HTTPStatus.ACCEPTED,
        summary="Invite a customer to WhatsApp",
        description=(
            "Sends an e-mail with a link and a QR code that open the chat with a message already "
            "written. Once the customer sends it, WhatsApp is their first channel, at the address "
            "that they wrote from. An invitation holds for 30 days and for one person."
        ),
        tags=["Customers"],
        operation_id="activateWhatsApp",
    )
    def activate(customer_id: str) -> Response[InvitationView]:
        key = own_key(router, f"activate_whatsapp/{customer_id}")
        invitation = invite(
            caller(router),
            customer_id,
            idempotency_key=key,
            correlation_id=correlation_id(router),
        )
        return Response(
            status_code=HTTPStatus.ACCEPTED.value,
            content_type="application/json",
            body=InvitationView.of(invitation),
            headers={
                "Location": (f"/api/v1/notifications/{invitation.notification.notification_id}/")
            },
        )

    return router
