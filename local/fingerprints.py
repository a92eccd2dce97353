"""Tells by a fingerprint whether files of the checkout changed."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

_MADE_HERE = frozenset({"__pycache__", ".state"})


def of_files(root: Path, names: Sequence[str], *, salt: str = "") -> str:
    """The SHA-256, in hexadecimal, of the names and contents of files and folders under `root`.

    What programs leave beside them (bytecode, the laptop cloud's state) does not count.
    """
    digest = hashlib.sha256(salt.encode())
    for path in sorted(path for name in names for path in _files(root / name)):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
    for folder, folders, files in top.walk():
        # The state holds whole environments: none of that is even listed.
        folders[:] = [name for name in folders if name not in _MADE_HERE]
        yield from (folder / name for name in files)
