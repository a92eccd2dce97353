"""Push subscriptions as clients read them: an endpoint is as good as a password."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from recado.domain.directory import Address
from recado.domain.model import Model
from recado.domain.push import host_of, subscription_id


class SubscriptionView(Model):
    """A browser's subscription."""

    id: str = Field(description="The first 16 hex digits of the endpoint's SHA-256.")
    host: str = Field(description="The push service.", examples=["fcm.googleapis.com"])

    @classmethod
    def of(cls, subscription: Address) -> SubscriptionView:
        """The view of a subscription."""
        endpoint = subscription.value
        return cls(id=subscription_id(endpoint), host=host_of(endpoint))


class SubscribedView(Model):
    """A subscription that is kept."""

    customer_id: str = Field(examples=["customer-001"])
    subscription: SubscriptionView


class PushStatusView(Model):
    """Whether a customer is told by web push."""

    customer_id: str = Field(examples=["customer-001"])
    subscribed: bool
    subscriptions: list[SubscriptionView]
    vapid_public_key: str | None = Field(
        description=(
            "What browsers subscribe with (`applicationServerKey`), where the tenant's web push "
            "account has it among its settings."
        )
    )

    @classmethod
    def of(
        cls, customer_id: str, subscriptions: Sequence[Address], vapid_public_key: str | None
    ) -> PushStatusView:
        """The view of a customer's subscriptions."""
        return cls(
            customer_id=customer_id,
            subscribed=bool(subscriptions),
            subscriptions=[SubscriptionView.of(subscription) for subscription in subscriptions],
            vapid_public_key=vapid_public_key,
        )
