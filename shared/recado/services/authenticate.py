"""Find out whose API key a client shows."""

from __future__ import annotations

from recado.domain.api_keys import ApiKey, read_key
from recado.domain.errors import AuthenticationError
from recado.ports.configuration import ConfigurationRepository


class Authenticate:
    """Checks API keys. A revocation takes effect within the configuration's cache time."""

    def __init__(self, *, configuration: ConfigurationRepository) -> None:
        self._configuration = configuration

    def __call__(self, text: str | None) -> ApiKey:
        """The key that a text stands for.

        Raises
        ------
        AuthenticationError
            No key, or none of ours, or a revoked one. The message never says which of the two.
        """
        presented = read_key(text or "")
        if presented is None:
            raise AuthenticationError("an API key is required")
        key = self._configuration.api_key(presented.key_id)
        if (
            key is None
            or not key.opens_with(presented.secret)
            or key.mode is not presented.mode
            or key.revoked_at is not None
        ):
            raise AuthenticationError("the API key is not valid")
        return key
