"""A fingerprint changes exactly when one of its files does."""

from pathlib import Path

import pytest

from local import fingerprints


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder, a file beside it, and one that does not count."""
    (tmp_path / "code" / "deep").mkdir(parents=True)
    (tmp_path / "code" / "deep" / "a.py").write_text("a")
    (tmp_path / "template.yaml").write_text("t")
    (tmp_path / "README.md").write_text("r")
    return tmp_path


def taken(root: Path) -> str:
    return fingerprints.of_files(root, ("code", "template.yaml"))


@pytest.mark.parametrize("path", ["code/deep/a.py", "code/new.py", "template.yaml"])
def test_a_changed_or_new_file_changes_it(root: Path, path: str) -> None:
    before = taken(root)
    (root / path).write_text("other")
    assert taken(root) != before


@pytest.mark.parametrize(
    "path", ["README.md", "code/__pycache__/a.pyc", "code/.state/venvs/cloud/lib.py"]
)
def test_files_elsewhere_and_what_programs_leave_do_not(root: Path, path: str) -> None:
    before = taken(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("other")
    assert taken(root) == before


def test_its_salt_changes_it(root: Path) -> None:
    assert fingerprints.of_files(root, ("code",), salt="arm64") != taken(root)
    assert fingerprints.of_files(root, ("code",), salt="arm64") != fingerprints.of_files(
        root, ("code",), salt="x86_64"
    )
