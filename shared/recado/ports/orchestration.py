"""The channel matrices of a tenant, as who edits them sees them."""

from __future__ import annotations

from typing import Protocol

from recado.domain.model import Model
from recado.domain.orchestration import Orchestration, OrchestrationName, Target


class OrchestrationQuery(Model):
    """Which orchestrations to list, by service type and target; None means all.

    They come in the order of their service types, then of their targets, or the other way round;
    `after` is the last one of the page before.
    """

    service_type: str | None = None
    target: Target | None = None
    descending: bool = False
    after: OrchestrationName | None = None
    limit: int


class OrchestrationRepository(Protocol):
    """Orchestrations with their versions, always as they are stored at this moment."""

    def find(self, tenant_id: str, name: OrchestrationName) -> Orchestration | None:
        """An orchestration, or None."""
        ...

    def page(self, tenant_id: str, query: OrchestrationQuery) -> list[Orchestration]:
        """Some orchestrations in their order, at most `limit`."""
        ...

    def save(self, orchestration: Orchestration) -> bool:
        """Store the next version of what was read; version 0 is what is not there yet.

        False, and nothing stored, when another version is there.
        """
        ...

    def delete(self, orchestration: Orchestration) -> bool:
        """Remove what was read; False, and nothing removed, when it is not there as it was."""
        ...
