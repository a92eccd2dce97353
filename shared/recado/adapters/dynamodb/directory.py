"""The directory of people and the suppression list in DynamoDB."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.channels import Channel
from recado.domain.directory import Address, Recipient, Suppression

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBDirectoryRepository:
    """Implements `ports.DirectoryRepository`.

    A push subscription is a row of its own, since browsers add and lose them at any time.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def recipient(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        """See `ports.DirectoryRepository`."""
        profile: Recipient | None = None
        subscriptions: list[Address] = []
        for item in self._table.query(keys.recipient(tenant_id, recipient_id)):
            document = item["document"]["S"]
            if item["sk"]["S"] == keys.PROFILE:
                profile = Recipient.model_validate_json(document)
            else:
                subscriptions.append(Address.model_validate_json(document))
        if profile is None:
            return None
        return profile.model_copy(update={"addresses": (*profile.addresses, *subscriptions)})

    def put_recipient(self, recipient: Recipient) -> None:
        """See `ports.DirectoryRepository`."""
        partition = keys.recipient(recipient.tenant_id, recipient.recipient_id)
        subscriptions = recipient.addresses_on(Channel.PUSH)
        kept = tuple(a for a in recipient.addresses if a.channel is not Channel.PUSH)
        profile = recipient.model_copy(update={"addresses": kept})
        self._table.put_many(
            [
                row(partition, keys.PROFILE, profile.model_dump_json(exclude_none=True)),
                *(
                    row(
                        partition,
                        keys.push_subscription(address.value),
                        address.model_dump_json(exclude_none=True),
                    )
                    for address in subscriptions
                ),
            ]
        )

    def remove_address(self, tenant_id: str, recipient_id: str, address: Address) -> None:
        """See `ports.DirectoryRepository`; only push subscriptions cease by themselves."""
        self._table.delete(
            keys.recipient(tenant_id, recipient_id), keys.push_subscription(address.value)
        )

    def suppressed(
        self, tenant_id: str, addresses: Collection[Address]
    ) -> set[tuple[Channel, str]]:
        """See `ports.DirectoryRepository`."""
        key_of = {
            (address.channel, address.value): keys.suppression(
                tenant_id, address.channel, address.value
            )
            for address in addresses
        }
        wanted = [(key, keys.SUPPRESSION) for key in key_of.values()]
        found = {item["pk"]["S"] for item in self._table.get_many(wanted, consistent=True)}
        return {address for address, key in key_of.items() if key in found}

    def suppress(self, suppression: Suppression) -> None:
        """See `ports.DirectoryRepository`."""
        self._table.put_new(
            row(
                keys.suppression(suppression.tenant_id, suppression.channel, suppression.address),
                keys.SUPPRESSION,
                suppression.model_dump_json(),
            )
        )
