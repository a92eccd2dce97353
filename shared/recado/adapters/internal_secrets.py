"""The secrets of the internal API, in one secret of AWS Secrets Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError

from recado.domain.errors import AccountError
from recado.ports.internal_secrets import EVERY_TENANT

if TYPE_CHECKING:
    from recado.adapters.secrets import SecretsManagerSource

_SECRETS = TypeAdapter(dict[str, list[str]], config=ConfigDict(defer_build=True))


class SecretsManagerInternalSecrets:
    """Implements `ports.InternalSecrets`.

    A plain text, as the stack generates it, is one secret for every tenant. A JSON object has a
    list of secrets for each tenant, or for `*`.
    """

    def __init__(self, source: SecretsManagerSource, name: str) -> None:
        self._source = source
        self._name = name

    def active(self) -> Mapping[str, Sequence[str]]:
        """See `ports.InternalSecrets`.

        Raises
        ------
        AccountError
            There is no such secret, or it holds something else.
        """
        text = self._source.text(self._name)
        if not text.lstrip().startswith("{"):
            return {EVERY_TENANT: [text]}
        try:
            return _SECRETS.validate_json(text)
        except ValidationError:
            raise AccountError("bad_secret", f"the secret '{self._name}'") from None
