"""JSON merge patch (RFC 7396): what a client gives takes the place of what is stored."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from recado.domain.model import RequestModel


def left_out(description: str | None = None) -> Any:
    """The default of a field that may be left out and not be cleared: it refuses null."""
    return Field(
        default=None,
        description=description,
        json_schema_extra=lambda schema: schema.pop("default", None),
    )


class PatchModel(RequestModel):
    """A change of some fields: one that is not given stays, null clears it."""

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}
