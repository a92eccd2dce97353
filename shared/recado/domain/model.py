"""The bases of every value in the domain."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value.

    Unknown fields are ignored when one is read, so that a worker of the last release still
    understands what the next one stores or queues while both run.
    """

    model_config = ConfigDict(frozen=True)


class RequestModel(BaseModel):
    """Something that a client writes: an unknown field is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
