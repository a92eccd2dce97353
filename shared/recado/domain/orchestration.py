"""The catalogue of services and phases, and the matrix that says which channels a phase uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.model import Model
from recado.domain.variables import Variable


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

    def phase(self, slug: str) -> Phase:
        """The phase of that slug.

        Raises
        ------
        UnprocessableError
            There is none.
        """
        for phase in self.phases:
            if phase.slug == slug:
                return phase
        raise UnprocessableError(f"unknown phase '{slug}'", field="phase_id")

    def lineage(self, slug: str) -> tuple[str, ...]:
        """The slugs under which templates are looked up: the subtype first, then its type.

        A slug that names both a type and a subtype means the type: its own templates are the
        ones that every subtype falls back to, so nothing more specific is skipped by accident.

        Raises
        ------
        UnprocessableError
            Neither a type nor a subtype has that slug.
        """
        if any(service_type.slug == slug for service_type in self.service_types):
            return (slug,)
        for service_type in self.service_types:
            if any(subtype.slug == slug for subtype in service_type.subtypes):
                return (slug, service_type.slug)
        raise UnprocessableError(f"unknown service type '{slug}'", field="service_type_id")


class Orchestration(Model):
    """Which channels are enabled, phase by phase, for one service type and target.

    `version` counts the stored changes; 0 before the first.
    """

    tenant_id: str
    service_type: str
    target: Target
    matrix: Mapping[str, Mapping[Channel, bool]] = Field(default_factory=dict)
    updated_at: datetime | None = None
    version: int = 0

    def enabled(self, phase: str) -> Mapping[Channel, bool] | None:
        """The channels of a phase, or None when the phase has no settings."""
        return self.matrix.get(phase)
