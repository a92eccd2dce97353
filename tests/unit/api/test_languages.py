"""Which language a reader is told things in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.api.languages import Language, preferred_language, say


@pytest.mark.parametrize(
    "header",
    [
        "es",
        "es-EC",
        "ES-ec, en;q=0.9",
        "en;q=0.5, es;q=0.6",
        "de, fr;q=0.9, es-419;q=0.2",
        "en;q=0, es;q=0.001",
        "es, en",
        "es;q=broken, es-MX",
        " es ; q=0.8 ,en ;q=0.7",
    ],
)
def test_who_prefers_spanish_is_told_in_spanish(header: str) -> None:
    assert preferred_language(header) is Language.SPANISH


@pytest.mark.parametrize(
    "header",
    [
        "",
        "*",
        "de",
        "en, es",
        "en-US,en;q=0.9,es;q=0.8",
        "es;q=0",
        "es;q=nan",
        "es;q=2",
        "es;q=-1",
        "es;q=",
        "est",
        "español",
        ",;,=",
    ],
)
def test_everybody_else_is_told_in_english(header: str) -> None:
    assert preferred_language(header) is Language.ENGLISH


@given(st.text())
def test_no_header_makes_it_fail(header: str) -> None:
    assert preferred_language(header) in Language


def test_a_message_without_a_spanish_text_is_told_in_english() -> None:
    assert say("no text for {this}", {"this": "x"}, Language.SPANISH) == "no text for x"


def test_values_are_never_read_as_messages() -> None:
    told = say("unknown phase '{phase}'", {"phase": "{field} {0}"}, Language.SPANISH)

    assert told == "fase desconocida: '{field} {0}'"


def test_a_refused_templates_line_is_told_in_spanish_too() -> None:
    told = say("nested too deeply (line {line})", {"line": 3}, Language.SPANISH)

    assert told == "demasiados niveles anidados (línea 3)"
