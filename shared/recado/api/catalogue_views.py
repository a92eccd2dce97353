"""The catalogue as front ends read it."""

from __future__ import annotations

from pydantic import Field

from recado.domain.model import Model
from recado.domain.orchestration import Catalogue

ICON = "Name of a Lucide icon."


class SubtypeView(Model):
    """A subtype as the catalogue lists it."""

    slug: str = Field(examples=["averia-frenos"])
    name: str = Field(examples=["Frenos"])
    icon: str = Field(description=ICON, examples=["Disc"])


class ServiceTypeView(Model):
    """A service type with its subtypes."""

    slug: str = Field(examples=["averia-revision"])
    name: str = Field(examples=["Avería/Revisión"])
    icon: str = Field(description=ICON, examples=["AlertTriangle"])
    subtypes: list[SubtypeView]


class PhaseView(Model):
    """A phase with its place in the order."""

    slug: str = Field(examples=["phase-schedule"])
    name: str = Field(examples=["Agendar Cita"])
    icon: str = Field(description=ICON, examples=["Calendar"])
    order: int


class ServiceTypesView(Model):
    """The service types in their order."""

    service_types: list[ServiceTypeView]

    @classmethod
    def of(cls, catalogue: Catalogue) -> ServiceTypesView:
        """The view of a catalogue's service types."""
        return cls.model_validate(catalogue.model_dump(include={"service_types"}))


class PhasesView(Model):
    """The phases in the order in which customers live them."""

    phases: list[PhaseView]

    @classmethod
    def of(cls, catalogue: Catalogue) -> PhasesView:
        """The view of a catalogue's phases."""
        return cls(
            phases=[PhaseView(**phase.model_dump()) for phase in catalogue.phases_in_order()]
        )


class CatalogueView(Model):
    """What a tenant offers, for front ends that build an event."""

    service_types: list[ServiceTypeView]
    phases: list[PhaseView]

    @classmethod
    def of(cls, catalogue: Catalogue) -> CatalogueView:
        """The view of a catalogue."""
        return cls(
            service_types=ServiceTypesView.of(catalogue).service_types,
            phases=PhasesView.of(catalogue).phases,
        )
