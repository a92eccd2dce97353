"""Suppressions and conversations of two tables in one read."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.conversations import DynamoDBConversationRepository
from recado.adapters.dynamodb.table import get_from_tables
from recado.domain.directory import Address
from recado.ports.reach import AccountName, Reach

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBReachReader:
    """Implements `ports.ReachReader`; another read follows where somebody wrote to us."""

    def __init__(
        self, client: DynamoDBClient, *, directory_table: str, conversations_table: str
    ) -> None:
        self._client = client
        self._directory_table = directory_table
        self._conversations_table = conversations_table
        self._conversations = DynamoDBConversationRepository(client, conversations_table)

    def reach(
        self, tenant_id: str, addresses: Collection[Address], names: Collection[AccountName]
    ) -> Reach:
        """See `ports.ReachReader`."""
        suppressions = {
            (each.channel, each.value): keys.suppression(tenant_id, each.channel, each.value)
            for each in addresses
        }
        partitions = {name: keys.name_of_person(tenant_id, *name) for name in names}
        found = get_from_tables(
            self._client,
            {
                self._directory_table: [(key, keys.SUPPRESSION) for key in suppressions.values()],
                self._conversations_table: [(key, keys.NAME) for key in partitions.values()],
            },
            consistent=True,
        )
        there = {item["pk"]["S"] for item in found[self._directory_table]}
        ids = {i["pk"]["S"]: i["document"]["S"] for i in found[self._conversations_table]}
        known = self._conversations.get_many(tenant_id, ids.values())
        return Reach(
            suppressed={address for address, key in suppressions.items() if key in there},
            conversations={
                name: known[ids[partition]]
                for name, partition in partitions.items()
                if ids.get(partition) in known
            },
        )
