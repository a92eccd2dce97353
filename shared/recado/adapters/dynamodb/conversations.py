"""Conversations in DynamoDB, and under which names people are known in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.conversations import Conversation
from recado.domain.updates import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBConversationRepository:
    """Implements `ports.ConversationRepository`.

    A name is a row that holds the id of its conversation, so that a person is found under each.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def find(
        self, tenant_id: str, account_id: str, identities: Sequence[Identity]
    ) -> Conversation | None:
        """See `ports.ConversationRepository`."""
        wanted = [keys.name_of_person(tenant_id, account_id, name) for name in identities]
        named = {
            item["pk"]["S"]: item["document"]["S"]
            for item in self._table.get_many(
                [(partition, keys.NAME) for partition in wanted], consistent=True
            )
        }
        first = next((named[partition] for partition in wanted if partition in named), None)
        return self.get(tenant_id, first) if first else None

    def get(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """See `ports.ConversationRepository`."""
        item = self._table.get(
            keys.conversation(tenant_id, conversation_id), keys.CONVERSATION, consistent=True
        )
        return _conversation(item) if item else None

    def save(self, conversation: Conversation, *, names: Sequence[Identity]) -> bool:
        """See `ports.ConversationRepository`."""
        is_stored = self._table.put_version(
            row(
                keys.conversation(conversation.tenant_id, conversation.conversation_id),
                keys.CONVERSATION,
                conversation.model_dump_json(exclude_none=True, exclude={"version"}),
                version=conversation.version + 1,
            ),
            over=conversation.version,
        )
        if is_stored:
            self._table.put_many(
                [
                    row(
                        keys.name_of_person(conversation.tenant_id, conversation.account_id, name),
                        keys.NAME,
                        conversation.conversation_id,
                    )
                    for name in {(n.kind, n.value): n for n in names}.values()
                ]
            )
        return is_stored

    def forget(self, tenant_id: str, account_id: str, name: Identity) -> None:
        """See `ports.ConversationRepository`."""
        self._table.delete(keys.name_of_person(tenant_id, account_id, name), keys.NAME)


def _conversation(item: Any) -> Conversation:
    stored = Conversation.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})
