"""JSON schemas as the document has them."""

from __future__ import annotations

from typing import Any

from recado.api.description import words


def described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of that name, clean, whose fields all say what they are."""
    cleaned: dict[str, Any] = clean(schema)
    for field, each in cleaned.get("properties", {}).items():
        text = words.of_field(name, field)
        # What points to another schema is described there, and a constant is what it is.
        if text and "description" not in each and not {"$ref", "const"} & each.keys():
            each["description"] = text
    return cleaned


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
