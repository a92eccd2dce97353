"""JSON schemas as the document has them."""

from __future__ import annotations

from typing import Any


def clean(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of the names of fields and classes."""
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        match key:
            case "title" if isinstance(value, str):
                continue
            case "properties":
                kept[key] = {name: clean(each) for name, each in value.items()}
            case "items" | "additionalProperties" | "propertyNames":
                kept[key] = clean(value)
            case "anyOf" | "oneOf" | "allOf" | "prefixItems":
                kept[key] = [clean(each) for each in value]
            case _:
                kept[key] = value
    return kept
