"""Versions of templates: read and compare them, put one in force."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.cursors import to_cursor
from recado.api.positions import Cursor, Limit
from recado.api.preconditions import check_match
from recado.api.security import Middleware, caller, requires, whole_tenant
from recado.api.template_views import (
    TAGS,
    Publication,
    TemplateId,
    TemplateView,
    VersionSummary,
    VersionsView,
    VersionView,
    template_answer,
    version_before,
)
from recado.domain.api_keys import Scope
from recado.domain.template_versions import LATEST_VERSION, CurrentTemplate, TemplateDiff
from recado.services.edit_templates import EditTemplates
from recado.services.read_templates import ReadTemplates

Number = Annotated[int, Path(ge=1, le=LATEST_VERSION)]


def add_template_versions(
    router: APIGatewayHttpRouter,
    *,
    read: ReadTemplates,
    edit: EditTemplates,
    idempotent: Middleware,
) -> None:
    """Add the routes below one template's own."""
    may_read: list[Middleware] = [requires(Scope.TEMPLATES_READ)]
    may_write_once: list[Middleware] = [
        requires(Scope.TEMPLATES_WRITE),
        whole_tenant,
        idempotent,
    ]

    def check(version: int) -> None:
        check_match(router, version)

    def answer(current: CurrentTemplate) -> Response[TemplateView]:
        states = read.approval(caller(router).tenant_id, current.newest.content)
        return template_answer(current, states)

    @router.get(
        "/<template_id>/versions",
        middlewares=may_read,
        tags=TAGS,
        operation_id="listTemplateVersions",
        summary="List a template's versions",
        description="Newest first. A page may have fewer than `limit` when contents are long.",
    )
    def versions(template_id: TemplateId, cursor: Cursor = None, limit: Limit = 50) -> VersionsView:
        head, page = read.versions(
            caller(router).tenant_id, template_id, before=version_before(cursor), limit=limit
        )
        return VersionsView(
            versions=[VersionSummary.of(head, version) for version in page.versions],
            next_cursor=to_cursor(None if page.next is None else (str(page.next),)),
        )

    @router.get(
        "/<template_id>/versions/<version>",
        middlewares=may_read,
        tags=TAGS,
        operation_id="getTemplateVersion",
        summary="Read one version of a template",
        description="A version never changes; notifications say by which one they were sent.",
    )
    def version(template_id: TemplateId, version: Number) -> VersionView:
        found = read.version(caller(router).tenant_id, template_id, version)
        states = read.approval(caller(router).tenant_id, found.newest.content)
        return VersionView.of(found.head, found.newest, states)

    @router.post(
        "/<template_id>/publish",
        middlewares=may_write_once,
        tags=TAGS,
        operation_id="publishTemplate",
        summary="Put a version in force",
        description="Any version, newer or older; it is sent within half a minute.",
    )
    def publish(template_id: TemplateId, request: Publication) -> Response[TemplateView]:
        return answer(
            edit.publish(caller(router).tenant_id, template_id, request.version, check=check)
        )

    @router.post(
        "/<template_id>/rollback",
        middlewares=may_write_once,
        tags=TAGS,
        operation_id="rollBackTemplate",
        summary="Put the version before in force",
        description="The version that was in force before this one; again, the one before that. "
        "409 when there is none.",
    )
    def roll_back(template_id: TemplateId) -> Response[TemplateView]:
        return answer(edit.roll_back(caller(router).tenant_id, template_id, check=check))

    @router.get(
        "/<template_id>/diff",
        middlewares=may_read,
        tags=TAGS,
        operation_id="diffTemplate",
        summary="Compare two versions of a template",
        description="Field by field, with unified lines of texts, and the variables that came "
        "and went. By default the published version against the newest.",
    )
    def diff(
        template_id: TemplateId,
        before: Annotated[int | None, Query(alias="from", ge=1, le=LATEST_VERSION)] = None,
        after: Annotated[int | None, Query(alias="to", ge=1, le=LATEST_VERSION)] = None,
    ) -> TemplateDiff:
        return read.diff(caller(router).tenant_id, template_id, before=before, after=after)
