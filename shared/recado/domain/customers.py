"""Customers as clients write them, and the shorthands `email` and `phone` of their addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import uuid4

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from recado.domain.addresses import LID, META_USER_ID, normal_form
from recado.domain.channels import Channel
from recado.domain.contact import (
    ON_A_PHONE,
    Email,
    Locale,
    Phone,
    checked_email,
    checked_phone,
    email_of,
    phone_of,
)
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.erasure import refuse_pseudonym
from recado.domain.errors import InvalidValueError, UnprocessableError
from recado.domain.model import RequestModel
from recado.domain.names import Division, Name
from recado.domain.patches import PatchModel, left_out
from recado.domain.time_zones import TimeZone

MOST_ADDRESSES = 40
"""Of a customer: the rows that lead from old and new ones to them are written in one
transaction, which takes a hundred."""

LONGEST_ID = 128

_WORDS_OF_PATHS = frozenset({"import", "export", "tasks"})


def _refuse_word_of_paths(text: str) -> str:
    if text in _WORDS_OF_PATHS:
        raise InvalidValueError("this id is a word of the API's own paths: choose another one")
    return text


ChosenId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=LONGEST_ID),
    AfterValidator(_refuse_word_of_paths),
]
"""An id that a client gives a new thing; it stands in paths as it is."""

CustomerId = Annotated[ChosenId, AfterValidator(refuse_pseudonym)]
"""An id that a client gives a person."""


class CustomerAddress(RequestModel):
    """Where else a channel reaches a customer, beside `email` and `phone`."""

    channel: Channel = Field(description="Any but `push`, whose subscriptions browsers make.")
    value: str = Field(
        min_length=1,
        max_length=320,
        description="A number, a mail address, or the id that the channel knows the person by.",
        examples=["123456789"],
    )

    @field_validator("value")
    @classmethod
    def _is_one_of_its_channel(cls, value: str, info: ValidationInfo) -> str:
        text = value.strip()
        match info.data.get("channel"):
            case Channel.PUSH:
                raise InvalidValueError("push subscriptions are made at push/subscribe/")
            case Channel.EMAIL:
                return checked_email(text)
            case Channel.WHATSAPP if META_USER_ID.fullmatch(text) or LID.fullmatch(text):
                return text
            case Channel.WHATSAPP | Channel.SMS:
                return checked_phone(text)
            case _ if text and text.isprintable():
                return text
        raise InvalidValueError("not an address of this channel")


class ChannelPreference(RequestModel):
    """What a customer wants of a channel."""

    channel: Channel
    priority: int = Field(strict=True, ge=1, le=1000, description="Lower comes first.")
    enabled: bool = Field(default=True, strict=True)


def _one_for_each_channel(
    preferences: tuple[ChannelPreference, ...],
) -> tuple[ChannelPreference, ...]:
    if len({preference.channel for preference in preferences}) < len(preferences):
        raise InvalidValueError("a channel is named twice")
    return preferences


ChannelPreferences = Annotated[
    tuple[ChannelPreference, ...],
    Field(max_length=len(Channel)),
    AfterValidator(_one_for_each_channel),
]
CustomerAddresses = Annotated[tuple[CustomerAddress, ...], Field(max_length=MOST_ADDRESSES)]


class CustomerInput(RequestModel):
    """All that a client says of a customer."""

    name: Name = Field(examples=["Carlos Mendoza"])
    email: Email | None = Field(
        default=None,
        description="The first mail address.",
        examples=["carlos@example.com"],
    )
    phone: Phone | None = Field(
        default=None,
        description="The number for WhatsApp and SMS, with its country code; the plus sign may be "
        "left out.",
        examples=["+593991234567"],
    )
    locale: Locale | None = Field(
        default=None, description="Language of their messages.", examples=["es"]
    )
    time_zone: TimeZone | None = None
    division: Division | None = Field(
        default=None, description="The part of the tenant that they belong to."
    )
    addresses: CustomerAddresses = Field(
        default=(), description="Further addresses, the one to prefer first."
    )
    preferences: ChannelPreferences = Field(
        default=(), description="Without any the tenant's order of channels holds."
    )


class NewCustomer(CustomerInput):
    """A customer to be made."""

    customer_id: CustomerId | None = Field(
        default=None, description="Made up when left out.", examples=["customer-001"]
    )


class CustomerPatch(PatchModel):
    """A change of some fields of a customer."""

    name: Name = left_out()
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    division: Division | None = None
    addresses: CustomerAddresses = left_out("Take the place of all further addresses.")
    preferences: ChannelPreferences = left_out("Take the place of all preferences.")


class PreferencesUpdate(RequestModel):
    """What a customer wants of some channels; all others stay as they are."""

    preferences: ChannelPreferences = Field(
        min_length=1,
        examples=[
            [
                {"channel": "whatsapp", "priority": 1, "enabled": True},
                {"channel": "email", "priority": 2, "enabled": True},
            ]
        ],
    )


def new_customer_id() -> str:
    """An id for a customer whose client gives none."""
    return f"cus_{uuid4().hex}"


def further_addresses(customer: Recipient) -> tuple[Address, ...]:
    """The addresses that neither shorthand stands for; push subscriptions are none of them."""
    email, phone = email_of(customer), phone_of(customer)
    return tuple(
        address
        for address in customer.addresses
        if address.channel is not Channel.PUSH
        and not (address.channel is Channel.EMAIL and address.value == email)
        and not (address.channel in ON_A_PHONE and address.value == phone)
    )


def input_of(customer: Recipient) -> CustomerInput:
    """A stored customer as a client would write them; what is stored is not judged again."""
    return CustomerInput.model_construct(
        name=customer.name,
        email=email_of(customer),
        phone=phone_of(customer),
        locale=customer.locale,
        time_zone=customer.time_zone,
        division=customer.division,
        addresses=tuple(
            CustomerAddress.model_construct(channel=address.channel, value=address.value)
            for address in further_addresses(customer)
        ),
        preferences=tuple(
            ChannelPreference.model_construct(
                channel=preference.channel,
                priority=preference.priority,
                enabled=preference.enabled,
            )
            for preference in customer.preferences
        ),
    )


def as_written(customer: Recipient, wanted: CustomerInput) -> Recipient:
    """A customer as a client wants them; push subscriptions and the division stay.

    Raises
    ------
    UnprocessableError
        They have too many addresses.
    """
    return customer.model_copy(
        update={
            "name": wanted.name,
            "locale": wanted.locale,
            "time_zone": wanted.time_zone,
            "addresses": _addresses(customer, wanted),
            "preferences": _preferences(wanted.preferences),
        }
    )


def with_preferences(customer: Recipient, wanted: Iterable[ChannelPreference]) -> Recipient:
    """A customer with other wishes for some channels."""
    known = {preference.channel: preference for preference in customer.preferences}
    known |= {preference.channel: preference for preference in _preferences(wanted)}
    return customer.model_copy(update={"preferences": tuple(known.values())})


def _preferences(wanted: Iterable[ChannelPreference]) -> tuple[Preference, ...]:
    return tuple(
        Preference(channel=each.channel, priority=each.priority, enabled=each.enabled)
        for each in wanted
    )


def _addresses(customer: Recipient, wanted: CustomerInput) -> tuple[Address, ...]:
    stored = input_of(customer)
    if (wanted.email, wanted.phone, _named(wanted)) == (stored.email, stored.phone, _named(stored)):
        return customer.addresses
    found: list[Address] = []
    if wanted.phone is not None:
        found += _phone_addresses(customer, wanted.phone)
    if wanted.email is not None:
        found.append(Address(channel=Channel.EMAIL, value=wanted.email))
    found += [Address(channel=a.channel, value=a.value) for a in wanted.addresses]
    unique: dict[tuple[Channel, str], Address] = {}
    for address in found:
        unique.setdefault((address.channel, normal_form(address.channel, address.value)), address)
    if len(unique) > MOST_ADDRESSES:
        raise UnprocessableError(
            "a customer has at most {most} addresses", field="addresses", most=MOST_ADDRESSES
        )
    return (*unique.values(), *customer.addresses_on(Channel.PUSH))


def _named(wanted: CustomerInput) -> list[tuple[Channel, str]]:
    return [(address.channel, address.value) for address in wanted.addresses]


def _phone_addresses(customer: Recipient, phone: str) -> list[Address]:
    """The number on both channels; one that they have already stays where it is."""
    known = [
        address
        for channel in ON_A_PHONE
        for address in customer.addresses_on(channel)
        if address.value == phone == phone_of(customer)
    ]
    return known or [Address(channel=channel, value=phone) for channel in ON_A_PHONE]
