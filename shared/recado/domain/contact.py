"""A person's contact data as clients write it: one e-mail address, one phone."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient
from recado.domain.errors import InvalidValueError, UnprocessableError
from recado.domain.locales import normal_locale
from recado.domain.phone import to_e164

ON_A_PHONE = (Channel.WHATSAPP, Channel.SMS)
"""The channels that one phone number serves."""

# What mail systems take of RFC 5321: no quoted local parts, no addresses in brackets.
_EMAIL = re.compile(
    r"[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
)
_E164 = re.compile(r"\+[0-9]{6,15}")


def checked_email(email: str) -> str:
    """An e-mail address as it is; an InvalidValueError where mail systems take none of it."""
    if ".." in email or not _EMAIL.fullmatch(email):
        raise InvalidValueError("not an e-mail address")
    return email


def checked_phone(phone: str) -> str:
    """A phone number as E.164; an InvalidValueError where it is none."""
    try:
        return to_e164(phone)
    except UnprocessableError as error:
        raise InvalidValueError(error.message) from None


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(checked_email)
]
Phone = Annotated[str, StringConstraints(max_length=32), AfterValidator(checked_phone)]
Locale = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", max_length=20),
    AfterValidator(normal_locale),
]


def email_of(person: Recipient) -> str | None:
    """A person's e-mail address: the first one."""
    return next((address.value for address in person.addresses_on(Channel.EMAIL)), None)


def phone_of(person: Recipient) -> str | None:
    """A person's phone: the first number on a channel that goes to a phone."""
    return next(
        (
            address.value
            for channel in ON_A_PHONE
            for address in person.addresses_on(channel)
            if _E164.fullmatch(address.value)
        ),
        None,
    )


def with_email(person: Recipient, email: str | None) -> Recipient:
    """A person with another e-mail address in place of the first; None takes it away."""
    return _with(person, (Channel.EMAIL,), email_of(person), email)


def with_phone(person: Recipient, phone: str | None) -> Recipient:
    """A person with another phone in place of the one that they have; None takes it away."""
    return _with(person, ON_A_PHONE, phone_of(person), phone)


def _with(
    person: Recipient, channels: tuple[Channel, ...], old: str | None, new: str | None
) -> Recipient:
    if old == new:
        return person
    kept = tuple(
        address
        for address in person.addresses
        if not (address.channel in channels and address.value in (old, new))
    )
    added = () if new is None else tuple(Address(channel=c, value=new) for c in channels)
    return person.model_copy(update={"addresses": (*added, *kept)})
