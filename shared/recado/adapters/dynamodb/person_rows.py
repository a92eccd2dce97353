"""A person as rows: the profile, what leads to it, the push subscriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import row
from recado.adapters.dynamodb.transaction import version_of
from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient

if TYPE_CHECKING:
    from recado.adapters.dynamodb.table import Item


def place_of(item: Item) -> tuple[str, str]:
    """The partition and the sort key of a row."""
    return item["pk"]["S"], item["sk"]["S"]


def profile_of(item: Item) -> Recipient:
    """The person that a profile's row is, without push subscriptions."""
    stored = Recipient.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": version_of(item)})


def person_of(rows: Iterable[Item]) -> Recipient | None:
    """The person that a partition's rows are: the profile and the push subscriptions."""
    profile: Recipient | None = None
    subscriptions: list[Address] = []
    for item in rows:
        if item["sk"]["S"] == keys.PROFILE:
            profile = profile_of(item)
        elif item["sk"]["S"].startswith(keys.PUSH_PREFIX):
            subscriptions.append(Address.model_validate_json(item["document"]["S"]))
    if profile is None:
        return None
    return profile.model_copy(update={"addresses": (*profile.addresses, *subscriptions)})


def rows_of(person: Recipient, *, version: int) -> list[dict[str, Any]]:
    """The rows of a person but their push subscriptions.

    First the profile, then a row that lists it in its division, and for each address one that
    leads to it.
    """
    partition = keys.recipient(person.tenant_id, person.recipient_id)
    addresses = tuple(a for a in person.addresses if a.channel is not Channel.PUSH)
    profile = person.model_copy(update={"addresses": addresses})
    place = keys.listed(person.position)
    rows = [
        row(
            partition,
            keys.PROFILE,
            profile.model_dump_json(exclude_none=True, exclude={"version"}),
            version=version,
            listing=keys.people_listing(person.tenant_id, None),
            listing_sort=place,
        )
    ]
    if person.division is not None:
        listing = keys.people_listing(person.tenant_id, person.division)
        rows.append(row(partition, keys.DIVISION, "{}", listing=listing, listing_sort=place))
    # Of two spellings that one row stands for the preferred one, which comes first, is kept.
    return rows + [
        row(
            keys.address(person.tenant_id, address.channel, address.value),
            keys.address_of(person.recipient_id),
            address.model_dump_json(exclude_none=True),
        )
        for address in reversed(addresses)
    ]


def subscription_rows(person: Recipient) -> list[dict[str, Any]]:
    """The rows of a person's push subscriptions."""
    partition = keys.recipient(person.tenant_id, person.recipient_id)
    return [subscription_row(partition, a) for a in person.addresses_on(Channel.PUSH)]


def subscription_row(partition: str, subscription: Address) -> dict[str, Any]:
    """The row of a push subscription under its person."""
    return row(
        partition,
        keys.push_subscription(subscription.value),
        subscription.model_dump_json(exclude_none=True),
    )
