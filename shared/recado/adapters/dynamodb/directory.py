"""The directory of people and the suppression list in DynamoDB."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.person_rows import (
    person_of,
    place_of,
    profile_of,
    rows_of,
    subscription_rows,
)
from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, Table, row
from recado.adapters.dynamodb.transaction import version_of
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
        person = person_of(self._table.query(keys.recipient(tenant_id, recipient_id)))
        return _without_version(person) if person else None

    def put_recipient(self, recipient: Recipient) -> None:
        """See `ports.DirectoryRepository`."""
        partition = keys.recipient(recipient.tenant_id, recipient.recipient_id)
        stored = self._table.get(partition, keys.PROFILE, consistent=True)
        version = version_of(stored) if stored else 0
        known = rows_of(profile_of(stored), version=version) if stored else []
        rows = rows_of(recipient, version=version)
        if stored is None or stored["document"] != rows[0]["document"]:
            rows = rows_of(recipient, version=version + 1)
        self._table.put_many([*rows, *subscription_rows(recipient)])
        for place in {place_of(item) for item in known} - {place_of(item) for item in rows}:
            self._table.delete(*place)

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
        item = _row_of(partition, suppression)
        for _ in range(ATTEMPTS):
            stored = self._table.get(partition, keys.SUPPRESSION, consistent=True)
            if stored is None:
                if self._table.put_new(item):
                    return True
                continue
            known = _suppression(stored)
            if STRENGTH[known.reason] < STRENGTH[suppression.reason]:
                if self._table.replace(item, over=stored):
                    return True
                continue
            repeated = known.repeated_by(suppression)
            if repeated == known or self._table.replace(_row_of(partition, repeated), over=stored):
                return False
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
        known = _suppression(item) if item else None
        if item is None or known is None or known.reason not in reasons or known.newest_at > at:
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
        rows = islice(
            self._table.query(keys.address(tenant_id, address.channel, address.value)), limit
        )
        ids = [item["sk"]["S"].removeprefix(keys.ADDRESS_PREFIX) for item in rows]
        profiles = [(keys.recipient(tenant_id, recipient_id), keys.PROFILE) for recipient_id in ids]
        people = (_without_version(profile_of(item)) for item in self._table.get_many(profiles))
        return sorted(
            (person for person in people if person.is_reached_at(address)),
            key=lambda person: (
                address.value not in {a.value for a in person.addresses_on(address.channel)},
                person.recipient_id,
            ),
        )


def _without_version(person: Recipient) -> Recipient:
    """The version is for those who change people; what tenants' files hold has none."""
    return person.model_copy(update={"version": 0})


def _suppression(item: Item) -> Suppression:
    return Suppression.model_validate_json(item["document"]["S"])


def _row_of(partition: str, suppression: Suppression) -> Item:
    return row(partition, keys.SUPPRESSION, suppression.model_dump_json(exclude_none=True))
