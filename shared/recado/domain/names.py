"""Names that people read: a person's, and that of a part of a tenant."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from recado.domain.errors import InvalidValueError

LONGEST_DIVISION = 80


def _without_control_signs(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise InvalidValueError("has control characters")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_without_control_signs),
]
Division = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_DIVISION),
    AfterValidator(_without_control_signs),
]
"""The same for customers and keys: a key sees whose division is spelled as its own."""
