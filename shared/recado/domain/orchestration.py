"""The catalogue of services and phases, and the matrix that says which channels a phase uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from recado.domain.channels import REPORT_DELIVERY, REPORT_READING, Channel, Provider
from recado.domain.errors import UnprocessableError
from recado.domain.model import Model
from recado.domain.occasions import ANY_SERVICE, OCCASION_NAMES, Occasion
from recado.domain.variables import Variable

Matrix = Mapping[str, Mapping[Channel, bool]]
"""Whether a channel is enabled, by phase."""

FIRST_CHANNELS = {Channel.EMAIL: False, Channel.WHATSAPP: False, Channel.PUSH: False}
"""What a phase begins with: nothing is sent before somebody wants it."""

LONGEST_PATIENCE = 7 * 24 * 60
"""Minutes; after a week nobody asks any more why there is no receipt."""

_ID = re.compile(r"([a-z0-9-]{1,80})\.([a-z]+)")


class Target(StrEnum):
    """Whom an event is for: the customer, or the tenant's own team."""

    CLIENTS = "clients"
    STAFF = "staff"


class Phase(Model):
    """A step of a service, in the order in which customers live it."""

    slug: str
    name: str
    icon: str
    order: int


class Subtype(Model):
    """A kind of a service type, with templates of its own where it needs them."""

    slug: str
    name: str
    icon: str


class ServiceType(Model):
    """A service that the tenant offers."""

    slug: str
    name: str
    icon: str
    subtypes: tuple[Subtype, ...] = ()


class Catalogue(Model):
    """What a tenant offers, and which variables its templates may use."""

    phases: tuple[Phase, ...]
    service_types: tuple[ServiceType, ...]
    variables: tuple[Variable, ...]

    def rows_in_order(self) -> list[Phase]:
        """What a matrix may have a row for: the phases as customers live them, then occasions."""
        occasions = [
            Phase(slug=occasion, name=name, icon="Bell", order=len(self.phases) + number)
            for number, (occasion, name) in enumerate(OCCASION_NAMES.items(), start=1)
        ]
        return [*self.phases_in_order(), *occasions]

    def refuse_no_phase(self, slug: str) -> None:
        """Refuse what is neither a phase nor an occasion.

        Raises
        ------
        UnprocessableError
            The slug is nothing's.
        """
        if any(row.slug == slug for row in self.rows_in_order()):
            return
        raise UnprocessableError("unknown phase '{phase}'", field="phase_id", phase=slug)

    def phases_in_order(self) -> list[Phase]:
        """The phases as customers live them."""
        return sorted(self.phases, key=lambda phase: phase.order)

    def lineage(self, slug: str) -> tuple[str, ...]:
        """The slugs under which templates are looked up: the subtype first, then its type.

        `ANY_SERVICE` has none before it and none after it.

        A slug that names both a type and a subtype means the type: its own templates are the
        ones that every subtype falls back to, so nothing more specific is skipped by accident.

        Raises
        ------
        UnprocessableError
            Neither a type nor a subtype has that slug.
        """
        if slug == ANY_SERVICE or any(each.slug == slug for each in self.service_types):
            return (slug,)
        for service_type in self.service_types:
            if any(subtype.slug == slug for subtype in service_type.subtypes):
                return (slug, service_type.slug)
        raise UnprocessableError(
            "unknown service type '{service_type}'", field="service_type_id", service_type=slug
        )

    def template_lineage(self, slug: str, phase: str) -> tuple[str, ...]:
        """The lineage, and for an occasion also what holds for every service.

        Raises
        ------
        UnprocessableError
            As `lineage`.
        """
        lineage = self.lineage(slug)
        if phase in Occasion and lineage[-1] != ANY_SERVICE:
            return (*lineage, ANY_SERVICE)
        return lineage

    def refuse_no_type(self, slug: str) -> None:
        """Refuse what is no service type: settings are a type's, its subtypes share them.

        Raises
        ------
        UnprocessableError
            The slug is a subtype's, or nothing's.
        """
        service_type = self.lineage(slug)[-1]
        if service_type != slug:
            raise UnprocessableError(
                "'{subtype}' is a subtype: its channels are those of '{service_type}'",
                field="service_type_id",
                subtype=slug,
                service_type=service_type,
            )

    def checked_matrix[T](
        self, cells: Mapping[str, Mapping[str, T]]
    ) -> dict[str, dict[Channel, T]]:
        """Cells of a matrix as a client writes them, each known to exist.

        Raises
        ------
        UnprocessableError
            A phase or a channel does not exist; `field` names the cell.
        """
        known = {row.slug for row in self.rows_in_order()}
        for phase in cells:
            if phase not in known:
                raise UnprocessableError(
                    "unknown phase '{phase}'", field=f"matrix.{phase}", phase=phase
                )
        return {
            phase: checked_channels(row, field=f"matrix.{phase}") for phase, row in cells.items()
        }


