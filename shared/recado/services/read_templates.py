"""Read templates: lists, versions, what differs between two, what providers say of them."""

from __future__ import annotations

from enum import StrEnum

from recado.domain.account_states import TemplateState
from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.model import Model
from recado.domain.orchestration import Target
from recado.domain.template_versions import (
    CurrentTemplate,
    TemplateDiff,
    TemplateHead,
    TemplateStatus,
    difference,
)
from recado.domain.templates import TemplateContent, approved_template
from recado.ports.inbound import StateReader
from recado.ports.templates import TemplateRepository, VersionsPage
from recado.services.edit_templates import no_template, stored_version

type Position = tuple[str, str]
"""Where a list goes on: what it is sorted by, and the template's id."""


class TemplateOrder(StrEnum):
    """What a list of templates is sorted by; with a minus sign backwards."""

    TEMPLATE_ID = "template_id"
    TEMPLATE_ID_BACKWARDS = "-template_id"
    UPDATED_AT = "updated_at"
    UPDATED_AT_BACKWARDS = "-updated_at"


class TemplateFilter(Model):
    """What a list is narrowed to; without a status archived templates are left out."""

    service_type: str | None = None
    phase: str | None = None
    target: Target | None = None
    channel: Channel | None = None
    locale: str | None = None
    status: TemplateStatus | None = None

    def takes(self, head: TemplateHead) -> bool:
        """Whether a template is one that is asked for."""
        if self.status is None and head.status is TemplateStatus.ARCHIVED:
            return False
        slot = head.slot
        return (
            self.service_type in (None, slot.service_type)
            and self.phase in (None, slot.phase)
            and self.target in (None, slot.target)
            and self.channel in (None, slot.channel)
            and self.locale in (None, slot.locale)
            and self.status in (None, head.status)
        )


class TemplatesPage(Model):
    """Some templates; `next` leads on."""

    heads: tuple[TemplateHead, ...]
    next: Position | None = None


class ReadTemplates:
    """Reads templates as they are stored now."""

    def __init__(self, *, templates: TemplateRepository, states: StateReader) -> None:
        self._templates = templates
        self._states = states

    def page(
        self,
        tenant_id: str,
        wanted: TemplateFilter,
        *,
        order: TemplateOrder,
        after: Position | None,
        limit: int,
    ) -> TemplatesPage:
        """Some templates of a tenant, after a position.

        All heads of the tenant are read: they are small, and as many as the tenant has texts.
        """
        is_backwards = order.startswith("-")

        def position(head: TemplateHead) -> Position:
            first = "" if order.endswith("template_id") else head.updated_at.isoformat()
            return first, head.template_id

        def follows(head: TemplateHead) -> bool:
            if after is None:
                return True
            return position(head) < after if is_backwards else position(head) > after

        found = [
            head
            for head in self._templates.heads(tenant_id)
            if wanted.takes(head) and follows(head)
        ]
        found.sort(key=position, reverse=is_backwards)
        shown = tuple(found[:limit])
        return TemplatesPage(heads=shown, next=position(shown[-1]) if len(found) > limit else None)

    def one(self, tenant_id: str, template_id: str) -> CurrentTemplate:
        """A template with its newest version.

        Raises
        ------
        NotFoundError
            There is no such template.
        """
        head = self._head(tenant_id, template_id)
        return CurrentTemplate(head, stored_version(self._templates, head, head.latest))

    def versions(
        self, tenant_id: str, template_id: str, *, before: int | None, limit: int
    ) -> tuple[TemplateHead, VersionsPage]:
        """Versions of a template, newest first.

        Raises
        ------
        NotFoundError
            There is no such template.
        """
        head = self._head(tenant_id, template_id)
        found = self._templates.versions(tenant_id, template_id, before=before, limit=limit)
        return head, found

    def version(self, tenant_id: str, template_id: str, version: int) -> CurrentTemplate:
        """A template's head with one version of it.

        Raises
        ------
        NotFoundError
            There is no such template or version.
        """
        head = self._head(tenant_id, template_id)
        return CurrentTemplate(head, stored_version(self._templates, head, version))

    def diff(
        self, tenant_id: str, template_id: str, *, before: int | None, after: int | None
    ) -> TemplateDiff:
        """What differs between two versions; by default the one in force and the newest.

        Raises
        ------
        NotFoundError
            There is no such template or version.
        UnprocessableError
            None is in force, and `before` names none.
        """
        head = self._head(tenant_id, template_id)
        old = before or head.published
        if old is None:
            raise UnprocessableError(
                "no version is published: name the versions to compare", field="from"
            )
        return difference(
            stored_version(self._templates, head, old),
            stored_version(self._templates, head, after or head.latest),
        )

    def approval(self, tenant_id: str, content: TemplateContent) -> list[TemplateState]:
        """What providers said of a content's approved twin, of each account that told of it."""
        approved = approved_template(content)
        if approved is None:
            return []
        return [
            state
            for state in self._states.template_states(tenant_id)
            if (state.name, state.language) == (approved.name, approved.language)
        ]

    def _head(self, tenant_id: str, template_id: str) -> TemplateHead:
        head = self._templates.head(tenant_id, template_id)
        if head is None:
            raise no_template(template_id)
        return head
