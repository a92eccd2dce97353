"""What the installation's other services show us, as services see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from recado.domain.tenants import Tenant

EVERY_TENANT = "*"
"""Stands for all tenants; no tenant's id has that sign."""


class InternalSecrets(Protocol):
    """The secrets of the internal API."""

    def active(self) -> Mapping[str, Sequence[str]]:
        """The secrets that open it now, by the tenant that they serve or `EVERY_TENANT`.

        Several of one tenant are how a secret is rotated.
        """
        ...


class TenantList(Protocol):
    """The tenants of the installation."""

    def tenants(self) -> list[Tenant]:
        """All of them; a change may be seen half a minute later."""
        ...
