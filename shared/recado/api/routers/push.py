"""Web push subscriptions of customers' browsers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.push_views import PushStatusView, SubscribedView, SubscriptionView
from recado.api.security import Middleware, caller, requires
from recado.api.versioned import no_content
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.customers import LONGEST_ID
from recado.domain.directory import Address
from recado.domain.errors import UnprocessableError
from recado.domain.push import Subscribe, Unsubscribe
from recado.services.subscribe_to_push import SubscribeToPush

STATUS = "/api/v1/notifications/push/status"
TAGS = ["Push"]
MAY_READ: list[Middleware] = [requires(Scope.CUSTOMERS_READ)]
MAY_WRITE: list[Middleware] = [requires(Scope.CUSTOMERS_WRITE)]


def push_router(*, push: SubscribeToPush, idempotent: Middleware) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/push`."""
    router = APIGatewayHttpRouter()

    @router.post(
        "/subscribe",
        middlewares=[*MAY_WRITE, idempotent],
        status_code=HTTPStatus.CREATED,
        summary="Add a push subscription",
        description=(
            "Takes what a browser's `PushSubscription.toJSON()` gives. 201 for a new one, 200 for "
            "one that is known, whose keys are replaced."
        ),
        responses={
            HTTPStatus.CREATED.value: {"description": "The subscription is new."},
            HTTPStatus.OK.value: {"description": "The subscription was known."},
        },
        tags=TAGS,
        operation_id="subscribeToPush",
    )
    def subscribe(request: Subscribe) -> Response[SubscribedView]:
        is_new = push.subscribe(caller(router), request.customer_id, request.subscription)
        address = Address(channel=Channel.PUSH, value=request.subscription.endpoint)
        return Response(
            status_code=(HTTPStatus.CREATED if is_new else HTTPStatus.OK).value,
            content_type="application/json",
            body=SubscribedView(
                customer_id=request.customer_id, subscription=SubscriptionView.of(address)
            ),
            headers={"Location": f"{STATUS}/{request.customer_id}/"},
        )

    @router.delete(
        "/subscribe",
        middlewares=MAY_WRITE,
        status_code=HTTPStatus.NO_CONTENT,
        summary="Remove a push subscription",
        description=(
            "Named in the body, or in the query by clients that send none with DELETE. 204 also "
            "when it is gone."
        ),
        tags=TAGS,
        operation_id="unsubscribeFromPush",
    )
    def unsubscribe(
        request: Annotated[Unsubscribe | None, Body()] = None,
        customer_id: Annotated[str | None, Query(min_length=1, max_length=LONGEST_ID)] = None,
        endpoint: Annotated[str | None, Query(min_length=1, max_length=2048)] = None,
    ) -> Response[None]:
        customer_id = request.customer_id if request else customer_id
        endpoint = request.endpoint if request else endpoint
        if customer_id is None:
            raise UnprocessableError("name the customer", field="customer_id")
        if endpoint is None:
            raise UnprocessableError("name the subscription's endpoint", field="endpoint")
        push.unsubscribe(caller(router), customer_id, endpoint)
        return no_content()

    @router.get(
        "/status/<customer_id>",
        middlewares=MAY_READ,
        summary="Read a customer's push subscriptions",
        description="By push service; an endpoint is as good as a password, so it is not shown.",
        tags=TAGS,
        operation_id="readPushStatus",
    )
    def status(customer_id: str) -> PushStatusView:
        return PushStatusView.of(
            customer_id,
            push.subscriptions(caller(router), customer_id),
            push.public_key(caller(router).tenant_id),
        )

    return router
