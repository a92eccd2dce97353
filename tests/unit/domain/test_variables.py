"""How an event's context fills the variables of a template."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.variables import Variable, fill, loose, with_defaults

VARIABLES = ["Nombre", "Placa", "Vehículo", "Técnico"]


@pytest.mark.parametrize(
    "spelling",
    [
        "Vehículo",
        "vehículo",
        "VEHÍCULO",
        "vehiculo",
        "Vehiculo",
        "vEHICULO",
        unicodedata.normalize("NFD", "Vehículo"),
        unicodedata.normalize("NFD", "VEHÍCULO"),
    ],
)
def test_any_spelling_of_a_name_fills_the_variable(spelling: str) -> None:
    assert fill(["Vehículo"], {spelling: "Haval H6"}) == {"Vehículo": "Haval H6"}


@given(
    st.sampled_from(VARIABLES),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase, str]),
)
def test_case_and_unicode_form_never_matter(
    name: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"], case: Callable[[str], str]
) -> None:
    spelling = unicodedata.normalize(form, case(name))

    assert fill([name], {spelling: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    "context",
    [
        {"vehiculo": "loose", "Vehículo": "exact"},
        {"Vehículo": "exact", "vehiculo": "loose"},
        {"VEHICULO": "loose", unicodedata.normalize("NFD", "Vehículo"): "exact"},
    ],
)
def test_an_exact_name_wins_over_a_loose_one(context: dict[str, str]) -> None:
    assert fill(["Vehículo"], context) == {"Vehículo": "exact"}


@pytest.mark.parametrize("empty", ["", " ", "\n\t", "\u00a0"])
def test_an_empty_value_counts_as_missing(empty: str) -> None:
    assert fill(["Nombre", "Placa"], {"nombre": empty, "placa": "ABC123"}) == {"Placa": "ABC123"}


@pytest.mark.parametrize("names", [("Placa", "placa"), ("placa", "Placa"), ("PLACA", "placa")])
def test_an_empty_value_does_not_hide_another_spellings(names: tuple[str, str]) -> None:
    empty, full = names

    for context in ({empty: " ", full: "ABC123"}, {full: "ABC123", empty: " "}):
        assert fill(["Placa"], context) == {"Placa": "ABC123"}


def test_a_value_is_left_as_it_is() -> None:
    assert fill(["Nombre"], {"nombre": " Ana  Pérez "}) == {"Nombre": " Ana  Pérez "}


def test_names_that_no_template_uses_are_left_out() -> None:
    assert fill(["Nombre"], {"nombre": "Ana", "secreto": "x"}) == {"Nombre": "Ana"}


def test_two_variables_may_take_the_same_loose_name() -> None:
    values = fill(["Técnico", "TECNICO"], {"tecnico": "Luis"})

    assert values == {"Técnico": "Luis", "TECNICO": "Luis"}


def test_the_products_own_values_are_added() -> None:
    context = with_defaults({"placa": "ABC123"}, {"Taller": "Talleres Andinos"})

    assert fill(["Placa", "Taller"], context) == {"Placa": "ABC123", "Taller": "Talleres Andinos"}


@pytest.mark.parametrize("spelling", ["Taller", "taller", "TALLER", "Tállér"])
def test_the_context_wins_over_the_products_own_values(spelling: str) -> None:
    context = with_defaults({spelling: "Taller Norte"}, {"Taller": "Talleres Andinos"})

    assert fill(["Taller"], context) == {"Taller": "Taller Norte"}


@pytest.mark.parametrize("spelling", ["Taller", "taller"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_does_not_hide_the_products_own(spelling: str, empty: str) -> None:
    context = with_defaults({spelling: empty}, {"Taller": "Talleres Andinos"})

    assert fill(["Taller"], context) == {"Taller": "Talleres Andinos"}


@given(
    st.dictionaries(st.sampled_from(["taller", "Taller", "nombre", "Fase"]), st.text(max_size=3)),
    st.dictionaries(st.sampled_from(["Taller", "Fase"]), st.just("own")),
)
def test_defaults_only_ever_fill_gaps(context: dict[str, str], defaults: dict[str, str]) -> None:
    variables = ["Taller", "Nombre", "Fase"]
    before = fill(variables, context)
    after = fill(variables, with_defaults(context, defaults))

    assert {name: after[name] for name in before} == before
    assert {name for name in after if name not in before} <= defaults.keys()


@given(st.text())
def test_the_loose_form_of_a_name_is_its_own_loose_form(name: str) -> None:
    assert loose(loose(name)) == loose(name)


def test_a_variable_tells_what_it_means_in_both_languages() -> None:
    variable = Variable(name="Placa", description={"es": "Placa", "en": "Plate"}, example="ABC123")

    assert variable.description == {"es": "Placa", "en": "Plate"}
