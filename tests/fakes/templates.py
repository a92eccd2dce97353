"""Templates with their versions in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable

from recado.domain.template_versions import TemplateHead, first_head
from recado.domain.templates import Template
from recado.ports.templates import VersionsPage
from tests.fakes.clock import NOON


class FakeTemplates:
    """Implements `ports.TemplateRepository`.

    `meanwhile`, where it is set, is called once before a change is stored: what another does.
    """

    def __init__(self) -> None:
        self._heads: dict[tuple[str, str], TemplateHead] = {}
        self._versions: dict[tuple[str, str, int], Template] = {}
        self._in_force: dict[tuple[str, str], Template] = {}
        self._lock = threading.Lock()
        self.meanwhile: Callable[[], object] | None = None

    def head(self, tenant_id: str, template_id: str) -> TemplateHead | None:
        return self._heads.get((tenant_id, template_id))

    def heads(self, tenant_id: str) -> list[TemplateHead]:
        return [head for (tenant, _), head in self._heads.items() if tenant == tenant_id]

    def heads_of(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, TemplateHead]:
        found = {name: self.head(tenant_id, name) for name in template_ids}
        return {name: head for name, head in found.items() if head}

    def version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        return self._versions.get((tenant_id, template_id, version))

    def versions(
        self, tenant_id: str, template_id: str, *, before: int | None, limit: int
    ) -> VersionsPage:
        found = sorted(
            (
                template
                for (tenant, name, number), template in self._versions.items()
                if (tenant, name) == (tenant_id, template_id)
                and (before is None or number < before)
            ),
            key=lambda template: -template.version,
        )[:limit]
        more = bool(found) and found[-1].version > 1
        return VersionsPage(versions=tuple(found), next=found[-1].version if more else None)

    def in_force(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, Template]:
        wanted = [(tenant_id, name) for name in template_ids]
        return {key[1]: self._in_force[key] for key in wanted if key in self._in_force}

    def which_in_force(self, tenant_id: str, template_ids: Iterable[str]) -> set[str]:
        return set(self.in_force(tenant_id, template_ids))

    def save(
        self,
        head: TemplateHead,
        *,
        added: Template | None = None,
        in_force: Template | None = None,
        needed: Collection[str] = (),
    ) -> bool:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        with self._lock:
            key = (head.tenant_id, head.template_id)
            stored = self._heads.get(key)
            if head.version != (stored.version if stored else 0):
                return False
            if any((head.tenant_id, name) not in self._in_force for name in needed):
                return False
            if added is not None:
                if (*key, added.version) in self._versions:
                    return False
                self._versions[*key, added.version] = added
            self._heads[key] = head.model_copy(update={"version": head.version + 1})
            if head.published is None:
                self._in_force.pop(key, None)
            elif in_force is not None:
                self._in_force[key] = in_force
        return True

    def put(self, template: Template) -> None:
        key = (template.tenant_id, template.template_id)
        known = self._heads.get(key)
        now = template.created_at or NOON
        head = known.holding(template, now) if known else first_head(template, now)
        if head != known:
            self._heads[key] = head.model_copy(update={"version": head.version + 1})
        self._versions[*key, template.version] = template
        self._in_force[key] = template
