"""What pydantic says of a field has a Spanish text, with the values that it gives."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from string import Formatter
from typing import Annotated, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from recado.api.problems import STATUS_OF
from recado.api.spanish import PYDANTIC, TITLES, spanish_of_pydantic

NOT_OF_JSON = re.compile(
    r"no_such_attribute|needs_python_object|frozen_(field|instance|dict_type)|get_attribute_error"
    r"|dataclass_|named_tuple|default_factory|iteration_error|ordered_dict|counter_|deque_"
    r"|set_item_not_hashable|missing_sentinel|ellipsis|is_(instance|subclass)_of|callable"
    r"|argument|complex_|fraction_"
)
"""What only Python's own objects can break."""

OWN_WORDS = {"value_error", "assertion_error"}
"""They say what our validators raise."""


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda each: each["type"])
def test_every_fault_of_json_has_a_spanish_text_with_values_that_there_are(
    error: dict[str, object],
) -> None:
    kind = str(error["type"])
    if NOT_OF_JSON.search(kind) or kind in OWN_WORDS:
        assert kind not in PYDANTIC
        return
    values = error.get("example_context") or {}
    assert isinstance(values, dict)
    assert names(PYDANTIC[kind]) <= set(values)


def test_there_is_no_text_for_what_pydantic_does_not_say() -> None:
    assert set(PYDANTIC) <= {error["type"] for error in list_all_errors()}


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (int, "x", "debe ser un número entero"),
        (Annotated[int, Field(ge=1)], 0, "debe ser mayor o igual que 1"),
        (Annotated[str, Field(max_length=2)], "abc", "debe tener como máximo 2 caracteres"),
        (Literal["a", "b", "c"], "d", "debe ser 'a', 'b' o 'c'"),
        (
            Annotated[list[int], Field(min_length=2)],
            [1],
            "debe tener al menos 2 elementos, y tiene 1",
        ),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "debe tener como máximo 1 elementos"),
        (date, "x", "debe ser una fecha con la forma AAAA-MM-DD"),
        (datetime, "x", "debe ser una fecha con hora (ISO 8601)"),
        (AwareDatetime, "2026-01-01T00:00:00", "debe llevar zona horaria"),
        (
            Annotated[Decimal, Field(decimal_places=2)],
            "1.234",
            "debe tener como máximo 2 decimales",
        ),
        (BaseModel, 3, "debe ser un objeto"),
    ],
)
def test_a_fault_is_told_in_spanish(kind: object, value: object, told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value)
    [fault] = raised.value.errors()

    assert spanish_of_pydantic(fault["type"], fault.get("ctx", {})) == told


def test_every_status_that_is_answered_has_a_spanish_name() -> None:
    assert set(STATUS_OF.values()) <= set(TITLES)
    assert HTTPStatus.INTERNAL_SERVER_ERROR in TITLES
