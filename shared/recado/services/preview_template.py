"""Show what a template becomes with a context, without sending anything."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, model_validator

from recado.domain.channels import Channel
from recado.domain.errors import MissingVariablesError, NotFoundError, TemplateRefusedError
from recado.domain.events import ContextName, ContextValue, Slug
from recado.domain.messages import Message, SmsMessage
from recado.domain.model import Model, RequestModel
from recado.domain.orchestration import Target
from recado.domain.sms import SmsSize, measure
from recado.domain.templates import (
    TemplateContent,
    candidate_slots,
    locale_chain,
    render,
    required_variables,
    variables_of,
)
from recado.domain.variables import fill, with_defaults
from recado.ports.configuration import ConfigurationRepository


class PreviewRequest(RequestModel):
    """Either `content` to try out, or the place whose template is in force."""

    content: TemplateContent | None = None
    service_type_id: Slug | None = None
    phase_id: Slug | None = None
    channel: Channel | None = None
    target: Target = Target.CLIENTS
    locale: str | None = Field(default=None, min_length=2, max_length=10)
    context: Mapping[ContextName, ContextValue] = Field(default_factory=dict, max_length=100)

    @model_validator(mode="after")
    def _content_or_place(self) -> PreviewRequest:
        place = (self.service_type_id, self.phase_id, self.channel)
        if self.content is None and None in place:
            raise ValueError("give content, or service_type_id, phase_id and channel")
        return self


class Preview(Model):
    """A rendered template; `sms` says what a text message would cost."""

    template_id: str | None
    version: int | None
    variables: tuple[str, ...]
    message: Message
    sms: SmsSize | None = None


class PreviewTemplate:
    """Renders templates for people who write them."""

    def __init__(self, *, configuration: ConfigurationRepository) -> None:
        self._configuration = configuration

    def __call__(self, tenant_id: str, request: PreviewRequest) -> Preview:
        """Render a template.

        Raises
        ------
        NotFoundError
            No template is in force in that place.
        UnprocessableError
            The service type or phase does not exist.
        TemplateRefusedError
            The content is outside the template language, or names an undeclared variable.
        MissingVariablesError
            Names what the context does not give.
        """
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError(f"unknown tenant '{tenant_id}'", field="tenant_id")
        locale = request.locale or tenant.locale
        template_id = version = None
        content = request.content
        context = with_defaults(request.context, {"Taller": tenant.name})
        if request.phase_id is not None:
            context = with_defaults(context, {"Fase": catalogue.phase(request.phase_id).name})
        if content is None:
            assert request.service_type_id and request.phase_id and request.channel  # noqa: S101
            slots = candidate_slots(
                service_types=catalogue.lineage(request.service_type_id),
                phase=request.phase_id,
                target=request.target,
                channel=request.channel,
                locales=locale_chain(locale, tenant.locale),
            )
            found = self._configuration.templates(tenant_id, slots)
            template = next((found[s.template_id] for s in slots if s.template_id in found), None)
            if template is None:
                raise NotFoundError("no template is in force there")
            template_id, version = template.template_id, template.version
            content = template.content
        named = variables_of(content)
        undeclared = sorted(named - {variable.name for variable in catalogue.variables})
        if undeclared:
            raise TemplateRefusedError(f"undeclared variables: {', '.join(undeclared)}")
        values = fill(named, context)
        missing = sorted(required_variables(content) - values.keys())
        if missing:
            raise MissingVariablesError(missing)
        message = render(content, values, locale=locale)
        return Preview(
            template_id=template_id,
            version=version,
            variables=tuple(sorted(named)),
            message=message,
            sms=measure(message.text) if isinstance(message, SmsMessage) else None,
        )
