"""The text that a person reads when a provider fills in an approved template."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def fill_in(body: str | None, values: Mapping[str, str]) -> str:
    """The body with its placeholders replaced; the bare values when the body is not known."""
    if body is None:
        return " · ".join(values.values())
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), body)
