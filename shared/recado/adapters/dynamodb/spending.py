"""What tenants spend, in DynamoDB: a row for each month, changed by additions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import compress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.domain.spending import Spending, fitting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 5
KEPT = timedelta(days=400)
"""As long as the counters of days."""


class DynamoDBSpendingLedger:
    """Implements `ports.SpendingLedger`, in the table of the API keys' limits."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def spent(self, tenant_id: str, month: str) -> Spending:
        """See `ports.SpendingLedger`."""
        answer = self._client.get_item(
            TableName=self._table_name, Key=_key(tenant_id, month), ConsistentRead=True
        )
        item: Any = answer.get("Item", {})
        return Spending(
            spent=_spent(item),
            budget=Decimal(item["budget"]["N"]) if "budget" in item else None,
            exhausted_at=(
                datetime.fromisoformat(item["exhausted_at"]["S"])
                if "exhausted_at" in item
                else None
            ),
        )

    def reserve(
        self,
        tenant_id: str,
        month: str,
        amounts: Sequence[Decimal],
        *,
        budget: Decimal,
        now: datetime,
    ) -> tuple[bool, ...]:
        """See `ports.SpendingLedger`."""
        spent = Decimal(0)
        fits: tuple[bool, ...] = ()
        for _ in range(ATTEMPTS):
            fits = fitting(amounts, budget - spent)
            if not any(fits):
                break
            total = sum(compress(amounts, fits), Decimal(0))
            is_written, spent = self._add(tenant_id, month, total, budget=budget, now=now)
            if is_written:
                break
        else:
            # Others spent what was left, each time.
            fits = (False,) * len(amounts)
        if not all(fits):
            self._note_exhaustion(tenant_id, month, budget, now)
        return fits

    def give_back(self, tenant_id: str, month: str, amount: Decimal) -> None:
        """See `ports.SpendingLedger`."""
        self._client.update_item(
            TableName=self._table_name,
            Key=_key(tenant_id, month),
            UpdateExpression="ADD spent :amount",
            ConditionExpression="attribute_exists(spent)",
            ExpressionAttributeValues={":amount": _number(-amount)},
        )

    def _add(
        self, tenant_id: str, month: str, amount: Decimal, *, budget: Decimal, now: datetime
    ) -> tuple[bool, Decimal]:
        """Whether the amount was counted, and what is spent now."""
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=_key(tenant_id, month),
                UpdateExpression="SET expires_at = :expires_at ADD spent :amount",
                ConditionExpression="attribute_not_exists(spent) OR spent <= :room",
                ExpressionAttributeValues={
                    ":expires_at": {"N": str(int((now + KEPT).timestamp()))},
                    ":amount": _number(amount),
                    ":room": _number(budget - amount),
                },
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False, _spent(error.response.get("Item", {}))
        return True, _spent(answer["Attributes"])

    def _note_exhaustion(self, tenant_id: str, month: str, budget: Decimal, now: datetime) -> None:
        """Remember when a budget was first not enough."""
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(tenant_id, month),
                UpdateExpression=(
                    "SET expires_at = :expires_at, exhausted_at = :now, budget = :budget"
                ),
                ConditionExpression="attribute_not_exists(budget) OR budget <> :budget",
                ExpressionAttributeValues={
                    ":expires_at": {"N": str(int((now + KEPT).timestamp()))},
                    ":now": {"S": keys.timestamp(now.astimezone(UTC))},
                    ":budget": _number(budget),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _key(tenant_id: str, month: str) -> Any:
    return {"id": {"S": keys.spending(tenant_id, month)}}


def _number(amount: Decimal) -> Any:
    return {"N": str(amount)}


def _spent(item: Any) -> Decimal:
    return Decimal(item["spent"]["N"]) if "spent" in item else Decimal(0)
