"""Cheap questions to AWS: does what we depend on answer?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from recado.domain.health import NOT_SET, TIMEOUT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

NOBODY = "#health"
"""A key that no row has, so that an answer holds nothing."""


@dataclass(frozen=True)
class AwsProbe:
    """Implements `ports.DependencyProbe`: one call of AWS about what a variable names."""

    part: str
    variable: str
    name: str | None
    call: Callable[[str], None]

    def ask(self) -> str | None:
        """See `ports.DependencyProbe`."""
        code = self._ask()
        if code is not None:
            extra = {"part": self.part, "variable": self.variable, "code": code}
            logger.warning("a dependency does not answer", extra=extra)
        return code

    def _ask(self) -> str | None:
        if not self.name:
            return NOT_SET
        try:
            self.call(self.name)
        except ClientError as error:
            return error.response["Error"].get("Code", "unknown")
        except (ConnectTimeoutError, ReadTimeoutError):
            return TIMEOUT
        except BotoCoreError as error:
            return type(error).__name__
        return None


class AwsDependencies:
    """Makes the probes of a function's tables, queues, bucket and bus.

    Parameters
    ----------
    open_client
        Makes a client of a service that does not wait long and does not try again.
    environment
        The variables that name everything; what is not there is told as such.
    tables
        Variables of tables with partition and sort key.
    tables_by_id
        Variables of tables with a single key.
    """

    def __init__(
        self,
        open_client: Callable[[str], Any],
        environment: Mapping[str, str],
        *,
        tables: Sequence[str],
        tables_by_id: Sequence[str] = (),
        queues: Sequence[str] = (),
        buckets: Sequence[str] = (),
    ) -> None:
        self._open_client = open_client
        self._environment = environment
        self._tables = tables
        self._tables_by_id = tables_by_id
        self._queues = queues
        self._buckets = buckets
        self._clients: dict[str, Any] = {}

    def database(self) -> list[AwsProbe]:
        """The probes of all tables."""
        return [
            *(self._probe("database", name, "dynamodb", _look_up) for name in self._tables),
            *(
                self._probe("database", name, "dynamodb", _look_up_id)
                for name in self._tables_by_id
            ),
        ]

    def all(self) -> list[AwsProbe]:
        """The probes of everything."""
        return [
            *self.database(),
            *(self._probe("queues", name, "sqs", _look_at_queue) for name in self._queues),
            *(self._probe("bucket", name, "s3", _look_at_bucket) for name in self._buckets),
        ]

    def _probe(
        self, part: str, variable: str, service: str, look: Callable[[Any, str], None]
    ) -> AwsProbe:
        name = self._environment.get(variable)
        return AwsProbe(part, variable, name, partial(look, self._client(service)))

    def _client(self, service: str) -> Any:
        # Made before the probes run beside each other: threads may share clients, not make them.
        if service not in self._clients:
            self._clients[service] = self._open_client(service)
        return self._clients[service]


def _look_up(client: DynamoDBClient, table: str) -> None:
    client.get_item(TableName=table, Key={"pk": {"S": NOBODY}, "sk": {"S": NOBODY}})


def _look_up_id(client: DynamoDBClient, table: str) -> None:
    client.get_item(TableName=table, Key={"id": {"S": NOBODY}})


def _look_at_queue(client: SQSClient, url: str) -> None:
    client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])


def _look_at_bucket(client: S3Client, bucket: str) -> None:
    # HeadBucket would need the right to list people's files.
    client.get_bucket_location(Bucket=bucket)
