"""By what lists are sorted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.sorting import LONGEST, sort_form
from recado.domain.vehicles import plate_form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Álvaro  NÚÑEZ ", "alvaro nunez"),
        ("Straße", "strasse"),
        ("\tAna\nBelén\x00", "ana belen"),
        ("ﬁn", "fin"),
    ],
)
def test_a_text_is_sorted_without_case_accents_and_blanks(text: str, form: str) -> None:
    assert sort_form(text) == form


@given(st.text(alphabet=st.characters(), max_size=300))
def test_a_sort_form_is_its_own_and_fits_into_a_key(text: str) -> None:
    form = sort_form(text)

    assert sort_form(form) == form
    assert len(form.encode()) <= LONGEST
    assert form.isprintable()


@given(st.text(max_size=40))
def test_the_beginning_of_a_text_finds_it(text: str) -> None:
    words = " ".join(text.split())

    assert sort_form(words).startswith(sort_form(words.partition(" ")[0]))


@pytest.mark.parametrize("plate", ["GYE-1234", "gye 1234", "Gye1234", " gye–1234 "])
def test_a_plate_is_one_however_it_is_written(plate: str) -> None:
    assert plate_form(plate) == "gye1234"
