"""The catalogue of services and phases, and the channel matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel, Provider
from recado.domain.errors import UnprocessableError
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import (
    Catalogue,
    CellSettings,
    Orchestration,
    OrchestrationName,
    Patience,
    Phase,
    ServiceType,
    Subtype,
    Target,
    checked_channels,
    read_orchestration_id,
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


@pytest.mark.parametrize("slug", ["phase-schedule", *Occasion])
def test_templates_are_for_phases_and_for_occasions(slug: str) -> None:
    CATALOGUE.refuse_no_phase(slug)


def test_an_occasions_templates_may_be_for_every_service() -> None:
    assert CATALOGUE.template_lineage("averia-frenos", Occasion.ALERT) == (
        "averia-frenos",
        "averia-revision",
        ANY_SERVICE,
    )
    assert CATALOGUE.template_lineage(ANY_SERVICE, Occasion.ALERT) == (ANY_SERVICE,)
    assert CATALOGUE.template_lineage("averia-revision", "phase-schedule") == ("averia-revision",)


def test_an_unknown_phase_is_refused_by_name() -> None:
    with pytest.raises(UnprocessableError, match="'phase-x'") as caught:
        CATALOGUE.refuse_no_phase("phase-x")

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


def test_settings_are_a_service_types_and_not_its_subtypes() -> None:
    CATALOGUE.refuse_no_type("averia-revision")
    CATALOGUE.refuse_no_type("colision-pintura")

    with pytest.raises(UnprocessableError, match="'averia-revision'") as caught:
        CATALOGUE.refuse_no_type("averia-frenos")
    assert caught.value.field == "service_type_id"


def test_a_matrix_is_read_in_the_catalogues_words() -> None:
    cells = {"phase-schedule": {"email": True, "sms": False}}

    assert CATALOGUE.checked_matrix(cells) == {
        "phase-schedule": {Channel.EMAIL: True, Channel.SMS: False}
    }


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"phase-schedule": {}, "phase-x": {}}, "matrix.phase-x"),
        ({"phase-schedule": {"email": True, "EMAIL": True}}, "matrix.phase-schedule.EMAIL"),
    ],
)
def test_an_unknown_cell_is_refused_by_name(
    cells: Mapping[str, Mapping[str, bool]], field: str
) -> None:
    with pytest.raises(UnprocessableError) as caught:
        CATALOGUE.checked_matrix(cells)

    assert caught.value.field == field


def test_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(UnprocessableError, match="'fax'") as caught:
        checked_channels({"email": True, "fax": False}, field="channels")

    assert caught.value.field == "channels.fax"


def test_an_id_says_which_orchestration_is_meant() -> None:
    name = OrchestrationName(service_type="averia-revision", target=Target.STAFF)

    assert name.orchestration_id == "averia-revision.staff"
    assert read_orchestration_id("averia-revision.staff") == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "averia-revision", ".staff", "averia-revision.", "averia-revision.all", "a.staff\n"),
        *("A.staff", "a#b.staff", "a.b.staff", "a" * 81 + ".staff", "\ud800.staff", "a\0.staff"),
    ],
)
def test_what_has_not_the_form_of_an_id_is_none(text: str) -> None:
    assert read_orchestration_id(text) is None


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, to the letter."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


phases = st.sampled_from(["phase-schedule", "phase-repair", "phase-delivery"])
matrices = st.dictionaries(phases, st.dictionaries(st.sampled_from(Channel), st.booleans()))
patches = st.dictionaries(
    phases, st.none() | st.dictionaries(st.sampled_from(Channel), st.none() | st.booleans())
)


@given(matrix=matrices, patch=patches)
def test_cells_are_merged_as_a_json_merge_patch(
    matrix: dict[str, dict[Channel, bool]],
    patch: dict[str, dict[Channel, bool | None] | None],
) -> None:
    orchestration = Orchestration(
        tenant_id="t", service_type="averia-revision", target=Target.CLIENTS, matrix=matrix
    )

    assert orchestration.merged(patch).matrix == merge_patch(matrix, patch)


ALL = Patience(undelivered_after=30, unread_after=60)


@pytest.mark.parametrize(
    ("providers", "left"),
    [
        ({Provider.WHATSAPP_CLOUD}, ALL),
        ({Provider.EVOLUTION}, ALL),
        ({Provider.TWILIO_WHATSAPP}, ALL),
        ({Provider.MESSENGER}, ALL),
        ({Provider.TWILIO_SMS}, Patience(undelivered_after=30)),
        ({Provider.SES, Provider.SMTP}, Patience(undelivered_after=30)),
        ({Provider.SMTP}, Patience()),
        ({Provider.WEB_PUSH}, Patience()),
        ({Provider.TELEGRAM}, Patience()),
        ({Provider.SLACK}, Patience()),
        ({Provider.INSTAGRAM}, Patience()),
        (set(), Patience()),
    ],
)
def test_only_receipts_that_a_provider_reports_are_waited_for(
    providers: set[Provider], left: Patience
) -> None:
    assert ALL.reported_by(providers) == left


def test_a_cell_keeps_its_patience_until_it_is_said_or_removed() -> None:
    waits = CellSettings(enabled=True, patience=Patience(undelivered_after=30))
    known = Orchestration(tenant_id="t", service_type="s", target=Target.CLIENTS).merged(
        {"phase-schedule": {Channel.WHATSAPP: waits}}
    )

    off = known.merged({"phase-schedule": {Channel.WHATSAPP: False}})
    assert off.patience_in("phase-schedule") == {Channel.WHATSAPP: waits.patience}
    for patch in (
        {"phase-schedule": {Channel.WHATSAPP: CellSettings(enabled=True)}},
        {"phase-schedule": {Channel.WHATSAPP: None}},
        {"phase-schedule": None},
    ):
        assert known.merged(patch).patience == {}
