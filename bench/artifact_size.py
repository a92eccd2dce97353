"""Measures how large the built functions and layers are, unzipped and zipped."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stack import BuiltFunction
from bench.tables import Table

LIMIT_MB = 250
"""Lambda's limit for a function with its layers, unzipped (AWS, Lambda quotas); in MiB."""

_MB = 1024 * 1024


@dataclass(frozen=True)
class Artifact:
    """A folder that is deployed; sizes in bytes."""

    name: str
    unzipped: int
    zipped: int


@dataclass(frozen=True)
class FunctionTotal:
    """A function with its layers, unzipped, in bytes."""

    function: str
    layers: tuple[str, ...]
    unzipped: int


def measure(
    functions: Mapping[str, BuiltFunction], layers: Sequence[Path]
) -> tuple[list[Artifact], list[FunctionTotal]]:
    """Measure every artifact, and add up what each function gets."""
    folders = [*(function.folder for function in functions.values()), *layers]
    artifacts = {folder: _artifact(folder) for folder in folders}
    totals = [
        FunctionTotal(
            function.name,
            tuple(layer.name for layer in function.layers),
            sum(artifacts[folder].unzipped for folder in (function.folder, *function.layers)),
        )
        for function in functions.values()
    ]
    return list(artifacts.values()), totals


def tables(artifacts: Sequence[Artifact], totals: Sequence[FunctionTotal]) -> list[Table]:
    """The artifacts, and the functions against Lambda's limit."""
    return [
        Table(
            "Size of each artifact (MB)",
            ("artifact", "unzipped", "zipped"),
            [(a.name, a.unzipped / _MB, a.zipped / _MB) for a in artifacts],
            ("Bytecode is part of it. boto3 is Lambda's own and packaged nowhere.",),
        ),
        Table(
            f"Functions with their layers, unzipped (MB; Lambda's limit is {LIMIT_MB})",
            ("function", "MB", "% of the limit", "layers"),
            [
                (
                    total.function,
                    total.unzipped / _MB,
                    100 * total.unzipped / _MB / LIMIT_MB,
                    ", ".join(total.layers),
                )
                for total in totals
            ],
        ),
    ]


def _artifact(folder: Path) -> Artifact:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
        zipped = target.tell()
    return Artifact(folder.name, sum(path.stat().st_size for path in files), zipped)
