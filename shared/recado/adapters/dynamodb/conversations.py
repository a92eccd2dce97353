"""Conversations in DynamoDB, and under which names people are known in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.conversations import Conversation
from recado.domain.updates import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item


class DynamoDBConversationRepository:
    """Implements `ports.ConversationRepository`.

    A name is a row that holds the id of its conversation, so that a person is found under each.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def find(
        self, tenant_id: str, account_id: str, identities: Sequence[Identity]
    ) -> list[Conversation]:
        """See `ports.ConversationRepository`."""
        wanted = [keys.name_of_person(tenant_id, account_id, name) for name in identities]
        named = {
            item["pk"]["S"]: item["document"]["S"]
            for item in self._table.get_many(
                [(partition, keys.NAME) for partition in wanted], consistent=True
            )
        }
        ids = list(dict.fromkeys(named[partition] for partition in wanted if partition in named))
        found = self.get_many(tenant_id, ids)
        return [found[conversation_id] for conversation_id in ids if conversation_id in found]

    def get_many(self, tenant_id: str, ids: Collection[str]) -> dict[str, Conversation]:
        """Those of some conversations that exist, by their ids."""
        rows = [(keys.conversation(tenant_id, each), keys.CONVERSATION) for each in ids]
        found = map(_conversation, self._table.get_many(rows, consistent=True))
        return {conversation.conversation_id: conversation for conversation in found}

    def get(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """See `ports.ConversationRepository`."""
        item = self._table.get(
            keys.conversation(tenant_id, conversation_id), keys.CONVERSATION, consistent=True
        )
        return _conversation(item) if item else None

    def save(self, conversation: Conversation, *, names: Sequence[Identity]) -> bool:
        """See `ports.ConversationRepository`.

        Names come before the row, so that none is missing where a break comes between two writes;
        one that leads to no row leads nowhere. Of two workers who begin a conversation with one
        person, the first name decides: it is stored last, and only if it leads nowhere yet.
        """
        rows = [
            row(
                keys.name_of_person(conversation.tenant_id, conversation.account_id, name),
                keys.NAME,
                conversation.conversation_id,
            )
            for name in names
        ]
        if conversation.version:
            self._table.put_many(rows)
            return self._put(conversation)
        self._table.put_many(rows[1:])
        return self._put(conversation) and self._lead_to(conversation, rows[0])

    def _lead_to(self, conversation: Conversation, name: Item) -> bool:
        """Let the first name lead to a new conversation, unless it leads to another one."""
        if self._table.put_new(name):
            return True
        known = self._table.get(name["pk"]["S"], keys.NAME, consistent=True)
        leads_to = known["document"]["S"] if known else ""
        if known and self.get(conversation.tenant_id, leads_to) is None:
            return self._table.replace(name, over=known)
        self._table.delete(
            keys.conversation(conversation.tenant_id, conversation.conversation_id),
            keys.CONVERSATION,
        )
        return False

    def _put(self, conversation: Conversation) -> bool:
        return self._table.put_version(
            row(
                keys.conversation(conversation.tenant_id, conversation.conversation_id),
                keys.CONVERSATION,
                conversation.model_dump_json(exclude_none=True, exclude={"version"}),
                version=conversation.version + 1,
            ),
            over=conversation.version,
        )

    def forget(self, tenant_id: str, account_id: str, name: Identity) -> None:
        """See `ports.ConversationRepository`."""
        self._table.delete(keys.name_of_person(tenant_id, account_id, name), keys.NAME)


def _conversation(item: Any) -> Conversation:
    stored = Conversation.model_validate_json(item["document"]["S"])
    return stored.model_copy(update={"version": int(item["version"]["N"])})
