"""Templates with their versions, as those who write them see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from recado.domain.model import Model
from recado.domain.template_versions import TemplateHead
from recado.domain.templates import Template


class VersionsPage(Model):
    """Some versions of a template, newest first; `next` is the last one where more follow."""

    versions: tuple[Template, ...]
    next: int | None = None


class TemplateRepository(Protocol):
    """Templates as they are stored now, never as they were remembered."""

    def head(self, tenant_id: str, template_id: str) -> TemplateHead | None:
        """What holds a template's versions together."""
        ...

    def heads(self, tenant_id: str) -> list[TemplateHead]:
        """Those of all templates of a tenant, archived ones too."""
        ...

    def heads_of(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, TemplateHead]:
        """Those of some templates, by template id; what does not exist is left out."""
        ...

    def version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        """One version of a template."""
        ...

    def versions(
        self, tenant_id: str, template_id: str, *, before: int | None, limit: int
    ) -> VersionsPage:
        """The versions before one (or all), newest first; a page may hold fewer than `limit`."""
        ...

    def in_force(self, tenant_id: str, template_ids: Iterable[str]) -> dict[str, Template]:
        """The versions of some templates that are sent, by template id."""
        ...

    def which_in_force(self, tenant_id: str, template_ids: Iterable[str]) -> set[str]:
        """The ids of those templates of which a version is sent."""
        ...

    def save(
        self,
        head: TemplateHead,
        *,
        added: Template | None = None,
        in_force: Template | None = None,
        needed: Collection[str] = (),
    ) -> bool:
        """Store a head's next version and what comes with it, all or nothing.

        Parameters
        ----------
        added
            The version that the change adds.
        in_force
            The version that the head now publishes, where the change is about that. A head that
            publishes none ends what was in force.
        needed
            The ids of other templates that must be in force at that moment.

        Returns
        -------
        bool
            False when the head was changed since it was read, a new one exists already, or what is
            needed is not in force.
        """
        ...
