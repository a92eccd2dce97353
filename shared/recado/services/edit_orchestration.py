"""Change which channels each phase uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recado.domain.channels import Channel
from recado.domain.errors import (
    AlreadyExistsError,
    NotFoundError,
    UnprocessableError,
)
from recado.domain.orchestration import (
    FIRST_CHANNELS,
    Catalogue,
    Cell,
    Orchestration,
    OrchestrationName,
    checked_channels,
)
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.orchestration import OrchestrationRepository
from recado.services.change_stored import TRIES, VersionCheck, changed_meanwhile
from recado.services.read_orchestration import stored_orchestration


class EditOrchestration:
    """Changes orchestrations: each change is stored whole or not at all, and none is lost.

    A change takes effect for new events within half a minute.
    """

    def __init__(
        self,
        *,
        orchestrations: OrchestrationRepository,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._orchestrations = orchestrations
        self._configuration = configuration
        self._clock = clock

    def create(
        self, tenant_id: str, name: OrchestrationName, cells: Mapping[str, Mapping[str, Cell]]
    ) -> Orchestration:
        """Store a new orchestration.

        Raises
        ------
        UnprocessableError
            There is no such service type (a subtype is none), phase or channel.
        AlreadyExistsError
            The service type has one for that target.
        """
        catalogue = self._catalogue(tenant_id)
        catalogue.refuse_no_type(name.service_type)
        wanted = Orchestration(
            tenant_id=tenant_id,
            service_type=name.service_type,
            target=name.target,
            updated_at=self._clock.now(),
        ).merged(catalogue.checked_matrix(cells))
        if self._orchestrations.find(tenant_id, name) or not self._orchestrations.save(wanted):
            raise AlreadyExistsError(
                "the orchestration '{orchestration}' exists already",
                field="service_type_id",
                orchestration=name.orchestration_id,
            )
        return _stored(wanted)

    def replace(
        self,
        tenant_id: str,
        orchestration_id: str,
        name: OrchestrationName,
        cells: Mapping[str, Mapping[str, Cell]],
        check: VersionCheck,
    ) -> Orchestration:
        """Store another matrix in place of all of the old one.

        Raises
        ------
        NotFoundError, UnprocessableError, ChangedMeanwhileError
            As from `patch`; also UnprocessableError when `name` is another orchestration's.
        """
        if name.orchestration_id != orchestration_id:
            raise UnprocessableError(
                "'{orchestration}' keeps its service type and target",
                field="service_type_id",
                orchestration=orchestration_id,
            )
        checked = self._catalogue(tenant_id).checked_matrix(cells)
        return self._change(
            tenant_id, orchestration_id, check, lambda it: it.without_cells().merged(checked)
        )

    def patch(
        self,
        tenant_id: str,
        orchestration_id: str,
        patch: Mapping[str, Mapping[str, Cell | None] | None],
        check: VersionCheck,
    ) -> Orchestration:
        """Set some cells; None removes a cell, or the settings of a phase.

        Raises
        ------
        NotFoundError
            There is no such orchestration.
        UnprocessableError
            There is no such phase or channel: nothing is stored.
        ChangedMeanwhileError
            Others changed it every time when this change was to be stored.
        """
        cells = {phase: row for phase, row in patch.items() if row is not None}
        # A phase that the catalogue no longer has can still be removed.
        removed = {phase: None for phase, row in patch.items() if row is None}
        checked = {**self._catalogue(tenant_id).checked_matrix(cells), **removed}
        return self._change(tenant_id, orchestration_id, check, lambda it: it.merged(checked))

    def clear(self, tenant_id: str, orchestration_id: str, check: VersionCheck) -> Orchestration:
        """Remove the settings of all phases.

        Raises
        ------
        NotFoundError, ChangedMeanwhileError
            As from `patch`.
        """
        return self._change(tenant_id, orchestration_id, check, Orchestration.without_cells)

    def initialize(
        self,
        tenant_id: str,
        orchestration_id: str,
        channels: Mapping[str, Cell] | None,
        check: VersionCheck,
    ) -> tuple[Orchestration, list[str]]:
        """Give every phase without settings its first ones; gives those phases, too.

        Raises
        ------
        NotFoundError, UnprocessableError, ChangedMeanwhileError
            As from `patch`.
        """
        first: Mapping[Channel, Cell] = FIRST_CHANNELS
        if channels is not None:
            first = checked_channels(channels, field="channels")
        phases = [phase.slug for phase in self._catalogue(tenant_id).phases_in_order()]
        created: list[str] = []

        def complete(orchestration: Orchestration) -> Orchestration:
            created[:] = [phase for phase in phases if phase not in orchestration.matrix]
            return orchestration.merged(dict.fromkeys(created, first))

        return self._change(tenant_id, orchestration_id, check, complete), created

    def delete(self, tenant_id: str, orchestration_id: str, check: VersionCheck) -> None:
        """Remove an orchestration: events for its service type and target are refused from then on.

        Raises
        ------
        NotFoundError, ChangedMeanwhileError
            As from `patch`.
        """
        for _ in range(TRIES):
            stored = stored_orchestration(self._orchestrations, tenant_id, orchestration_id)
            check(stored.version)
            if self._orchestrations.delete(stored):
                return
        raise changed_meanwhile()

    def _change(
        self,
        tenant_id: str,
        orchestration_id: str,
        check: VersionCheck,
        change: Callable[[Orchestration], Orchestration],
    ) -> Orchestration:
        """Make a change on what is stored, again when that is no longer what was read."""
        for _ in range(TRIES):
            stored = stored_orchestration(self._orchestrations, tenant_id, orchestration_id)
            check(stored.version)
            changed = change(stored)
            if changed == stored:
                return stored
            changed = changed.model_copy(update={"updated_at": self._clock.now()})
            if self._orchestrations.save(changed):
                return _stored(changed)
        raise changed_meanwhile()

    def _catalogue(self, tenant_id: str) -> Catalogue:
        catalogue = self._configuration.catalogue(tenant_id)
        if catalogue is None:
            raise NotFoundError("this tenant has no catalogue")
        return catalogue


def _stored(orchestration: Orchestration) -> Orchestration:
    return orchestration.model_copy(update={"version": orchestration.version + 1})
