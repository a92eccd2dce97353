"""Credentials from AWS Secrets Manager, remembered for a short while."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ConfigDict, TypeAdapter, ValidationError

from recado.domain.errors import AccountError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REMEMBERED_SECONDS = 300.0
"""A rotated secret is picked up within this time."""


_UNREADABLE = {
    "ResourceNotFoundException": "there is no secret",
    "InvalidRequestException": "a secret that is to be deleted:",
    "AccessDeniedException": "this function may not read secret",
    "DecryptionFailure": "nobody can decrypt secret",
}
"""Codes of GetSecretValue that only people can mend."""


# Built when first used: most functions read no webhook.
_WEBHOOK_SECRETS = TypeAdapter(dict[str, dict[str, str]], config=ConfigDict(defer_build=True))


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
            There is no such secret, or it cannot be read.
        """
        with self._lock:
            until, value = self._values.get(name, (0.0, ""))
        if time.monotonic() < until:
            return value
        try:
            value = self._client.get_secret_value(SecretId=name)["SecretString"]
        except KeyError:
            raise AccountError("bad_secret", f"secret '{name}' is binary") from None
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _UNREADABLE:
                raise
            raise AccountError("no_secret", f"{_UNREADABLE[code]} '{name}'") from None
        with self._lock:
            self._values[name] = (time.monotonic() + REMEMBERED_SECONDS, value)
        return value


class SecretsManagerWebhookSecrets:
    """Implements `ports.WebhookSecrets` by one secret for each provider.

    It holds a JSON object: name of an app or account, then its secrets by their names. Two names
    for one app are how a secret is rotated.
    """

    def __init__(self, source: SecretsManagerSource, names: Mapping[str, str]) -> None:
        self._source = source
        self._names = names

    def of(self, provider: str) -> Mapping[str, Mapping[str, str]]:
        """See `ports.WebhookSecrets`.

        Raises
        ------
        AccountError
            There is no such secret, or it holds something else.
        """
        try:
            return _WEBHOOK_SECRETS.validate_json(self._source.text(self._names[provider]))
        except ValidationError:
            raise AccountError("bad_secret", f"the secret of {provider}'s webhooks") from None
