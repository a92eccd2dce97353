"""How accounts do, in DynamoDB: a row for each account and minute in which it was tried."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.domain.account_performance import KEPT, MinuteCounts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.adapters.dynamodb.table import Item

MINUTES_READ = 15
"""Each has a try at least, so that they hold as many as an account is judged by."""


class DynamoDBAccountPerformance:
    """Implements `ports.AccountPerformance`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def add(self, tenant_id: str, account_id: str, counts: MinuteCounts) -> None:
        """See `ports.AccountPerformance`."""
        self._client.update_item(
            TableName=self._table_name,
            Key={
                "pk": {"S": keys.performance(tenant_id, account_id)},
                "sk": {"S": keys.timestamp(counts.minute)},
            },
            UpdateExpression=(
                "SET expires_at = :expires_at ADD tries :tries, failures :failures, slow :slow"
            ),
            ExpressionAttributeValues={
                ":expires_at": {"N": str(int((counts.minute + KEPT).timestamp()))},
                ":tries": {"N": str(counts.tries)},
                ":failures": {"N": str(counts.failures)},
                ":slow": {"N": str(counts.slow)},
            },
        )

    def latest(self, tenant_id: str, account_id: str, *, before: datetime) -> list[MinuteCounts]:
        """See `ports.AccountPerformance`."""
        answer = self._client.query(
            TableName=self._table_name,
            KeyConditionExpression="pk = :pk AND sk < :before",
            ExpressionAttributeValues={
                ":pk": {"S": keys.performance(tenant_id, account_id)},
                ":before": {"S": keys.timestamp(before)},
            },
            ScanIndexForward=False,
            Limit=MINUTES_READ,
            ConsistentRead=True,
        )
        return [_counts(item) for item in answer["Items"]]


def _counts(item: Item) -> MinuteCounts:
    return MinuteCounts(
        minute=datetime.fromisoformat(item["sk"]["S"]).astimezone(UTC),
        tries=int(item["tries"]["N"]),
        failures=int(item["failures"]["N"]),
        slow=int(item["slow"]["N"]),
    )
