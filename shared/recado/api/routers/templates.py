"""Templates: create, read, change and archive them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.cursors import from_cursor, to_cursor
from recado.api.positions import Cursor, Limit
from recado.api.preconditions import check_match
from recado.api.routers.template_lookups import add_template_lookups
from recado.api.routers.template_versions import add_template_versions
from recado.api.security import Middleware, caller, requires, whole_tenant
from recado.api.template_views import (
    TAGS,
    Included,
    NewTemplate,
    TemplateId,
    TemplatePatch,
    TemplateReplacement,
    TemplateSummary,
    TemplatesView,
    TemplateView,
    template_answer,
)
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.errors import NotFoundError
from recado.domain.events import Slug
from recado.domain.orchestration import Target
from recado.domain.template_versions import CurrentTemplate, TemplateStatus
from recado.domain.templates import Locale
from recado.ports.configuration import ConfigurationRepository
from recado.services.edit_templates import EditTemplates
from recado.services.explain_template import ExplainTemplate
from recado.services.preview_template import PreviewTemplate
from recado.services.read_templates import ReadTemplates, TemplateFilter, TemplateOrder


def templates_router(
    *,
    read: ReadTemplates,
    edit: EditTemplates,
    preview: PreviewTemplate,
    explain: ExplainTemplate,
    configuration: ConfigurationRepository,
    idempotent: Middleware,
) -> APIGatewayHttpRouter:
    """The routes under `/api/v1/notifications/templates`."""
    router = APIGatewayHttpRouter()
    add_template_lookups(router, preview=preview, explain=explain, configuration=configuration)
    _add_templates(router, read=read, edit=edit, configuration=configuration, idempotent=idempotent)
    add_template_versions(router, read=read, edit=edit, idempotent=idempotent)
    return router


def _add_templates(
    router: APIGatewayHttpRouter,
    *,
    read: ReadTemplates,
    edit: EditTemplates,
    configuration: ConfigurationRepository,
    idempotent: Middleware,
) -> None:
    may_read: list[Middleware] = [requires(Scope.TEMPLATES_READ)]
    may_write: list[Middleware] = [requires(Scope.TEMPLATES_WRITE), whole_tenant]
    may_write_once = [*may_write, idempotent]

    def check(version: int) -> None:
        check_match(router, version)

    def answer(
        current: CurrentTemplate, status: HTTPStatus = HTTPStatus.OK, **headers: str
    ) -> Response[TemplateView]:
        states = read.approval(caller(router).tenant_id, current.newest.content)
        return template_answer(current, states, status, **headers)

    @router.get(
        "/",
        middlewares=may_read,
        tags=TAGS,
        operation_id="listTemplates",
        summary="List templates",
        description="Templates, with `include=content` with what they send, in pages of at most 25 "
        "then. Archived ones are listed with `status=archived` only.",
    )
    def list_them(
        service_type_id: Annotated[Slug | None, Query()] = None,
        phase_id: Annotated[Slug | None, Query()] = None,
        channel: Annotated[Channel | None, Query()] = None,
        target: Annotated[Target | None, Query()] = None,
        locale: Annotated[Locale | None, Query()] = None,
        status: Annotated[TemplateStatus | None, Query()] = None,
        include: Annotated[
            Included | None, Query(description="Bring the contents that are sent, too.")
        ] = None,
        ordering: Annotated[TemplateOrder, Query()] = TemplateOrder.TEMPLATE_ID,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> TemplatesView:
        position = from_cursor(cursor, 2)
        page = read.page(
            caller(router).tenant_id,
            TemplateFilter(
                service_type=service_type_id,
                phase=phase_id,
                target=target,
                channel=channel,
                locale=locale,
                status=status,
            ),
            order=ordering,
            after=None if position is None else (position[0], position[1]),
            limit=limit,
            with_contents=include is Included.CONTENT,
        )
        return TemplatesView(
            templates=[
                TemplateSummary.of(head, page.contents.get(head.template_id)) for head in page.heads
            ],
            next_cursor=to_cursor(page.next),
        )

    @router.post(
        "/",
        middlewares=may_write_once,
        tags=TAGS,
        operation_id="createTemplate",
        summary="Create a template",
        description="Fills a slot (service type, phase, target, channel, locale) that has no "
        "template, or whose template is archived: that one is back with its next version.",
        status_code=HTTPStatus.CREATED,
    )
    def create(request: NewTemplate) -> Response[TemplateView]:
        tenant = configuration.tenant(caller(router).tenant_id)
        if tenant is None:
            raise NotFoundError("this tenant has no catalogue")
        current = edit.create(
            caller(router).tenant_id, request.slot(tenant.locale), request.draft()
        )
        location = f"/api/v1/notifications/templates/{current.head.template_id}/"
        return answer(current, HTTPStatus.CREATED, Location=location)

    @router.get(
        "/<template_id>",
        middlewares=may_read,
        tags=TAGS,
        operation_id="getTemplate",
        summary="Read a template",
        description="A template with its newest version's content. `published_version` is the "
        "one that is sent.",
    )
    def one(template_id: TemplateId) -> Response[TemplateView]:
        return answer(read.one(caller(router).tenant_id, template_id))

    @router.put(
        "/<template_id>",
        middlewares=may_write,
        tags=TAGS,
        operation_id="replaceTemplate",
        summary="Replace a template's content",
        description="Another content becomes the next version, in force at once unless "
        "`publish` is false. With `If-Match` only over the version of that ETag.",
    )
    def replace(template_id: TemplateId, request: TemplateReplacement) -> Response[TemplateView]:
        return answer(
            edit.change(caller(router).tenant_id, template_id, request.draft, check=check)
        )

    @router.patch(
        "/<template_id>",
        middlewares=may_write,
        tags=TAGS,
        operation_id="patchTemplate",
        summary="Change some fields of a template",
        description="A JSON merge patch of the newest version; the result becomes the next one. "
        "A new name makes no version.",
    )
    def patch(template_id: TemplateId, request: TemplatePatch) -> Response[TemplateView]:
        return answer(
            edit.change(caller(router).tenant_id, template_id, request.draft, check=check)
        )

    @router.delete(
        "/<template_id>",
        middlewares=may_write,
        tags=TAGS,
        operation_id="archiveTemplate",
        summary="Archive a template",
        description="It is no longer sent; its versions stay, because notifications name them. "
        "409 when an enabled channel would be left without a template.",
        status_code=HTTPStatus.NO_CONTENT,
    )
    def archive(template_id: TemplateId) -> Response[None]:
        edit.archive(caller(router).tenant_id, template_id, check=check)
        return Response(status_code=HTTPStatus.NO_CONTENT.value)
