"""Let a customer's browser be told by web push, or not any more."""

from __future__ import annotations

from recado.domain.access import Caller
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.errors import NotFoundError, UnprocessableError
from recado.domain.push import (
    ALLOWED_ORIGINS,
    MOST_SUBSCRIPTIONS,
    BrowserSubscription,
    is_at,
    push_address,
)
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository
from recado.services.find_customer import find_customer


class SubscribeToPush:
    """Keeps the push subscriptions of customers' browsers."""

    def __init__(self, *, people: PeopleRepository, configuration: ConfigurationRepository) -> None:
        self._people = people
        self._configuration = configuration

    def subscribe(
        self, caller: Caller, customer_id: str, subscription: BrowserSubscription
    ) -> bool:
        """Keep a subscription; whether it is a new one.

        One that is known gets the keys that came now.

        Raises
        ------
        NotFoundError
            There is no such customer.
        UnprocessableError
            No https address of a push service, keys that are none, or too many subscriptions.
        """
        try:
            address = push_address(
                subscription.endpoint, p256dh=subscription.keys.p256dh, auth=subscription.keys.auth
            )
        except UnprocessableError as error:
            field = f"subscription.{error.field}"
            raise UnprocessableError(error.message, field=field, **error.values) from None
        if not is_at(address.value, self._origins(caller.tenant_id)):
            raise UnprocessableError(
                "the endpoint is at no push service that is known", field="subscription.endpoint"
            )
        known = self.subscriptions(caller, customer_id)
        if address in known:
            return False
        is_new = all(each.value != address.value for each in known)
        if is_new and len(known) >= MOST_SUBSCRIPTIONS:
            raise UnprocessableError(
                "a customer has at most {most} push subscriptions",
                field="subscription",
                most=MOST_SUBSCRIPTIONS,
            )
        if not self._people.subscribe(caller.tenant_id, customer_id, address):
            raise NotFoundError(
                "no customer '{customer}'", field="customer_id", customer=customer_id
            )
        return is_new

    def unsubscribe(self, caller: Caller, customer_id: str, endpoint: str) -> None:
        """Forget a subscription, if it is known; a NotFoundError where the customer is not."""
        find_customer(self._people, caller, customer_id)
        self._people.unsubscribe(caller.tenant_id, customer_id, endpoint)

    def subscriptions(self, caller: Caller, customer_id: str) -> tuple[Address, ...]:
        """A customer's subscriptions; a NotFoundError where there is no such customer."""
        return find_customer(self._people, caller, customer_id).addresses_on(Channel.PUSH)

    def public_key(self, tenant_id: str) -> str | None:
        """The VAPID key with which browsers subscribe, where the account's settings tell it."""
        accounts = sorted(self._accounts(tenant_id), key=lambda account: account.priority)
        keys = (account.settings.get("vapid_public_key") for account in accounts)
        return next(filter(None, keys), None)

    def _origins(self, tenant_id: str) -> str:
        """Where the tenant's accounts send to."""
        origins = [
            account.settings.get("allowed_origins", ALLOWED_ORIGINS)
            for account in self._accounts(tenant_id)
        ]
        return " ".join(origins or [ALLOWED_ORIGINS])

    def _accounts(self, tenant_id: str) -> list[ChannelAccount]:
        return [
            account
            for account in self._configuration.accounts(tenant_id)
            if account.provider is Provider.WEB_PUSH and account.enabled
        ]
