"""Sizes of functions and layers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import artifact_size
from bench.stack import BuiltFunction


@pytest.fixture
def function(tmp_path: Path) -> BuiltFunction:
    folder, layer = tmp_path / "Function", tmp_path / "Layer"
    for path, size in ((folder / "handler.py", 1000), (layer / "python" / "library.py", 50_000)):
        path.parent.mkdir(parents=True)
        path.write_text("x" * size)
    return BuiltFunction("api", folder, (layer,), memory_mb=512, variables=())


def test_a_function_is_as_large_as_itself_and_its_layers(function: BuiltFunction) -> None:
    artifacts, (total,) = artifact_size.measure({"api": function}, function.layers)
    assert [(a.name, a.unzipped) for a in artifacts] == [("Function", 1000), ("Layer", 50_000)]
    assert (total.unzipped, total.layers) == (51_000, ("Layer",))


def test_a_zipped_artifact_is_what_would_be_sent(function: BuiltFunction) -> None:
    artifacts, _ = artifact_size.measure({"api": function}, function.layers)
    assert all(0 < artifact.zipped < artifact.unzipped for artifact in artifacts)


def test_the_share_of_lambdas_limit_is_shown() -> None:
    half = artifact_size.FunctionTotal("api", ("Layer",), 125 * 1024 * 1024)
    _, functions = artifact_size.tables([artifact_size.Artifact("Layer", 1, 1)], [half])
    assert functions.rows == [("api", 125.0, 50.0, "Layer")]
