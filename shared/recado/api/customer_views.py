"""Customers as clients read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from recado.api.cursors import to_cursor
from recado.api.views import masked
from recado.domain.channels import Channel
from recado.domain.contact import email_of, phone_of
from recado.domain.customers import further_addresses
from recado.domain.directory import Address, Recipient, Suppression, SuppressionReason
from recado.domain.model import Model
from recado.ports.people import PeoplePage


class CustomerAddressView(Model):
    """Where a channel reaches a customer."""

    channel: Channel
    value: str


class ChannelPreferenceView(Model):
    """What a customer wants of a channel; a lower priority comes first."""

    channel: Channel
    priority: int
    enabled: bool


class CustomerView(Model):
    """A customer."""

    customer_id: str = Field(examples=["customer-001"])
    name: str = Field(examples=["Carlos Mendoza"])
    email: str | None = Field(
        description="The first mail address.", examples=["carlos@example.com"]
    )
    phone: str | None = Field(
        description="The number for WhatsApp and SMS, E.164.", examples=["+593991234567"]
    )
    locale: str | None = Field(description="Without one the tenant's holds.", examples=["es"])
    time_zone: str | None = Field(examples=["America/Guayaquil"])
    division: str | None
    addresses: list[CustomerAddressView] = Field(
        description="All others but push subscriptions, the preferred one of a channel first."
    )
    preferences: list[ChannelPreferenceView]
    created_at: datetime | None = Field(
        description="Null for those who came with the tenant's files."
    )
    updated_at: datetime | None

    @classmethod
    def of(cls, customer: Recipient) -> CustomerView:
        """The view of a customer."""
        return cls(
            customer_id=customer.recipient_id,
            name=customer.name,
            email=email_of(customer),
            phone=phone_of(customer),
            locale=customer.locale,
            time_zone=customer.time_zone,
            division=customer.division,
            addresses=[
                CustomerAddressView(channel=address.channel, value=address.value)
                for address in further_addresses(customer)
            ],
            preferences=_preferences(customer),
            created_at=customer.created_at,
            updated_at=customer.updated_at,
        )


class CustomerList(Model):
    """Some customers; `next_cursor` leads on."""

    customers: list[CustomerView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: PeoplePage) -> CustomerList:
        """The view of a page."""
        customers = [CustomerView.of(customer) for customer in page.people]
        return cls(customers=customers, next_cursor=to_cursor(page.next))


class SuppressedAddressView(Model):
    """An address that is not written to; a push subscription is shown by its service alone."""

    channel: Channel
    address: str
    reason: SuppressionReason


class PreferencesView(Model):
    """What a customer wants, and what must not be sent to them."""

    customer_id: str = Field(examples=["customer-001"])
    preferences: list[ChannelPreferenceView]
    suppressed: list[SuppressedAddressView]

    @classmethod
    def of(cls, customer: Recipient, suppressions: Sequence[Suppression]) -> PreferencesView:
        """The view of a customer's wishes."""
        return cls(
            customer_id=customer.recipient_id,
            preferences=_preferences(customer),
            suppressed=[
                SuppressedAddressView(
                    channel=suppression.channel,
                    address=_shown(suppression),
                    reason=suppression.reason,
                )
                for suppression in suppressions
            ],
        )


def _preferences(customer: Recipient) -> list[ChannelPreferenceView]:
    in_order = sorted(customer.preferences, key=lambda preference: preference.priority)
    return [ChannelPreferenceView(**preference.model_dump()) for preference in in_order]


def _shown(suppression: Suppression) -> str:
    if suppression.channel is Channel.PUSH:
        return masked(Address(channel=Channel.PUSH, value=suppression.address))
    return suppression.address
