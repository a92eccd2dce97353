"""The removal of people's files from Amazon S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3ErasableFiles:
    """Implements `ports.ErasableFiles`."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def forget_file(self, key: str) -> None:
        """See `ports.ErasableFiles`."""
        self._client.delete_object(Bucket=self._bucket, Key=key)
