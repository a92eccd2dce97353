"""How languages are written."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from recado.domain import contact, templates


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("es", "es"),
        ("ES", "es"),
        ("es-CO", "es-CO"),
        ("es_co", "es-CO"),
        ("en_US", "en-US"),
        ("es-419", "es-419"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("ca-VALENCIA", "ca-valencia"),
    ],
)
def test_a_persons_language_is_kept_as_templates_write_it(written: str, normal: str) -> None:
    assert TypeAdapter(contact.Locale).validate_python(written) == normal


def test_a_templates_region_may_be_written_in_small_letters() -> None:
    assert TypeAdapter(templates.Locale).validate_python("es-co") == "es-CO"
