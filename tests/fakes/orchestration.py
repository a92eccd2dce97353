"""A tenant's channel matrices in memory."""

from __future__ import annotations

from recado.domain.orchestration import Orchestration, OrchestrationName
from recado.ports.orchestration import OrchestrationQuery


class FakeOrchestrations:
    """Implements `ports.OrchestrationRepository`."""

    def __init__(self) -> None:
        self._stored: dict[tuple[str, str], Orchestration] = {}

    def find(self, tenant_id: str, name: OrchestrationName) -> Orchestration | None:
        return self._stored.get((tenant_id, name.orchestration_id))

    def page(self, tenant_id: str, query: OrchestrationQuery) -> list[Orchestration]:
        def place(it: Orchestration | OrchestrationName) -> str:
            return f"{it.service_type}#{it.target}"

        found = sorted(
            (
                each
                for (tenant, _), each in self._stored.items()
                if tenant == tenant_id
                and query.service_type in (None, each.service_type)
                and query.target in (None, each.target)
            ),
            key=place,
            reverse=query.descending,
        )
        if query.after:
            after = place(query.after)
            found = [
                each
                for each in found
                if (place(each) < after if query.descending else place(each) > after)
            ]
        return found[: query.limit]

    def save(self, orchestration: Orchestration) -> bool:
        if not self._is_current(orchestration):
            return False
        version = orchestration.version + 1
        self._stored[self._key(orchestration)] = orchestration.model_copy(
            update={"version": version}
        )
        return True

    def delete(self, orchestration: Orchestration) -> bool:
        if not self._is_current(orchestration):
            return False
        del self._stored[self._key(orchestration)]
        return True

    def _is_current(self, orchestration: Orchestration) -> bool:
        stored = self._stored.get(self._key(orchestration))
        return (stored.version if stored else 0) == orchestration.version

    @staticmethod
    def _key(orchestration: Orchestration) -> tuple[str, str]:
        return orchestration.tenant_id, orchestration.name.orchestration_id
