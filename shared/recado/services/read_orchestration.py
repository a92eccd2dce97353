"""See which channels each phase uses, and which of them have nothing to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recado.domain.channels import Channel
from recado.domain.errors import NotFoundError
from recado.domain.model import Model
from recado.domain.orchestration import (
    Catalogue,
    Orchestration,
    OrchestrationName,
    Patience,
    Phase,
    read_orchestration_id,
)
from recado.domain.routing import accounts_of
from recado.domain.templates import TemplateSlot, candidate_slots, locale_chain
from recado.ports.configuration import ConfigurationRepository
from recado.ports.orchestration import OrchestrationQuery, OrchestrationRepository
from recado.ports.templates import TemplateRepository


class PhaseSettings(Model):
    """A phase with its cells.

    Parameters
    ----------
    unserved
        The enabled channels without a template in force.
    unreported
        Those of which receipts are waited for that no enabled account reports.
    """

    phase: Phase
    channels: Mapping[Channel, bool]
    patience: Mapping[Channel, Patience]
    unserved: tuple[Channel, ...]
    unreported: tuple[Channel, ...]


class DescribedOrchestration(Model):
    """An orchestration as people see it: its phases in their order."""

    orchestration: Orchestration
    phases: tuple[PhaseSettings, ...]


class DescribedPage(Model):
    """Some orchestrations; `next` is the last one of them while there are more."""

    orchestrations: tuple[DescribedOrchestration, ...]
    next: OrchestrationName | None


class ReadOrchestration:
    """Reads orchestrations, always as they are stored at this moment."""

    def __init__(
        self,
        *,
        orchestrations: OrchestrationRepository,
        configuration: ConfigurationRepository,
        templates: TemplateRepository,
    ) -> None:
        self._orchestrations = orchestrations
        self._configuration = configuration
        self._templates = templates

    def one(self, tenant_id: str, orchestration_id: str) -> DescribedOrchestration:
        """An orchestration by its id.

        Raises
        ------
        NotFoundError
            There is none.
        """
        return self.described(
            stored_orchestration(self._orchestrations, tenant_id, orchestration_id)
        )

    def page(self, tenant_id: str, query: OrchestrationQuery) -> DescribedPage:
        """Some orchestrations in their order."""
        one_more = query.model_copy(update={"limit": query.limit + 1})
        found = self._orchestrations.page(tenant_id, one_more)
        shown = found[: query.limit]
        return DescribedPage(
            orchestrations=tuple(self._described(tenant_id, shown)),
            next=shown[-1].name if len(found) > query.limit else None,
        )

    def described(self, orchestration: Orchestration) -> DescribedOrchestration:
        """An orchestration that was just read or stored, as people see it."""
        [described] = self._described(orchestration.tenant_id, [orchestration])
        return described

    def _described(
        self, tenant_id: str, orchestrations: Sequence[Orchestration]
    ) -> list[DescribedOrchestration]:
        tenant = self._configuration.tenant(tenant_id)
        catalogue = self._configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        in_force = self._templates.which_in_force(
            tenant_id,
            {
                slot.template_id
                for orchestration in orchestrations
                for phase, row in orchestration.matrix.items()
                for channel, is_enabled in row.items()
                if is_enabled
                for slot in _slots(catalogue, orchestration, phase, channel, tenant.locale)
            },
        )

        accounts = self._configuration.accounts(tenant_id)

        def is_reported(channel: Channel, patience: Patience) -> bool:
            carriers = accounts_of(accounts, channel)
            return patience.reported_by(each.provider for each in carriers) == patience

        def settings(orchestration: Orchestration, phase: Phase) -> PhaseSettings:
            row = orchestration.matrix[phase.slug]
            patience = orchestration.patience_in(phase.slug)
            unserved = (
                channel
                for channel, is_enabled in row.items()
                if is_enabled
                and not any(
                    slot.template_id in in_force
                    for slot in _slots(catalogue, orchestration, phase.slug, channel, tenant.locale)
                )
            )
            return PhaseSettings(
                phase=phase,
                channels=row,
                patience=patience,
                unserved=tuple(unserved),
                unreported=tuple(
                    channel
                    for channel, each in patience.items()
                    if row.get(channel) and not is_reported(channel, each)
                ),
            )

        return [
            DescribedOrchestration(
                orchestration=orchestration,
                phases=tuple(
                    settings(orchestration, phase)
                    for phase in catalogue.rows_in_order()
                    if phase.slug in orchestration.matrix
                ),
            )
            for orchestration in orchestrations
        ]


def _slots(
    catalogue: Catalogue, orchestration: Orchestration, phase: str, channel: Channel, locale: str
) -> list[TemplateSlot]:
    """Where the template of a cell may be, for people without a language of their own.

    Those of the type alone: a subtype falls back to them, and events name the type itself too.
    """
    return candidate_slots(
        service_types=catalogue.template_lineage(orchestration.service_type, phase),
        phase=phase,
        target=orchestration.target,
        channel=channel,
        locales=locale_chain(locale, locale),
    )


def stored_orchestration(
    orchestrations: OrchestrationRepository, tenant_id: str, orchestration_id: str
) -> Orchestration:
    """An orchestration as it is stored at this moment.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    name = read_orchestration_id(orchestration_id)
    stored = orchestrations.find(tenant_id, name) if name else None
    if stored is None:
        raise NotFoundError(
            "no orchestration '{orchestration}'",
            field="orchestration_id",
            orchestration=orchestration_id,
        )
    return stored
