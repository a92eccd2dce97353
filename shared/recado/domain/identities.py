"""Under which names an account knows a person; a phone number is only one kind of them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from recado.domain.addresses import LID, META_USER_ID
from recado.domain.channels import Channel
from recado.domain.directory import Address
from recado.domain.model import Model


class IdentityKind(StrEnum):
    """What an identity of a person on a channel is; a phone number is only one kind."""

    PHONE = "phone"
    META_USER = "meta_user"
    META_PARENT_USER = "meta_parent_user"
    EVOLUTION_LID = "evolution_lid"
    EMAIL = "email"
    TELEGRAM_CHAT = "telegram_chat"
    MESSENGER_USER = "messenger_user"
    INSTAGRAM_USER = "instagram_user"
    SLACK_USER = "slack_user"


class Identity(Model):
    """A name under which one account knows a person; a phone is E.164 with its plus sign."""

    kind: IdentityKind
    value: str = Field(min_length=1, max_length=320)


_KIND_OF: dict[Channel, IdentityKind] = {
    Channel.SMS: IdentityKind.PHONE,
    Channel.EMAIL: IdentityKind.EMAIL,
    Channel.TELEGRAM: IdentityKind.TELEGRAM_CHAT,
    Channel.MESSENGER: IdentityKind.MESSENGER_USER,
    Channel.INSTAGRAM: IdentityKind.INSTAGRAM_USER,
    Channel.SLACK: IdentityKind.SLACK_USER,
}


def is_reached_by_any_account(address: Address) -> bool:
    """Whether an address means one person to every account of its channel.

    Other names are given by one account, page or workspace, and mean nobody to another.
    """
    name = identity_of(address)
    return name is not None and name.kind in (IdentityKind.PHONE, IdentityKind.EMAIL)


def identity_of(address: Address) -> Identity | None:
    """The name under which an account knows who is reached by an address; None for a browser."""
    if address.channel is Channel.WHATSAPP:
        if LID.fullmatch(address.value):
            return Identity(kind=IdentityKind.EVOLUTION_LID, value=address.value)
        is_user = META_USER_ID.fullmatch(address.value)
        kind = IdentityKind.META_USER if is_user else IdentityKind.PHONE
        return Identity(kind=kind, value=address.value)
    kind_of_channel = _KIND_OF.get(address.channel)
    return Identity(kind=kind_of_channel, value=address.value) if kind_of_channel else None
