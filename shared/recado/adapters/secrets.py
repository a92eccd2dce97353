"""Credentials from AWS Secrets Manager, remembered for a short while."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from recado.domain.errors import AccountError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REMEMBERED_SECONDS = 300.0
"""A rotated secret is picked up within this time."""


class SecretsManagerSource:
    """Implements `ports.SecretSource`."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client
        self._values: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def credentials(self, name: str) -> Mapping[str, str]:
        """See `ports.SecretSource`."""
        try:
            values = json.loads(self.text(name))
        except ValueError:
            raise AccountError("bad_secret", f"secret '{name}' is no JSON object") from None
        if not isinstance(values, dict):
            raise AccountError("bad_secret", f"secret '{name}' is no JSON object")
        return {str(key): str(value) for key, value in values.items()}

    def text(self, name: str) -> str:
        """A secret as it is stored.

        Raises
        ------
        AccountError
            There is no such secret.
        """
        with self._lock:
            until, value = self._values.get(name, (0.0, ""))
        if time.monotonic() < until:
            return value
        try:
            value = self._client.get_secret_value(SecretId=name)["SecretString"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise AccountError("no_secret", f"there is no secret '{name}'") from None
        with self._lock:
            self._values[name] = (time.monotonic() + REMEMBERED_SECONDS, value)
        return value
