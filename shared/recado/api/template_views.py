"""What the API takes and answers about templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import Field, TypeAdapter, ValidationError

from recado.api.cursors import from_cursor
from recado.api.preconditions import etag
from recado.domain.account_states import TemplateState
from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.events import Slug
from recado.domain.model import Model, RequestModel
from recado.domain.orchestration import Target
from recado.domain.patches import PatchModel
from recado.domain.template_versions import (
    LATEST_VERSION,
    LONGEST_TEMPLATE_ID,
    CurrentTemplate,
    TemplateHead,
    TemplateStatus,
)
from recado.domain.templates import (
    Locale,
    Template,
    TemplateContent,
    TemplateSlot,
    required_variables,
    variables_of,
)
from recado.domain.variables import Variable
from recado.services.edit_templates import Draft
from recado.services.explain_template import Candidate, Explanation

TAGS = ["Templates"]

TemplateId = Annotated[str, Path(max_length=LONGEST_TEMPLATE_ID)]


class Included(StrEnum):
    """What a list brings beside what is always in it."""

    CONTENT = "content"


DEEPEST_PATCH = 10
"""Levels of a patch that are merged; contents have three."""

FILLED_BY_RECADO = frozenset({"Taller", "Fase"})
"""Variables that an event need not bring. The customer's name is filled for clients only."""

Name = Field(default=None, min_length=1, max_length=200, examples=["Cita agendada"])
Publish = Field(
    default=True, description="Put the content in force; `false` keeps it as a draft version."
)


class NewTemplate(RequestModel):
    """A template for a slot that has none; `content.channel` says for which channel."""

    service_type_id: Slug = Field(
        description="A service type, or a subtype: its templates come before its type's.",
        examples=["mantenimiento-preventivo"],
    )
    phase_id: Slug = Field(examples=["phase-schedule"])
    target: Target = Target.CLIENTS
    channel: Channel | None = Field(
        default=None, description="May be left out: `content.channel` says it."
    )
    locale: Locale | None = Field(
        default=None, description="The tenant's by default.", examples=["es", "es-CO"]
    )
    name: str | None = Name
    content: TemplateContent
    publish: bool = Publish

    def slot(self, tenant_locale: str) -> TemplateSlot:
        """The place that it fills."""
        return TemplateSlot(
            service_type=self.service_type_id,
            phase=self.phase_id,
            target=self.target,
            channel=self.channel or self.content.channel,
            locale=self.locale or tenant_locale,
        )

    def draft(self) -> Draft:
        """What it shall be."""
        return Draft(name=self.name, content=self.content, publish=self.publish)


class TemplateReplacement(RequestModel):
    """All of a template that can change; another content becomes its next version."""

    name: str | None = Name
    content: TemplateContent
    publish: bool = Publish

    def draft(self, current: CurrentTemplate) -> Draft:
        """What the template shall be."""
        del current
        return Draft(name=self.name, content=self.content, publish=self.publish)


class TemplatePatch(PatchModel):
    """A JSON merge patch (RFC 7396) of the name and of the newest version's content."""

    name: str | None = Name
    content: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of the content to set; null clears one. Lists are replaced whole.",
        examples=[{"text": "Hola, {{Nombre}}."}],
    )
    publish: bool = Field(
        default=True,
        description="Put the newest version in force. A patch of the name alone puts nothing so.",
    )

    def draft(self, current: CurrentTemplate) -> Draft:
        """What the template shall be.

        Raises
        ------
        RequestValidationError
            The content would not be one any more.
        """
        given = self.changes()
        return Draft(
            name=self.name if "name" in given else current.head.name,
            content=_patched(current.newest.content, self.content),
            publish=self.publish and not given.keys().isdisjoint(("content", "publish")),
        )


class Publication(RequestModel):
    """Which version to put in force."""

    version: int = Field(ge=1, le=LATEST_VERSION)


class ApprovalView(Model):
    """The last that a provider said of an approved template, in its own words."""

    account_id: str
    status: str | None = Field(examples=["APPROVED"])
    reason: str
    quality: str | None
    category: str | None
    at: datetime

    @classmethod
    def of(cls, state: TemplateState) -> ApprovalView:
        """The view of what was said."""
        return cls.model_validate(state.model_dump(include=set(cls.model_fields)))


class _TemplateFields(Model):
    id: str = Field(examples=["mantenimiento-preventivo.phase-schedule.clients.whatsapp.es"])
    name: str | None
    service_type_id: str
    phase_id: str
    target: Target
    channel: Channel
    locale: str
    status: TemplateStatus
    latest_version: int
    published_version: int | None = Field(description="The version that is sent; null for none.")
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class TemplateSummary(_TemplateFields):
    """A template in a list."""

    etag: str = Field(
        description="What `If-Match` takes for a change of what was listed.", examples=['"3"']
    )
    content: TemplateContent | None = Field(
        default=None,
        description="What is sent, with `include=content`; null without it and for a draft.",
    )

    @classmethod
    def of(cls, head: TemplateHead, content: TemplateContent | None) -> TemplateSummary:
        """The view of a template's head."""
        return cls(**_fields(head), etag=etag(head.version), content=content)


class TemplatesView(Model):
    """A page of templates."""

    templates: list[TemplateSummary]
    next_cursor: str | None


