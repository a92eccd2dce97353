"""What is tested is what is deployed: every version is pinned, by hash, and the same everywhere."""

import re
from pathlib import Path

import pytest

from tests.architecture.cloudformation import ROOT

ENVIRONMENTS = sorted(ROOT.glob("requirements/*.txt"))
LAYERS = sorted(ROOT.glob("layers/*/requirements.txt"))
BROUGHT_BY_LAMBDA = {"boto3", "botocore", "s3transfer"}


def pins(path: Path) -> dict[str, str]:
    """Each library of a file with its version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(), flags=re.MULTILINE))


def name(path: Path) -> str:
    """A file's path, as pytest shows it."""
    return str(path.relative_to(ROOT))


def test_every_layer_is_compiled_from_a_list_of_its_own() -> None:
    assert all((ROOT / "requirements" / f"{path.parent.name}.in").exists() for path in LAYERS)


@pytest.mark.parametrize("path", LAYERS, ids=name)
def test_a_layer_has_the_versions_that_are_tested(path: Path) -> None:
    tested = pins(ROOT / "requirements" / "dev.txt")
    assert pins(path) == {library: tested.get(library) for library in pins(path)}


@pytest.mark.parametrize("path", LAYERS, ids=name)
def test_no_layer_packages_what_lambda_brings(path: Path) -> None:
    assert BROUGHT_BY_LAMBDA.isdisjoint(pins(path))


@pytest.mark.parametrize("path", [*ENVIRONMENTS, *LAYERS], ids=name)
def test_every_library_is_pinned_with_hashes_and_without_an_address(path: Path) -> None:
    text = path.read_text()
    blocks = re.findall(r"^(?=[a-z0-9])(.*(?:\n    .*)*)", text, flags=re.MULTILINE)
    assert blocks
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "--index-url" not in text


def test_nothing_but_the_product_lies_in_the_folder_that_becomes_its_layer() -> None:
    assert {path.name for path in (ROOT / "shared").iterdir()} == {"recado"}
