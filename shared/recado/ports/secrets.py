"""Where credentials are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class SecretSource(Protocol):
    """Where credentials are kept."""

    def credentials(self, name: str) -> Mapping[str, str]:
        """The credentials under a name.

        Raises
        ------
        AccountError
            There is no such secret, or it is no JSON object of texts.
        """
        ...
