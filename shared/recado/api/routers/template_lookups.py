"""What templates become, which variables they may name, which of them would be used."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.security import Middleware, caller, requires
from recado.api.template_views import TAGS, ContextView, VariablesView, VariableView
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.errors import NotFoundError
from recado.domain.events import Slug
from recado.domain.orchestration import Target
from recado.domain.templates import Locale
from recado.ports.configuration import ConfigurationRepository
from recado.services.explain_template import ExplainTemplate, Place
from recado.services.preview_template import Preview, PreviewRequest, PreviewTemplate


def add_template_lookups(
    router: APIGatewayHttpRouter,
    *,
    preview: PreviewTemplate,
    explain: ExplainTemplate,
    configuration: ConfigurationRepository,
) -> None:
    """Add the routes beside the templates themselves."""
    may_read: list[Middleware] = [requires(Scope.TEMPLATES_READ)]

    @router.post(
        "/preview",
        middlewares=may_read,
        tags=TAGS,
        operation_id="previewTemplate",
        summary="Render a template",
        description="Renders content to try out, a stored template, or the one in force in a "
        "place, with a context, a customer's data or examples. Nothing is sent.",
    )
    def show(request: PreviewRequest) -> Preview:
        return preview(caller(router), request)

    @router.get(
        "/variables",
        middlewares=may_read,
        tags=TAGS,
        operation_id="listTemplateVariables",
        summary="List the variables of templates",
        description="The variables that the tenant declares. Templates that name others are "
        "refused.",
    )
    def variables() -> VariablesView:
        catalogue = configuration.catalogue(caller(router).tenant_id)
        if catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        return VariablesView(
            variables=[VariableView.of(variable) for variable in catalogue.variables]
        )

    @router.get(
        "/for_context",
        middlewares=may_read,
        tags=TAGS,
        operation_id="explainTemplate",
        summary="Which template would be used, and why",
        description="Looks a template up as an event would: the subtype before its type, the "
        "locale before its language and the tenant's. Every candidate is listed.",
    )
    def for_context(
        service_type_id: Annotated[Slug, Query()],
        phase_id: Annotated[Slug, Query()],
        channel: Annotated[Channel, Query()],
        target: Annotated[Target, Query()] = Target.CLIENTS,
        locale: Annotated[Locale | None, Query()] = None,
    ) -> ContextView:
        place = Place(
            service_type=service_type_id,
            phase=phase_id,
            channel=channel,
            target=target,
            locale=locale,
        )
        return ContextView.of(explain(caller(router).tenant_id, place))
