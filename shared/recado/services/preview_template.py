"""Show what a template becomes with a context, without sending anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import Field, model_validator

from recado.domain.access import Caller
from recado.domain.api_keys import Scope
from recado.domain.channels import Channel
from recado.domain.errors import ForbiddenError, MissingVariablesError, NotFoundError
from recado.domain.events import ContextName, ContextValue, CustomerId, Slug
from recado.domain.messages import Message, SmsMessage
from recado.domain.model import Model, RequestModel
from recado.domain.orchestration import Catalogue, Target
from recado.domain.sms import SmsSize, measure
from recado.domain.template_versions import LATEST_VERSION, LONGEST_TEMPLATE_ID
from recado.domain.templates import (
    Locale,
    Template,
    TemplateContent,
    candidate_slots,
    locale_chain,
    refuse_undeclared,
    render,
    required_variables,
    variables_of,
)
from recado.domain.tenants import Tenant
from recado.domain.variables import fill, with_defaults
from recado.domain.vehicles import Vehicle
from recado.ports.configuration import ConfigurationRepository
from recado.ports.people import PeopleRepository, VehicleRepository
from recado.ports.templates import TemplateRepository
from recado.services.edit_templates import no_template, stored_version

_NEVER = datetime.min.replace(tzinfo=UTC)


class PreviewRequest(RequestModel):
    """`content` to try out, a template by its id, or the place whose template is in force."""

    content: TemplateContent | None = None
    template_id: str | None = Field(default=None, min_length=1, max_length=LONGEST_TEMPLATE_ID)
    version: int | None = Field(
        default=None,
        ge=1,
        le=LATEST_VERSION,
        description="Of `template_id`; by default the published one, else the newest.",
    )
    service_type_id: Slug | None = None
    phase_id: Slug | None = None
    channel: Channel | None = None
    target: Target = Target.CLIENTS
    locale: Locale | None = None
    context: Mapping[ContextName, ContextValue] = Field(default_factory=dict, max_length=100)
    customer_id: CustomerId | None = Field(
        default=None,
        min_length=1,
        description=(
            "Fills name, plate and vehicle (of the one that changed last) where `context` does "
            "not. The key needs `customers:read`."
        ),
    )
    sample: bool = Field(
        default=False, description="Fill what is still empty with the catalogue's examples."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> PreviewRequest:
        place = (self.service_type_id, self.phase_id, self.channel)
        if self.version is not None and self.template_id is None:
            raise ValueError("a version needs its template_id")
        if self.template_id is not None and (self.content is not None or any(place)):
            raise ValueError("give template_id alone, without content or place")
        if self.content is None and self.template_id is None and None in place:
            raise ValueError(
                "give content, or template_id, or service_type_id, phase_id and channel"
            )
        return self


class Preview(Model):
    """A rendered template; `sms` says what a text message would cost."""

    template_id: str | None
    version: int | None
    variables: tuple[str, ...]
    message: Message
    sms: SmsSize | None = None


class _Shown(NamedTuple):
    """What is rendered: content that may be a stored template's, in its place."""

    content: TemplateContent
    phase: str | None
    locale: str
    template: Template | None = None