class TemplateView(_TemplateFields):
    """A template with its newest version, which need not be the published one."""

    version: int = Field(description="The version whose content this is: the newest.")
    content: TemplateContent
    variables: list[str]
    required_variables: list[str]
    approval: list[ApprovalView] | None = Field(
        description="Of a WhatsApp template's approved twin, by account; null when none is known."
    )

    @classmethod
    def of(cls, current: CurrentTemplate, states: Sequence[TemplateState]) -> TemplateView:
        """The view of a template, with what providers said of it."""
        return cls(
            **_fields(current.head),
            version=current.newest.version,
            **_fields_of_content(current.newest.content, states),
        )


class VersionView(Model):
    """One version of a template; it never changes."""

    template_id: str
    version: int
    published: bool = Field(description="Whether it is the one that is sent.")
    created_at: datetime | None
    content: TemplateContent
    variables: list[str]
    required_variables: list[str]
    approval: list[ApprovalView] | None

    @classmethod
    def of(
        cls, head: TemplateHead, template: Template, states: Sequence[TemplateState]
    ) -> VersionView:
        """The view of a version, with what providers said of it."""
        return cls(
            template_id=template.template_id,
            version=template.version,
            published=head.published == template.version,
            created_at=template.created_at,
            **_fields_of_content(template.content, states),
        )


class VersionSummary(Model):
    """One version of a template, without what is derived from its content."""

    version: int
    published: bool = Field(description="Whether it is the one that is sent.")
    created_at: datetime | None
    content: TemplateContent

    @classmethod
    def of(cls, head: TemplateHead, template: Template) -> VersionSummary:
        """The view of a version."""
        return cls(
            version=template.version,
            published=head.published == template.version,
            created_at=template.created_at,
            content=template.content,
        )


class VersionsView(Model):
    """A page of versions, newest first."""

    versions: list[VersionSummary]
    next_cursor: str | None


class VariableView(Model):
    """A variable that templates may name."""

    name: str = Field(examples=["Vehículo"])
    description: dict[str, str] = Field(description="By language.")
    example: str
    required: bool = Field(
        description="Whether events bring it; `false` where Recado knows it by itself."
    )

    @classmethod
    def of(cls, variable: Variable) -> VariableView:
        """The view of a variable."""
        return cls(
            name=variable.name,
            description=variable.description,
            example=variable.example,
            required=variable.name not in FILLED_BY_RECADO,
        )


class VariablesView(Model):
    """The variables that a tenant declares."""

    variables: list[VariableView]


class ChosenTemplate(Model):
    """The template that wins."""

    id: str
    version: int
    content: TemplateContent
    variables: list[str]


class ContextView(Model):
    """Which template is used in a place, and why."""

    template: ChosenTemplate | None = Field(description="null when no candidate has one in force.")
    reason: str
    channel_enabled: bool | None = Field(
        description="Whether the orchestration enables the channel in that phase; null when "
        "nothing is configured for it."
    )
    candidates: list[Candidate] = Field(description="In the order in which they are tried.")

    @classmethod
    def of(cls, explanation: Explanation) -> ContextView:
        """The view of an explanation."""
        chosen = explanation.template
        return cls(
            template=chosen
            and ChosenTemplate(
                id=chosen.template_id,
                version=chosen.version,
                content=chosen.content,
                variables=sorted(variables_of(chosen.content)),
            ),
            reason=explanation.reason,
            channel_enabled=explanation.channel_enabled,
            candidates=list(explanation.candidates),
        )


def template_answer(
    current: CurrentTemplate,
    states: Sequence[TemplateState],
    status: HTTPStatus = HTTPStatus.OK,
    **headers: str,
) -> Response[TemplateView]:
    """The answer that shows a template, with its entity tag."""
    return Response(
        status_code=status.value,
        content_type="application/json",
        body=TemplateView.of(current, states),
        headers={"ETag": etag(current.head.version), **headers},
    )


def version_before(cursor: str | None) -> int | None:
    """The version that a page of versions ended with.

    Raises
    ------
    UnprocessableError
        The cursor is none of ours.
    """
    position = from_cursor(cursor, 1)
    if position is None:
        return None
    if not (position[0].isdecimal() and len(position[0]) <= len(str(LATEST_VERSION))):
        raise UnprocessableError("this cursor is none that a page gave", field="cursor")
    return int(position[0])


def _fields(head: TemplateHead) -> dict[str, Any]:
    return {
        "id": head.template_id,
        "name": head.name,
        "service_type_id": head.slot.service_type,
        "phase_id": head.slot.phase,
        "target": head.slot.target,
        "channel": head.slot.channel,
        "locale": head.slot.locale,
        "status": head.status,
        "latest_version": head.latest,
        "published_version": head.published,
        "created_at": head.created_at,
        "updated_at": head.updated_at,
        "archived_at": head.archived_at,
    }


def _fields_of_content(content: TemplateContent, states: Sequence[TemplateState]) -> dict[str, Any]:
    return {
        "content": content,
        "variables": sorted(variables_of(content)),
        "required_variables": sorted(required_variables(content)),
        "approval": [ApprovalView.of(state) for state in states] or None,
    }


def _patched(content: TemplateContent, patch: dict[str, Any]) -> TemplateContent:
    adapter: TypeAdapter[TemplateContent] = TypeAdapter(TemplateContent)
    merged = _merged(content.model_dump(mode="json", exclude_none=True), patch, depth=0)
    try:
        return adapter.validate_python(merged)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", "content", *fault["loc"])} for fault in faults]
        ) from None


def _merged(stored: Any, patch: Any, *, depth: int) -> Any:
    if not isinstance(patch, dict) or depth > DEEPEST_PATCH:
        return patch
    merged = dict(stored) if isinstance(stored, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value, depth=depth + 1)
    return merged
