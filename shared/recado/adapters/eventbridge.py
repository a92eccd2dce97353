"""The bus from which other systems take events, in Amazon EventBridge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from itertools import batched
from typing import TYPE_CHECKING, Any

from recado.domain.domain_events import DomainEvent

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "recado"
ENTRIES_AT_ONCE = 10


class EventBridgeBus:
    """Implements `ports.EventBus`."""

    def __init__(self, client: EventBridgeClient, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, events: Sequence[DomainEvent]) -> set[str]:
        """See `ports.EventBus`.

        EventBridge answers 200 even where it took only some entries of a call.
        """
        refused: set[str] = set()
        for group in batched(events, ENTRIES_AT_ONCE, strict=False):
            answer = self._client.put_events(Entries=[self._entry(event) for event in group])
            refused |= {
                event.id
                for event, entry in zip(group, answer["Entries"], strict=True)
                if "ErrorCode" in entry
            }
        return refused

    def _entry(self, event: DomainEvent) -> Any:
        at = event.at.astimezone(UTC)
        detail = {
            "id": event.id,
            "tenant_id": event.tenant_id,
            "at": at.isoformat().replace("+00:00", "Z"),
            "data": event.data,
        }
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": at,
            "Detail": json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
        }
