"""What happened, in DynamoDB, for as long as it can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table, row
from recado.domain.domain_events import KEPT, DomainEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBEventRepository:
    """Implements `ports.EventRepository`.

    An event is stored without a condition, 25 in a call: its row is made from itself alone, so
    that storing it again writes what is there.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._table = Table(client, table_name)

    def keep(self, events: Sequence[DomainEvent]) -> None:
        """See `ports.EventRepository`."""
        # A call refuses two rows of the same key.
        unique = {(event.tenant_id, event.day, event.id): event for event in events}
        self._table.put_many(
            [
                row(
                    keys.events(event.tenant_id, event.day),
                    event.id,
                    event.model_dump_json(),
                    expires_at=int((event.at + KEPT).timestamp()),
                )
                for event in unique.values()
            ]
        )

    def event(self, tenant_id: str, day: date, event_id: str) -> DomainEvent | None:
        """See `ports.EventRepository`."""
        item = self._table.get(keys.events(tenant_id, day), event_id, consistent=True)
        return DomainEvent.model_validate_json(item["document"]["S"]) if item else None

    def events_of(self, tenant_id: str, day: date) -> Iterable[DomainEvent]:
        """See `ports.EventRepository`."""
        for item in self._table.query(keys.events(tenant_id, day)):
            yield DomainEvent.model_validate_json(item["document"]["S"])
