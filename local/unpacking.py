"""Lets the workers of MiniStack's functions share what they unpack.

MiniStack unpacks a function's code and all its layers, tens of megabytes, for every worker that it
starts, in the one process that also is every other service. While workers were starting, 88 % of
its processor time went there (a profile of a chaos run), and each of them compiled every module
that it imported.
"""

import hashlib
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

_one_at_a_time = threading.Lock()


def share_what_workers_unpack(lambda_runtime: Any) -> None:
    """Let MiniStack's workers unpack each archive once; workers begin as before in all else."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedArchive})


class SharedArchive(zipfile.ZipFile):
    """An archive of which equal copies are unpacked into one folder.

    It lies under the temporary folder, which is deleted when the laptop cloud stops. Whoever
    unpacks gets a link to it: what is compiled there is compiled for everybody.
    """

    def __init__(self, file: str) -> None:
        super().__init__(file)
        with Path(file).open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        self._shared = Path(tempfile.gettempdir()) / "unpacked" / digest

    @override
    def namelist(self) -> list[str]:
        """The names that the archive would write: none once it is unpacked."""
        return [] if self._shared.exists() else super().namelist()

    @override
    def extractall(
        self, path: str | os.PathLike[str] | None = None, members: Any = None, pwd: Any = None
    ) -> None:
        """Put a link to what is unpacked in the place of an empty folder."""
        target = Path(path or os.curdir)
        with _one_at_a_time:
            if not self._shared.exists():
                self._unpack(members, pwd)
        target.rmdir()
        target.symlink_to(self._shared, target_is_directory=True)

    def _unpack(self, members: Any, pwd: Any) -> None:
        self._shared.parent.mkdir(exist_ok=True)
        partial = tempfile.mkdtemp(dir=self._shared.parent)
        try:
            super().extractall(partial, members, pwd)
            Path(partial).rename(self._shared)
        except BaseException:
            shutil.rmtree(partial)
            raise
