"""A template through its versions: which one is in force, which were, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import unified_diff
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from pydantic import Field

from recado.domain.errors import ConflictError
from recado.domain.model import Model
from recado.domain.templates import Template, TemplateContent, TemplateSlot, variables_of

LATEST_VERSION = 99_999
"""Sort keys have five digits."""

LONGEST_TEMPLATE_ID = 200
"""Characters; the parts of a slot have 192 at most."""

MOST_REMEMBERED = 50
"""So many publications can be rolled back one by one."""

MOST_COMPARED_LINES = 1_000
"""Comparing takes quadratic time; a longer text is told whole, without its lines."""


class TemplateStatus(StrEnum):
    """Whether a template is sent."""

    PUBLISHED = "published"
    DRAFT = "draft"
    ARCHIVED = "archived"


class TemplateHead(Model):
    """What holds a template's versions together.

    Parameters
    ----------
    latest
        The number of the newest version; all from 1 to it exist.
    published
        The version in force; None for a template that is not sent.
    published_before
        Those that were in force, the last one last; rolling back takes it from there.
    version
        Counts the stored changes of the head; 0 before the first.
    """

    tenant_id: str
    slot: TemplateSlot
    name: str | None = None
    latest: int = Field(ge=1)
    published: int | None = None
    published_before: tuple[int, ...] = ()
    archived_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def template_id(self) -> str:
        """The id that is shared by all versions."""
        return self.slot.template_id

    @property
    def status(self) -> TemplateStatus:
        """Whether the template is sent."""
        if self.archived_at is not None:
            return TemplateStatus.ARCHIVED
        return TemplateStatus.DRAFT if self.published is None else TemplateStatus.PUBLISHED

    def publishing(self, version: int, now: datetime) -> TemplateHead:
        """With a version in force; the same when it is already."""
        if version == self.published:
            return self
        return self._changed(now, published=version, published_before=self._with_published())

    def with_next_version(self, now: datetime, *, publish: bool) -> TemplateHead:
        """With one version more; an archived template is back with it."""
        grown = self._changed(now, latest=self.latest + 1, archived_at=None)
        return grown.publishing(grown.latest, now) if publish else grown

    def rolled_back(self, now: datetime) -> TemplateHead:
        """With the version in force that was so before.

        Raises
        ------
        ConflictError
            There is none.
        """
        if not self.published_before:
            raise ConflictError("no version was published before this one")
        *before, last = self.published_before
        return self._changed(now, published=last, published_before=tuple(before))

    def archived(self, now: datetime) -> TemplateHead:
        """No longer sent."""
        return self._changed(
            now, published=None, published_before=self._with_published(), archived_at=now
        )

    def named(self, name: str | None, now: datetime) -> TemplateHead:
        """With another name; the same when it has it already."""
        return self if name == self.name else self._changed(now, name=name)

    def holding(self, template: Template, now: datetime) -> TemplateHead:
        """With a version that somebody else numbered in force; the same when it is already."""
        held = (
            self if template.version <= self.latest else self._changed(now, latest=template.version)
        )
        back = held if held.archived_at is None else held._changed(now, archived_at=None)
        return back.publishing(template.version, now)

    def _with_published(self) -> tuple[int, ...]:
        if self.published is None:
            return self.published_before
        return (*self.published_before, self.published)[-MOST_REMEMBERED:]

    def _changed(self, now: datetime, **changes: Any) -> TemplateHead:
        return self.model_copy(update={**changes, "updated_at": now})


class CurrentTemplate(NamedTuple):
    """A template as it stands: its head and its newest version."""

    head: TemplateHead
    newest: Template


def first_head(
    template: Template, now: datetime, *, name: str | None = None, publish: bool = True
) -> TemplateHead:
    """The head of a template that has one version."""
    return TemplateHead(
        tenant_id=template.tenant_id,
        slot=template.slot,
        name=name,
        latest=template.version,
        published=template.version if publish else None,
        created_at=now,
        updated_at=now,
    )


class FieldChange(Model):
    """What became of one field of a content; `lines` is a unified diff of a changed text."""

    field: str = Field(examples=["text"])
    before: str | tuple[str, ...] | None = Field(description="None when the field is new.")
    after: str | tuple[str, ...] | None = Field(description="None when the field is gone.")
    lines: tuple[str, ...] = Field(
        default=(), description="Unified diff of a text, without a header."
    )


class TemplateDiff(Model):
    """What differs between two versions of a template."""

    template_id: str
    from_version: int
    to_version: int
    fields: tuple[FieldChange, ...]
    variables_added: tuple[str, ...]
    variables_removed: tuple[str, ...]


def difference(before: Template, after: Template) -> TemplateDiff:
    """Compare two versions field by field."""
    named_before, named_after = variables_of(before.content), variables_of(after.content)
    return TemplateDiff(
        template_id=before.template_id,
        from_version=before.version,
        to_version=after.version,
        fields=tuple(changed_fields(before.content, after.content)),
        variables_added=tuple(sorted(named_after - named_before)),
        variables_removed=tuple(sorted(named_before - named_after)),
    )


def changed_fields(before: TemplateContent, after: TemplateContent) -> Iterator[FieldChange]:
    """The fields in which two contents differ, in the order in which contents have them."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for field in dict.fromkeys([*old, *new]):
        was, is_now = old.get(field), new.get(field)
        if was != is_now:
            yield FieldChange(
                field=field, before=was, after=is_now, lines=tuple(_lines(was, is_now))
            )


def _leaves(content: TemplateContent) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    yield from _leaves_of(content.model_dump(exclude_none=True, exclude={"channel"}), "")


def _leaves_of(document: dict[str, Any], path: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for name, value in document.items():
        field = f"{path}{name}"
        if isinstance(value, dict):
            yield from _leaves_of(value, f"{field}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], dict):
            for number, part in enumerate(value):
                yield from _leaves_of(part, f"{field}.{number}.")
        elif value != ():
            yield field, value


def _lines(before: object, after: object) -> Iterator[str]:
    if not isinstance(before, str) or not isinstance(after, str):
        return
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) <= MOST_COMPARED_LINES:
        # Two lines of header name files, of which there are none.
        yield from islice(unified_diff(old, new, lineterm=""), 2, None)
