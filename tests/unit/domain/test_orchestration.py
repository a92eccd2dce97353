"""The catalogue of services and phases, and the channel matrix."""

from __future__ import annotations

import pytest

from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.orchestration import (
    Catalogue,
    Orchestration,
    Phase,
    ServiceType,
    Subtype,
    Target,
)

CATALOGUE = Catalogue(
    phases=(Phase(slug="phase-schedule", name="Agendar Cita", icon="Calendar", order=1),),
    service_types=(
        ServiceType(
            slug="averia-revision",
            name="Avería/Revisión",
            icon="AlertTriangle",
            subtypes=(Subtype(slug="averia-frenos", name="Frenos", icon="Disc"),),
        ),
        ServiceType(
            slug="colision-pintura",
            name="Colisión/Pintura",
            icon="SprayCan",
            subtypes=(
                Subtype(slug="colision-golpe", name="Golpe", icon="Hammer"),
                Subtype(slug="colision-pintura", name="Pintura", icon="Paintbrush"),
            ),
        ),
    ),
    variables=(),
)


@pytest.mark.parametrize(
    ("slug", "lineage"),
    [
        ("averia-revision", ("averia-revision",)),
        ("averia-frenos", ("averia-frenos", "averia-revision")),
        ("colision-golpe", ("colision-golpe", "colision-pintura")),
    ],
)
def test_a_subtype_falls_back_to_its_type(slug: str, lineage: tuple[str, ...]) -> None:
    assert CATALOGUE.lineage(slug) == lineage


def test_a_slug_of_both_a_type_and_a_subtype_means_the_type() -> None:
    assert CATALOGUE.lineage("colision-pintura") == ("colision-pintura",)


def test_a_subtypes_slug_that_is_another_types_slug_means_that_type() -> None:
    tricky = CATALOGUE.model_copy(
        update={
            "service_types": (
                ServiceType(
                    slug="a",
                    name="A",
                    icon="Settings",
                    subtypes=(Subtype(slug="b", name="B", icon="Settings"),),
                ),
                ServiceType(slug="b", name="B", icon="Settings"),
            )
        }
    )

    assert tricky.lineage("b") == ("b",)


@pytest.mark.parametrize("slug", ["", "averia", "AVERIA-FRENOS", "phase-schedule"])
def test_an_unknown_service_type_is_refused_by_name(slug: str) -> None:
    with pytest.raises(UnprocessableError, match=f"'{slug}'") as caught:
        CATALOGUE.lineage(slug)

    assert caught.value.field == "service_type_id"


def test_a_phase_is_found_by_its_slug() -> None:
    assert CATALOGUE.phase("phase-schedule").name == "Agendar Cita"


def test_an_unknown_phase_is_refused_by_name() -> None:
    with pytest.raises(UnprocessableError, match="'phase-x'") as caught:
        CATALOGUE.phase("phase-x")

    assert caught.value.field == "phase_id"


def test_a_phase_without_settings_is_not_a_phase_with_every_channel_off() -> None:
    orchestration = Orchestration(
        tenant_id="t",
        service_type="averia-revision",
        target=Target.CLIENTS,
        matrix={"phase-schedule": {Channel.EMAIL: False}},
    )

    assert orchestration.enabled("phase-schedule") == {Channel.EMAIL: False}
    assert orchestration.enabled("phase-delivery") is None
