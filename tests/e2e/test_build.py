"""What `sam build` made is what should be deployed."""

from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest

from local.places import BUILD

LAYERS = sorted(path for path in BUILD.glob("*Layer") if path.is_dir())
FUNCTIONS = sorted(path for path in BUILD.glob("*Function") if path.is_dir())

UNCHECKED_HASH = 0b01
BROUGHT_BY_LAMBDA = {"boto3", "botocore", "s3transfer"}
"""What Lambda brings itself."""


def name(path: Path) -> str:
    """A folder's name, as pytest shows it."""
    return path.name


def test_there_is_a_build() -> None:
    assert LAYERS
    assert FUNCTIONS


@pytest.mark.parametrize("artifact", [*LAYERS, *FUNCTIONS], ids=name)
def test_every_module_comes_with_bytecode_that_is_never_stale(artifact: Path) -> None:
    compiled = {source: Path(cache_from_source(str(source))) for source in artifact.rglob("*.py")}
    assert [source for source, code in compiled.items() if not code.exists()] == []
    headers = [code.read_bytes()[:8] for code in compiled.values()]
    # The layer of the documentation's files has no module.
    assert {header[:4] for header in headers} <= {MAGIC_NUMBER}
    assert {int.from_bytes(header[4:], "little") for header in headers} <= {UNCHECKED_HASH}


def test_the_shared_layer_is_the_product_and_nothing_else() -> None:
    shipped = {path.name for path in (BUILD / "SharedLayer" / "python").iterdir()}
    assert shipped == {"recado"}


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_a_function_is_one_file(function: Path) -> None:
    shown = {"openapi.json"} if function.name == "ApiDocsFunction" else set()
    assert {p.name for p in function.iterdir()} == {"handler.py", "__pycache__"} | shown


@pytest.mark.parametrize("layer", LAYERS, ids=name)
def test_no_layer_carries_what_lambda_brings(layer: Path) -> None:
    assert BROUGHT_BY_LAMBDA.isdisjoint(path.name for path in (layer / "python").iterdir())
