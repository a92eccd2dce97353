"""What the workers of MiniStack's functions share, and what they do not."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import unpacking


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that nobody else uses."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def packed(at: Path, files: Mapping[str, str]) -> str:
    """An archive with some files."""
    with zipfile.ZipFile(at, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return str(at)


def unpacked_like_a_worker(archive: str, into: Path) -> Path:
    """Unpack as MiniStack's workers do."""
    lambda_runtime = SimpleNamespace(zipfile=zipfile)
    unpacking.share_what_workers_unpack(lambda_runtime)
    into.mkdir()
    with lambda_runtime.zipfile.ZipFile(archive) as opened:
        opened.extractall(into)
    return into


def test_a_second_worker_finds_what_the_first_has_compiled(tmp_path: Path) -> None:
    files = {"recado/core.py": "NAME = 'Recado'\n"}
    first = unpacked_like_a_worker(packed(tmp_path / "1.zip", files), tmp_path / "1")
    (first / "recado" / "core.pyc").write_bytes(b"compiled")

    second = unpacked_like_a_worker(packed(tmp_path / "2.zip", files), tmp_path / "2")

    assert (second / "recado" / "core.py").read_text() == "NAME = 'Recado'\n"
    assert (second / "recado" / "core.pyc").read_bytes() == b"compiled"


def test_a_worker_that_ends_takes_nothing_from_the_others(tmp_path: Path) -> None:
    archive = packed(tmp_path / "code.zip", {"handler.py": "VERSION = 1\n"})
    (tmp_path / "ending").mkdir()
    (tmp_path / "staying").mkdir()
    unpacked_like_a_worker(archive, tmp_path / "ending" / "code")
    staying = unpacked_like_a_worker(archive, tmp_path / "staying" / "code")

    shutil.rmtree(tmp_path / "ending")

    assert (staying / "handler.py").read_text() == "VERSION = 1\n"


def test_other_code_is_unpacked_by_itself(tmp_path: Path) -> None:
    old = packed(tmp_path / "old.zip", {"handler.py": "VERSION = 1\n"})
    new = packed(tmp_path / "new.zip", {"handler.py": "VERSION = 2\n"})

    before = unpacked_like_a_worker(old, tmp_path / "before")
    after = unpacked_like_a_worker(new, tmp_path / "after")

    assert (before / "handler.py").read_text() == "VERSION = 1\n"
    assert (after / "handler.py").read_text() == "VERSION = 2\n"


def test_names_are_looked_at_until_they_are_unpacked(tmp_path: Path) -> None:
    archive = packed(tmp_path / "layer.zip", {"python/library.py": ""})

    with unpacking.SharedArchive(archive) as opened:
        assert opened.namelist() == ["python/library.py"]

    unpacked_like_a_worker(archive, tmp_path / "layer")
    with unpacking.SharedArchive(archive) as opened:
        assert opened.namelist() == []


def test_an_archive_that_breaks_off_leaves_nothing_for_the_next_worker(
    tmp_path: Path, temporary: Path
) -> None:
    archive = Path(packed(tmp_path / "code.zip", {"handler.py": "VERSION = 1\n"}))
    broken = archive.read_bytes().replace(b"VERSION = 1", b"VERSION = 7")
    archive.write_bytes(broken)

    with pytest.raises(zipfile.BadZipFile, match="Bad CRC"):
        unpacked_like_a_worker(str(archive), tmp_path / "code")

    assert list((temporary / "unpacked").iterdir()) == []
