"""Say which template a service type, phase, channel and target would use, and why."""

from __future__ import annotations

from pydantic import Field

from recado.domain.channels import Channel
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.orchestration import OrchestrationName, Target
from recado.domain.template_versions import TemplateStatus
from recado.domain.templates import Template, TemplateSlot, candidate_slots, locale_chain
from recado.ports.configuration import ConfigurationRepository
from recado.ports.orchestration import OrchestrationRepository
from recado.ports.templates import TemplateRepository


class Place(Model):
    """Where a template is looked for; without a locale in the tenant's."""

    service_type: str
    phase: str
    channel: Channel
    target: Target
    locale: str | None = None


class Candidate(Model):
    """A slot that is looked in; the first one that has a template in force wins."""

    template_id: str = Field(examples=["averia-frenos.phase-schedule.clients.whatsapp.es"])
    service_type_id: str
    locale: str
    found: bool = Field(description="Whether a template is in force there.")
    status: TemplateStatus | None = Field(
        description="`draft` or `archived` where there is one that is not in force; null for none."
    )
    chosen: bool


class Explanation(Model):
    """The template that wins, or none, and the way to it."""

    template: Template | None
    reason: str
    channel_enabled: bool | None
    candidates: tuple[Candidate, ...]


class ExplainTemplate:
    """Looks templates up exactly as the planning of notifications does."""

    def __init__(
        self,
        *,
        templates: TemplateRepository,
        configuration: ConfigurationRepository,
        orchestrations: OrchestrationRepository,
    ) -> None:
        self._templates = templates
        self._configuration = configuration
        self._orchestrations = orchestrations

    def __call__(self, tenant_id: str, place: Place) -> Explanation:
        """Explain which template a place uses.

        Raises
        ------
        NotFoundError
            The tenant has no catalogue.
        UnprocessableError
            The service type or phase does not exist.
        """
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        lineage = catalogue.lineage(place.service_type)
        catalogue.refuse_no_phase(place.phase)
        slots = candidate_slots(
            service_types=catalogue.template_lineage(place.service_type, place.phase),
            phase=place.phase,
            target=place.target,
            channel=place.channel,
            locales=locale_chain(place.locale or tenant.locale, tenant.locale),
        )
        names = [slot.template_id for slot in slots]
        in_force = self._templates.in_force(tenant_id, names)
        heads = self._templates.heads_of(tenant_id, names)
        winner = next((slot for slot in slots if slot.template_id in in_force), None)
        name = OrchestrationName(service_type=lineage[-1], target=place.target)
        orchestration = self._orchestrations.find(tenant_id, name)
        enabled = orchestration.enabled(place.phase) if orchestration else None
        return Explanation(
            template=in_force[winner.template_id] if winner else None,
            reason=_reason(slots, winner),
            channel_enabled=None if enabled is None else enabled.get(place.channel, False),
            candidates=tuple(
                Candidate(
                    template_id=slot.template_id,
                    service_type_id=slot.service_type,
                    locale=slot.locale,
                    found=slot.template_id in in_force,
                    status=heads[slot.template_id].status if slot.template_id in heads else None,
                    chosen=slot == winner,
                )
                for slot in slots
            ),
        )


def _reason(slots: list[TemplateSlot], winner: TemplateSlot | None) -> str:
    first = slots[0]
    if winner is None:
        return f"None of the {len(slots)} candidates has a template in force."
    if winner == first:
        return "The first candidate has a template in force."
    parts = []
    if winner.service_type != first.service_type:
        parts.append(
            f"the subtype '{first.service_type}' has none in any of the locales, "
            f"so the one of its service type '{winner.service_type}' is used"
        )
    if winner.locale != first.locale:
        parts.append(
            f"'{winner.service_type}' has none in '{first.locale}', "
            f"so the one in '{winner.locale}' is used"
        )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
