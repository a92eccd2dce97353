"""Read templates: lists, versions, what differs between two, what providers say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum

from recado.domain.account_states import TemplateState
from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.model import Model
from recado.domain.orchestration import Target
from recado.domain.sorting import Position
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

MOST_CONTENTS = 25
CONTENT_CHARACTERS = 4_000_000
"""Of a page with contents, as they stand in a function's answer, which has at most 6 MB."""


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
    """Some templates, with what they send where that was asked for; `next` leads on."""

    heads: tuple[TemplateHead, ...]
    contents: Mapping[str, TemplateContent | None] = {}
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
        with_contents: bool = False,
    ) -> TemplatesPage:
        """Some templates of a tenant, after a position; fewer than `limit` with large contents.

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
        shown = found[:limit]
        contents: dict[str, TemplateContent | None] = {}
        if with_contents:
            contents = self._contents(tenant_id, shown[:MOST_CONTENTS])
            shown = shown[: len(contents)]
        return TemplatesPage(
            heads=tuple(shown),
            contents=contents,
            next=position(shown[-1]) if len(found) > len(shown) else None,
        )

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
            state for state in self._states.template_states(tenant_id) if state.is_about(approved)
        ]

    def _contents(
        self, tenant_id: str, heads: Sequence[TemplateHead]
    ) -> dict[str, TemplateContent | None]:
        """What the first of some templates send, None for nothing; as many as an answer takes."""
        sent = self._templates.in_force(tenant_id, [head.template_id for head in heads])
        room, contents = CONTENT_CHARACTERS, dict[str, TemplateContent | None]()
        for head in heads:
            template = sent.get(head.template_id)
            content = None if template is None else template.content
            # An answer's body is a JSON string inside JSON: quotes take more room there.
            room -= len(json.dumps(json.dumps(content and content.model_dump(mode="json"))))
            if room < 0 and contents:
                break
            contents[head.template_id] = content
        return contents

    def _head(self, tenant_id: str, template_id: str) -> TemplateHead:
        head = self._templates.head(tenant_id, template_id)
        if head is None:
            raise no_template(template_id)
        return head
