"""Files in Amazon S3."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3MediaStore:
    """Implements `ports.MediaStore`. The bucket encrypts, and lets its files expire."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, content: bytes, *, mime_type: str, file_name: str | None) -> None:
        """See `ports.MediaStore`."""
        # RFC 6266: the extended form carries any sign, and nothing that ends the header.
        name = f"; filename*=UTF-8''{quote(file_name, safe='')}" if file_name else ""
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=content,
            ContentType=mime_type,
            ContentDisposition=f"attachment{name}",
        )
