"""Programs that run while something is measured, each stopped by its id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from local.places import HOST, LOGS, ROOT, shown
from local.problems import Problem, missing

_READY_SECONDS = 30.0
_STOP_SECONDS = 10.0


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    is_ready: Callable[[], bool],
    user: str | None = None,
) -> Iterator[int]:
    """A program's process id, while it runs and answers.

    Raises
    ------
    Problem
        It is missing, ends, or does not answer within half a minute.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        try:
            # A session of its own: a Ctrl-C on the terminal reaches us only, and we stop it.
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        except OSError as error:
            raise missing(command[0]) from error
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Problem(f"{name} does not answer: {shown(log)} says why.")
            time.sleep(0.05)
        yield process.pid
    finally:
        _stop(process)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def find(name: str, *folders: Path) -> str | None:
    """The path of a program of the system, perhaps in a folder that is not searched by default."""
    path = os.pathsep.join([os.environ["PATH"], *map(str, folders)])
    return shutil.which(name, path=path)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # What it started is in its session.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