def checked_channels[T](row: Mapping[str, T], *, field: str) -> dict[Channel, T]:
    """The channels of a phase as a client writes them, each known to exist.

    Raises
    ------
    UnprocessableError
        A channel does not exist; `field` is the one given, and its name.
    """
    for name in row:
        if name not in Channel:
            raise UnprocessableError(
                "unknown channel '{channel}'", field=f"{field}.{name}", channel=name
            )
    return {Channel(name): value for name, value in row.items()}


class OrchestrationName(Model):
    """Which orchestration is meant: there is at most one for a service type and target."""

    service_type: str
    target: Target

    @property
    def orchestration_id(self) -> str:
        """The readable id: `mantenimiento-preventivo.clients`."""
        return f"{self.service_type}.{self.target}"


class Patience(Model):
    """How many minutes a channel's silence is borne before the next one is tried."""

    undelivered_after: int | None = Field(default=None, ge=1, le=LONGEST_PATIENCE)
    unread_after: int | None = Field(default=None, ge=1, le=LONGEST_PATIENCE)

    def reported_by(self, providers: Iterable[Provider]) -> Self:
        """What of it is left where only these carry the channel.

        Without one that reports what is waited for, silence is no reason.
        """
        known = set(providers)
        return self.model_copy(
            update={
                "undelivered_after": self.undelivered_after if known & REPORT_DELIVERY else None,
                "unread_after": self.unread_after if known & REPORT_READING else None,
            }
        )


class CellSettings(Model):
    """Everything that a cell says of its channel."""

    enabled: bool
    patience: Patience = Field(default_factory=Patience)


Cell = bool | CellSettings
"""As a client sets one: only whether it is enabled, or all of it."""

PatienceMatrix = Mapping[str, Mapping[Channel, Patience]]
"""By phase; a channel that is not there is waited for without end."""


class Orchestration(Model):
    """Which channels are enabled, phase by phase, for one service type and target.

    `patience` says, for some of them, after how much silence the next channel is tried.

    `version` counts the stored changes; 0 before the first. `updated_at` is None for what came
    with a tenant's files and was not changed since.
    """

    tenant_id: str
    service_type: str
    target: Target
    matrix: Matrix = Field(default_factory=dict)
    patience: PatienceMatrix = Field(default_factory=dict)
    updated_at: datetime | None = None
    version: int = 0

    @property
    def name(self) -> OrchestrationName:
        """Which one it is."""
        return OrchestrationName(service_type=self.service_type, target=self.target)

    def enabled(self, phase: str) -> Mapping[Channel, bool] | None:
        """The channels of a phase, or None when the phase has no settings."""
        return self.matrix.get(phase)

    def patience_in(self, phase: str) -> Mapping[Channel, Patience]:
        """How long the channels of a phase are waited for."""
        return self.patience.get(phase, {})

    def merged(self, patch: Mapping[str, Mapping[Channel, Cell | None] | None]) -> Self:
        """With some cells set, or removed where the patch has None (RFC 7396).

        A cell that is only enabled or disabled keeps its patience.
        """
        matrix, patience = dict(self.matrix), dict(self.patience)
        for phase, row in patch.items():
            if row is None:
                matrix.pop(phase, None)
                patience.pop(phase, None)
                continue
            enabled, waits = dict(matrix.get(phase, {})), dict(patience.pop(phase, {}))
            for channel, cell in row.items():
                match cell:
                    case None:
                        enabled.pop(channel, None)
                        waits.pop(channel, None)
                    case CellSettings():
                        enabled[channel], waits[channel] = cell.enabled, cell.patience
                    case _:
                        enabled[channel] = cell
            matrix[phase] = enabled
            if kept := {channel: each for channel, each in waits.items() if each != Patience()}:
                patience[phase] = kept
        return self.model_copy(update={"matrix": matrix, "patience": patience})

    def without_cells(self) -> Self:
        """With no settings of any phase."""
        return self.model_copy(update={"matrix": {}, "patience": {}})


def read_orchestration_id(text: str) -> OrchestrationName | None:
    """Take an orchestration's id apart; None when it has not the form of one."""
    match = _ID.fullmatch(text)
    if match is None or match[2] not in Target:
        return None
    return OrchestrationName(service_type=match[1], target=Target(match[2]))
