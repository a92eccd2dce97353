"""The bases of every value in the domain."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value.

    Unknown fields are ignored when one is read, so that a worker of the last release still
    understands what the next one stores or queues while both run.
    """

    # Built when first used: a function imports more models than it reads. An error that nobody
    # catches is logged, and what was read may be personal.
    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)


class RequestModel(BaseModel):
    """Something that a client writes: an unknown field is an error that names it."""

    model_config = ConfigDict(
        frozen=True, defer_build=True, hide_input_in_errors=True, extra="forbid"
    )
