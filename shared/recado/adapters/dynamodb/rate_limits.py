"""How often API keys ask, in DynamoDB: a row for each key, changed by one addition."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import KEYS_AT_ONCE, StoreBusyError, back_off
from recado.domain.rate_limits import Lease, RateLimit, in_microseconds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 5

_FILL = "attribute_not_exists(full_at) OR full_at < :now"
_TAKE = "full_at BETWEEN :now AND :latest"


class DynamoDBRateLimits:
    """Implements `ports.RateLimits`.

    A bucket that is full is begun anew, any other is added to: which of them it is decides the
    write's condition, and the container tries first what it saw last. A failed write brings the
    row along, so that two of them are enough unless many containers ask at once.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._seen: dict[str, int] = {}

    def lease(self, key_id: str, limit: RateLimit, *, now: datetime) -> Lease:
        """See `ports.RateLimits`."""
        moment = in_microseconds(now)
        full_at = self._seen.get(key_id, 0)
        for _ in range(ATTEMPTS):
            tokens = min(limit.at_once, limit.available(full_at, moment))
            if not tokens:
                break
            written, full_at = self._write(key_id, limit, tokens, full_at, now)
            self._seen[key_id] = full_at
            if written:
                return Lease(tokens=tokens)
        return Lease(tokens=0, wait=limit.seconds_until_one(full_at, moment))

    def last_used(self, key_ids: Collection[str]) -> dict[str, datetime]:
        """See `ports.RateLimits`."""
        used: dict[str, datetime] = {}
        unique = sorted(set(key_ids))
        for start in range(0, len(unique), KEYS_AT_ONCE):
            wanted: Any = [{"id": {"S": name}} for name in unique[start : start + KEYS_AT_ONCE]]
            for attempt in range(ATTEMPTS):
                answer = self._client.batch_get_item(
                    RequestItems={self._table_name: {"Keys": wanted}}
                )
                for item in answer["Responses"].get(self._table_name, []):
                    used[item["id"]["S"]] = datetime.fromisoformat(item["last_used_at"]["S"])
                unprocessed = answer.get("UnprocessedKeys", {})
                if self._table_name not in unprocessed:
                    break
                wanted = unprocessed[self._table_name]["Keys"]
                back_off(attempt)
            else:
                raise StoreBusyError(self._table_name)
        return used

    def _write(
        self, key_id: str, limit: RateLimit, tokens: int, full_at: int, now: datetime
    ) -> tuple[bool, int]:
        """Whether the tokens are ours, and when the bucket will be full again as it is now."""
        moment, cost = in_microseconds(now), limit.cost(tokens)
        is_full = full_at < moment
        values: dict[str, Any] = {
            ":now": {"N": str(moment)},
            ":used": {"S": keys.timestamp(now)},
            ":to": {"N": str(moment + cost if is_full else cost)},
        }
        if not is_full:
            values[":latest"] = {"N": str(limit.latest(tokens, moment))}
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"id": {"S": key_id}},
                UpdateExpression=(
                    f"SET full_at = {':to' if is_full else 'full_at + :to'}, last_used_at = :used"
                ),
                ConditionExpression=_FILL if is_full else _TAKE,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            # A row without the number is one that has vanished since it was seen.
            item: Any = error.response.get("Item", {})
            return False, int(item["full_at"]["N"]) if "full_at" in item else 0
        return True, int(answer["Attributes"]["full_at"]["N"])
