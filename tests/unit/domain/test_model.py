"""The bases of values: what they ignore, what they refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recado.domain.model import Model, RequestModel


class Stored(Model):
    name: str


class Asked(RequestModel):
    name: str


def test_what_the_next_release_stores_is_still_understood() -> None:
    assert Stored.model_validate({"name": "a", "new_field": 1}) == Stored(name="a")


def test_an_unknown_field_of_a_request_is_an_error_that_names_it() -> None:
    with pytest.raises(ValidationError, match="nam3"):
        Asked.model_validate({"name": "a", "nam3": "b"})


@pytest.mark.parametrize("value", [Stored(name="a"), Asked(name="a")])
def test_values_never_change(value: Stored | Asked) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        value.name = "b"  # type: ignore[misc]


@pytest.mark.parametrize("model", [Stored, Asked])
def test_invariant_11_an_error_does_not_repeat_what_was_read(
    model: type[Stored] | type[Asked],
) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate({"name": ["Carlos Mendoza"]})

    assert "Carlos" not in str(raised.value)
