"""The functions of the built stack: their folders, layers, memory and variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local import build
from local.places import BUILD

_VALUE_IN_ACCESS_LOG = "x" * 16
"""Stands for a value of the access log's line; a request's id and route have more, others less."""


@dataclass(frozen=True)
class BuiltFunction:
    """A function as it is deployed; `memory_mb` in MiB, as Lambda's prices count."""

    name: str
    folder: Path
    layers: tuple[Path, ...]
    memory_mb: int
    variables: tuple[str, ...]

    @property
    def import_path(self) -> list[str]:
        """Where its modules are found, in Lambda's order."""
        return [str(self.folder), *(str(layer / "python") for layer in self.layers)]


def ensure_built() -> None:
    """Build for this machine unless that was done: compiled libraries must run here.

    Raises
    ------
    Problem
        `sam build` failed.
    """
    here = build.this_machine()
    if not build.is_current(here):
        build.build(here)


def functions() -> dict[str, BuiltFunction]:
    """The functions by name, the folder's name under `functions/`."""
    template = _template()
    shared = template["Globals"]["Function"]
    found = [
        _function(logical_id, resource["Properties"], shared)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    return {function.name: function for function in found}


def layers() -> list[Path]:
    """The folders of all layers."""
    resources = _template()["Resources"].items()
    return [
        BUILD / logical_id
        for logical_id, resource in resources
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    ]


def access_log_bytes() -> int:
    """About how long the HTTP API's log line of a request is."""
    stage = _template()["Resources"]["HttpApiStage"]["Properties"]
    line = stage["AccessLogSettings"]["Format"]
    return len(re.sub(r"\$context\.\w+", _VALUE_IN_ACCESS_LOG, line))


def _template() -> dict[str, Any]:
    """The template as `sam build` left it, in long forms only."""
    template: dict[str, Any] = yaml.safe_load((BUILD / "template.yaml").read_text(encoding="utf-8"))
    return template


def _function(logical_id: str, own: dict[str, Any], shared: dict[str, Any]) -> BuiltFunction:
    variables = {**shared["Environment"]["Variables"], **own["Environment"]["Variables"]}
    return BuiltFunction(
        name=str(own["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]),
        folder=BUILD / logical_id,
        layers=tuple(BUILD / layer["Ref"] for layer in [*shared["Layers"], *own.get("Layers", [])]),
        memory_mb=int(own["MemorySize"]),
        variables=tuple(variables),
    )
