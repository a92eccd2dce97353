"""Circuits of channel accounts, where `adapters.channels.guarded` keeps them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recado.adapters.dynamodb.table import ATTEMPTS, StoreBusyError, back_off
from recado.domain.channels import ChannelAccount
from recado.domain.circuits import Circuit, CircuitState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNTS_AT_ONCE = 100


class DynamoDBCircuits:
    """Implements `ports.Circuits` over Powertools' table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def of(self, accounts: Sequence[ChannelAccount]) -> dict[str, Circuit]:
        """See `ports.Circuits`."""
        items = []
        for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
            items += self._read(accounts[start : start + ACCOUNTS_AT_ONCE])
        # Powertools lets a circuit that nobody used for a while expire; DynamoDB takes its time.
        now = time.time()
        return {
            item["id"]["S"].partition("/")[2]: _circuit(item)
            for item in items
            if int(item.get("expiration", {"N": "0"})["N"]) > now
        }

    def _read(self, accounts: Sequence[ChannelAccount]) -> list[Any]:
        items: list[Any] = []
        wanted: Any = [{"id": {"S": f"{a.tenant_id}/{a.account_id}"}} for a in accounts]
        for attempt in range(ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems={self._table_name: {"Keys": wanted}})
            items += answer["Responses"].get(self._table_name, [])
            unprocessed = answer.get("UnprocessedKeys", {})
            if self._table_name not in unprocessed:
                return items
            wanted = unprocessed[self._table_name]["Keys"]
            back_off(attempt)
        raise StoreBusyError(self._table_name)


def _circuit(item: Any) -> Circuit:
    opened_at = item.get("opened_at")
    return Circuit(
        state=CircuitState(item["state"]["S"].lower()),
        failures=int(item.get("failure_count", {"N": "0"})["N"]),
        opened_at=datetime.fromtimestamp(int(opened_at["N"]), UTC) if opened_at else None,
    )
