"""Bodies that no queue takes, in Amazon S3: the queue carries their names instead."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from recado.ports.claims import ClaimNotRedeemedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST_BODY = 256 * 1024
"""Bytes of a message that a queue carries itself.

SQS takes 1 MiB, but Lambda's event takes 6 MB for all ten messages of a batch, in which every
quote of a JSON body counts twice; a call of SQS takes 1 MiB for all of its ten, and each begun
64 KiB of a message is charged as a message.
"""

PREFIX = "claims/"

_CLAIM = re.compile(r'\{"claim":"(claims/[0-9a-f]{64})"\}')

# SQS refuses what XML 1.0 does not know; JSON lets U+FFFE and U+FFFF stand as they are.
_REFUSED = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class S3Claims:
    """Implements `ports.Claims`; the bucket encrypts, and lets what it keeps expire.

    Parameters
    ----------
    open_client
        Makes the client of S3, which next to no call needs.
    """

    def __init__(self, open_client: Callable[[], S3Client], bucket: str) -> None:
        self._open_client = open_client
        self._bucket = bucket

    def body(self, text: str) -> str:
        """What a queue carries for a text: the text, or a claim to it once it is kept.

        Its name is its digest, so that a text that comes again is kept once.
        """
        content = text.encode(errors="surrogatepass")
        if len(content) <= LARGEST_BODY and not _REFUSED.search(text):
            return text
        key = f"{PREFIX}{hashlib.sha256(content).hexdigest()}"
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=content, ContentType="application/json"
        )
        return json.dumps({"claim": key}, separators=(",", ":"))

    def redeem(self, body: str) -> str:
        """See `ports.Claims`."""
        claim = _CLAIM.fullmatch(body)
        if claim is None:
            return body
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=claim[1])
            return answer["Body"].read().decode(errors="surrogatepass")
        except (ClientError, BotoCoreError) as error:
            raise ClaimNotRedeemedError(type(error).__name__) from None

    @cached_property
    def _client(self) -> S3Client:
        return self._open_client()
