"""What became of the files of people's messages: a row beside each message's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.media import StoredMedia

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBInboundMedia:
    """Implements `ports.InboundMedia` over the notifications table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def record(self, tenant_id: str, message_id: str, index: int, stored: StoredMedia) -> None:
        """See `ports.InboundMedia`. The first word counts: a file may expire after it was kept."""
        self._table.put_new(
            row(
                keys.inbound(tenant_id, message_id),
                keys.media(index),
                stored.model_dump_json(exclude_none=True),
                expires_at=int(stored.expires_at.timestamp()),
            )
        )

    def of(self, tenant_id: str, message_id: str) -> dict[int, StoredMedia]:
        """See `ports.InboundMedia`."""
        rows = self._table.query(
            keys.inbound(tenant_id, message_id), prefix=keys.MEDIA_PREFIX, consistent=True
        )
        return {
            keys.read_media(item["sk"]["S"]): StoredMedia.model_validate_json(item["document"]["S"])
            for item in rows
        }
