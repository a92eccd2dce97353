"""How fast accounts send, and how much people get, in DynamoDB: a row each, one write a batch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recado.adapters.dynamodb import keys
from recado.domain.rate_limits import MICROSECONDS, RateLimit, in_microseconds
from recado.domain.send_limits import LONGEST_LINE, Bucket, Share, Turns, share, turns_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from recado.ports.send_limits import BucketName

ATTEMPTS = 5

MOST_SEEN = 5_000
"""So many buckets a worker remembers; it costs a write to find out how one stands."""

BUCKET_KEPT = timedelta(days=1)
DAY_KEPT = timedelta(days=3)
"""A day is over everywhere two days after it began in the first zone."""

_LONGEST_LINE = round(LONGEST_LINE.total_seconds()) * MICROSECONDS


class DynamoDBSendLimits:
    """Implements `ports.SendLimits`, in the table of the API keys' limits.

    A worker shares a bucket out as it saw it last, and writes that on condition that it may: that
    there are the tokens, and that the line ends where others find their turns before or after. A
    failed write brings the row along for another try.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._seen: dict[str, Bucket] = {}

    def take(
        self, name: BucketName, limit: RateLimit, *, turns: int, newcomers: int, now: datetime
    ) -> Turns:
        """See `ports.SendLimits`."""
        row_id = _row_id(name)
        moment = in_microseconds(now)
        bucket = self._seen.get(row_id, Bucket())
        for _ in range(ATTEMPTS):
            taken = share(limit, bucket, turns=turns, newcomers=newcomers, now=moment)
            if not taken.granted and not taken.lined:
                return turns_of(limit, taken, bucket, now=moment)
            is_written, bucket = self._write(row_id, limit, taken, bucket, moment)
            self._remember(row_id, bucket)
            if is_written:
                return turns_of(limit, taken, bucket, now=moment)
        # Others were faster each time: all come back when there are tokens.
        return turns_of(limit, Share(0, turns + newcomers, 0, moment), bucket, now=moment)

    def count_for_person(
        self, tenant_id: str, recipient_id: str, day: date, notification_id: str, *, most: int
    ) -> bool:
        """See `ports.SendLimits`."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"id": {"S": keys.sent_to_person(tenant_id, recipient_id, day)}},
                UpdateExpression="SET expires_at = :expires_at ADD counted :one",
                ConditionExpression=(
                    "attribute_not_exists(counted) OR contains(counted, :id) "
                    "OR size(counted) < :most"
                ),
                ExpressionAttributeValues={
                    ":expires_at": _seconds(midnight + DAY_KEPT),
                    ":one": {"SS": [notification_id]},
                    ":id": {"S": notification_id},
                    ":most": {"N": str(most)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _write(
        self, row_id: str, limit: RateLimit, taken: Share, bucket: Bucket, now: int
    ) -> tuple[bool, Bucket]:
        """Whether the share is ours, and the bucket as it is now."""
        changes, conditions, values = _of_tokens(limit, taken, bucket, now)
        if taken.lined:
            more = _of_line(limit, taken, bucket, now)
            changes += more[0]
            conditions += more[1]
            values |= more[2]
        kept_until = (
            now + limit.cost(limit.burst) + round(BUCKET_KEPT.total_seconds() * MICROSECONDS)
        )
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key={"id": {"S": row_id}},
                UpdateExpression="SET " + ", ".join(("expires_at = :expires_at", *changes)),
                ConditionExpression=" AND ".join(f"({condition})" for condition in conditions),
                ExpressionAttributeValues={
                    ":expires_at": _number(kept_until // MICROSECONDS),
                    **{name: _number(value) for name, value in values.items()},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False, _bucket(error.response.get("Item", {}))
        return True, _bucket(answer["Attributes"])

    def _remember(self, row_id: str, bucket: Bucket) -> None:
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        self._seen[row_id] = bucket


_Part = tuple[list[str], list[str], dict[str, int]]
"""Of a write: changes, conditions, values."""


def _of_tokens(limit: RateLimit, taken: Share, bucket: Bucket, now: int) -> _Part:
    if not taken.granted:
        return [], [], {}
    cost = limit.cost(taken.granted)
    if bucket.full_at < now:
        is_full = "attribute_not_exists(full_at) OR full_at < :now"
        return ["full_at = :full_at"], [is_full], {":now": now, ":full_at": now + cost}
    return (
        ["full_at = full_at + :cost"],
        ["full_at BETWEEN :now AND :latest"],
        {":now": now, ":cost": cost, ":latest": limit.latest(taken.granted, now)},
    )


def _of_line(limit: RateLimit, taken: Share, bucket: Bucket, now: int) -> _Part:
    turns = limit.cost(taken.lined)
    if taken.starts == bucket.line_ends:
        return (
            ["line_ends = line_ends + :turns"],
            ["line_ends BETWEEN :starts AND :last"],
            {":turns": turns, ":starts": taken.starts, ":last": now + _LONGEST_LINE},
        )
    return (
        ["line_ends = :line_ends"],
        ["attribute_not_exists(line_ends) OR line_ends <= :starts"],
        {":line_ends": taken.starts + turns, ":starts": taken.starts},
    )


def _row_id(name: BucketName) -> str:
    if name.address is None:
        return keys.send_bucket(name.tenant_id, name.account_id)
    return keys.recipient_bucket(
        name.tenant_id, name.account_id, name.address.channel, name.address.value
    )


def _bucket(item: Any) -> Bucket:
    """A row without a number is one that has vanished since it was seen."""
    return Bucket(
        full_at=int(item["full_at"]["N"]) if "full_at" in item else 0,
        line_ends=int(item["line_ends"]["N"]) if "line_ends" in item else 0,
    )


def _number(value: int) -> Any:
    return {"N": str(value)}


def _seconds(moment: datetime) -> Any:
    return _number(int(moment.timestamp()))
