"""Looks whether queues answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)


class SqsQueueProbe:
    """Implements `ports.QueueProbe`.

    Parameters
    ----------
    open_client
        Makes a client that does not wait long, which only this needs.
    urls
        The queues, by the names that they are told under.
    """

    def __init__(self, open_client: Callable[[], SQSClient], urls: Mapping[str, str]) -> None:
        self._open_client = open_client
        self._urls = urls

    def look(self) -> Mapping[str, bool]:
        """See `ports.QueueProbe`."""
        return {name: self._answers(name, url) for name, url in self._urls.items()}

    def _answers(self, name: str, url: str) -> bool:
        try:
            self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        except (ClientError, BotoCoreError) as error:
            extra = {"queue": name, "reason": type(error).__name__}
            logger.warning("a queue does not answer", extra=extra)
            return False
        return True

    @cached_property
    def _client(self) -> SQSClient:
        return self._open_client()