class PreviewTemplate:
    """Renders templates for people who write them."""

    def __init__(
        self,
        *,
        configuration: ConfigurationRepository,
        templates: TemplateRepository,
        people: PeopleRepository,
        vehicles: VehicleRepository,
    ) -> None:
        self._configuration = configuration
        self._templates = templates
        self._people = people
        self._vehicles = vehicles

    def __call__(self, caller: Caller, request: PreviewRequest) -> Preview:
        """Render a template.

        Raises
        ------
        NotFoundError
            No template is in force in that place, or there is no such template, version or
            customer that the caller sees.
        UnprocessableError
            The service type or phase does not exist.
        ForbiddenError
            The caller may not read customers and names one.
        TemplateRefusedError
            The content is outside the template language, or names an undeclared variable.
        MissingVariablesError
            Names what nothing gives.
        MessageTooLongError
            The message would be longer than any may be.
        """
        tenant = self._configuration.tenant(caller.tenant_id)
        catalogue = self._configuration.catalogue(caller.tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        shown = self._shown(tenant, catalogue, request)
        refuse_undeclared(shown.content, (variable.name for variable in catalogue.variables))
        named = variables_of(shown.content)
        context = with_defaults(request.context, self._of_customer(caller, request.customer_id))
        context = with_defaults(context, _own_values(tenant, catalogue, shown.phase))
        if request.sample:
            examples = {variable.name: variable.example for variable in catalogue.variables}
            context = with_defaults(context, examples)
        values = fill(named, context)
        missing = sorted(required_variables(shown.content) - values.keys())
        if missing:
            raise MissingVariablesError(missing)
        message = render(shown.content, values, locale=shown.locale)
        return Preview(
            template_id=shown.template.template_id if shown.template else None,
            version=shown.template.version if shown.template else None,
            variables=tuple(sorted(named)),
            message=message,
            sms=measure(message.text) if isinstance(message, SmsMessage) else None,
        )

    def _shown(self, tenant: Tenant, catalogue: Catalogue, request: PreviewRequest) -> _Shown:
        if request.phase_id is not None:
            catalogue.refuse_no_phase(request.phase_id)
        locale = request.locale or tenant.locale
        if request.content is not None:
            return _Shown(request.content, request.phase_id, locale)
        if request.template_id is not None:
            template = self._named(tenant.tenant_id, request.template_id, request.version)
            locale = request.locale or template.slot.locale
            return _Shown(template.content, template.slot.phase, locale, template)
        assert request.service_type_id and request.phase_id and request.channel  # noqa: S101
        names = [
            slot.template_id
            for slot in candidate_slots(
                service_types=catalogue.template_lineage(request.service_type_id, request.phase_id),
                phase=request.phase_id,
                target=request.target,
                channel=request.channel,
                locales=locale_chain(locale, tenant.locale),
            )
        ]
        in_force = self._templates.in_force(tenant.tenant_id, names)
        best = next((in_force[name] for name in names if name in in_force), None)
        if best is None:
            raise NotFoundError("no template is in force there")
        return _Shown(best.content, request.phase_id, locale, best)

    def _named(self, tenant_id: str, template_id: str, version: int | None) -> Template:
        head = self._templates.head(tenant_id, template_id)
        if head is None:
            raise no_template(template_id)
        return stored_version(self._templates, head, version or head.published or head.latest)

    def _of_customer(self, caller: Caller, customer_id: str | None) -> dict[str, str]:
        if customer_id is None:
            return {}
        if Scope.CUSTOMERS_READ not in caller.scopes:
            raise ForbiddenError(
                "the API key lacks the scope '{scope}'", scope=Scope.CUSTOMERS_READ
            )
        person = self._people.person(caller.tenant_id, customer_id)
        if person is None or not caller.sees(person.division):
            raise NotFoundError("no such customer", field="customer_id")
        values = {"Nombre": person.name}
        vehicles = self._vehicles.vehicles_of(caller.tenant_id, customer_id)
        if vehicles:
            values |= _of_vehicle(max(vehicles, key=lambda vehicle: vehicle.updated_at or _NEVER))
        return values


def _of_vehicle(vehicle: Vehicle) -> dict[str, str]:
    described = (vehicle.make, vehicle.model, vehicle.year)
    return {"Placa": vehicle.plate, "Vehículo": " ".join(str(part) for part in described if part)}


def _own_values(tenant: Tenant, catalogue: Catalogue, phase: str | None) -> dict[str, str]:
    """What the product itself says, whatever an event's context holds."""
    names = {known.slug: known.name for known in catalogue.phases}
    values = {"Taller": tenant.name}
    return {**values, "Fase": names[phase]} if phase in names else values
