"""The directory of people and the suppression list in DynamoDB."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, row
from recado.domain.addresses import matching_form
from recado.domain.channels import Channel
from recado.domain.directory import (
    STRENGTH,
    Address,
    Recipient,
    Suppression,
    SuppressionReason,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item


class DynamoDBDirectoryRepository:
    """Implements `ports.DirectoryRepository`.

    A push subscription is a row of its own, since browsers add and lose them at any time. Every
    other address has a row that leads to its person; one that they have no longer is found out
    when it is read.
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
                *(
                    row(
                        keys.address(recipient.tenant_id, address.channel, address.value),
                        keys.address_of(recipient.recipient_id),
                        address.model_dump_json(exclude_none=True),
                    )
                    for address in reversed(kept)
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

    def suppress(self, suppression: Suppression) -> bool:
        """See `ports.DirectoryRepository`."""
        partition = keys.suppression(
            suppression.tenant_id, suppression.channel, suppression.address
        )
        item = row(partition, keys.SUPPRESSION, suppression.model_dump_json(exclude_none=True))
        for _ in range(ATTEMPTS):
            known = self._table.get(partition, keys.SUPPRESSION, consistent=True)
            if known is None:
                is_stored = self._table.put_new(item)
            elif STRENGTH[_suppression(known).reason] >= STRENGTH[suppression.reason]:
                return False
            else:
                is_stored = self._table.replace(item, over=known)
            if is_stored:
                return True
        raise StoreBusyError(partition)

    def lift(
        self,
        tenant_id: str,
        address: Address,
        *,
        reasons: Collection[SuppressionReason],
        evidence: str,
        at: datetime,
    ) -> bool:
        """See `ports.DirectoryRepository`."""
        partition = keys.suppression(tenant_id, address.channel, address.value)
        item = self._table.get(partition, keys.SUPPRESSION, consistent=True)
        if item is None or (known := _suppression(item)).reason not in reasons:
            return False
        told = known.model_copy(update={"evidence": f"{known.evidence} | lifted: {evidence}"})
        self._table.put(row(partition, keys.lifted(at), told.model_dump_json(exclude_none=True)))
        return self._table.delete_unchanged(item)

    def suppression(self, tenant_id: str, address: Address) -> Suppression | None:
        """See `ports.DirectoryRepository`."""
        partition = keys.suppression(tenant_id, address.channel, address.value)
        item = self._table.get(partition, keys.SUPPRESSION, consistent=True)
        return _suppression(item) if item else None

    def reached_at(self, tenant_id: str, address: Address, *, limit: int) -> list[Recipient]:
        """See `ports.DirectoryRepository`."""
        form = matching_form(address.channel, address.value)
        rows = list(
            islice(
                self._table.query(keys.address(tenant_id, address.channel, address.value)), limit
            )
        )
        found: list[tuple[bool, Recipient]] = []
        for item in rows:
            recipient_id = item["sk"]["S"].removeprefix(keys.ADDRESS_PREFIX)
            recipient = self.recipient(tenant_id, recipient_id)
            if recipient is None:
                continue
            spelled = [a.value for a in recipient.addresses_on(address.channel)]
            if any(matching_form(address.channel, value) == form for value in spelled):
                found.append((address.value not in spelled, recipient))
        return [recipient for _, recipient in sorted(found, key=lambda pair: pair[0])]


def _suppression(item: Item) -> Suppression:
    return Suppression.model_validate_json(item["document"]["S"])
