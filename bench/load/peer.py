"""The peer under gunicorn, as such teams run it, over a database that is made for the run."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.load.measurement import Side
from local import commands
from local.places import HOST, LOGS, ROOT, program, shown
from local.problems import Problem, missing

NAME = "Django REST framework"
WORKERS = 2
THREADS = 2
_LOG = LOGS / "drf.log"
_READY_SECONDS = 30.0
_STOP_SECONDS = 10.0


@contextmanager
def running() -> Iterator[Side]:
    """The peer, while it runs.

    Raises
    ------
    Problem
        It does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        token = secrets.token_hex(20)
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "bench.peers.drf.settings",
            "PEER_DATABASE": str(Path(folder) / "peer.sqlite3"),
        }
        commands.run(
            [program("bench", "python"), "-m", "bench.peers.drf.fill"],
            {**environment, "PEER_TOKEN": token},
            "drf-fill",
            "Mend that and run the command again.",
        )
        with _served(environment) as url:
            yield Side(NAME, url, {"Authorization": f"Token {token}"})


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    """The address of gunicorn, on a port that was free; stopped by its id in the end."""
    with socket.create_server((HOST, 0)) as listening, _LOG.open("wb") as log:
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        command = [
            *(program("bench", "gunicorn"), "bench.peers.drf.wsgi", "--preload"),
            *("--bind", f"fd://{listening.fileno()}", "--no-control-socket"),
            *("--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS)),
        ]
        try:
            # A session of its own: a Ctrl-C on the terminal reaches us only, and we stop it.
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listening.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            raise missing(command[0]) from error
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str) -> None:
    """Return when it answers: 401 without a token. The port takes requests from the start."""
    try:
        httpx.get(f"{url}/api/v1/communications/", timeout=_READY_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise Problem(f"gunicorn does not answer: {shown(_LOG)} says why.") from error
