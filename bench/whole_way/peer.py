"""The peer: gunicorn and a Celery worker, over Redis and PostgreSQL of the system's packages."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import chown
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.whole_way import cpu, people, programs, provider
from bench.whole_way.rounds import PEOPLE, RECEIPTS, Round
from local import accounts, commands
from local.places import HOST, LOGS, ROOT, program
from local.problems import Problem
from local.processes import answers

WORKERS = 2
"""Processes of gunicorn, and of Celery: as many as this is usually given a core."""
THREADS = 2
CLIENTS = 4
RECEIPT_DELAY_MS = 300

WEB, WORKER, REDIS, DATABASE = "gunicorn", "celery worker", "redis", "postgresql"
OWN = (WEB, WORKER)
"""What a team writes and runs itself; the others are services."""

_USER = "postgres"
"""PostgreSQL refuses to run as root, and its package makes this user."""
_ROUND_SECONDS = 120.0
_PACKAGE = "bench.peers.celery_app"
_POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def lacks() -> str | None:
    """What must be installed before the peer can run, as a sentence; None when it is all there."""
    for name, package in (
        ("redis-server", "redis-server"),
        ("postgres", "postgresql"),
        ("psql", "postgresql-client"),
    ):
        if programs.find(name, *_POSTGRES_FOLDERS) is None:
            return f"{name} is missing: `apt-get install {package}` (or your system's like) has it."
    return None


@dataclass(frozen=True)
class Peer:
    """What runs, and how to reach it."""

    url: str
    token: str
    pids: Mapping[str, int]
    socket_folder: str

    def round(self, first: int, count: int, event: Mapping[str, Any]) -> Round:
        """Let so many events come in, from a person on, and wait until all messages are read.

        Raises
        ------
        Problem
            An event was refused, or not all were read in two minutes.
        """
        expected = self._receipts() + count * len(RECEIPTS)
        before = self._spent()
        with (
            httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client,
            ThreadPoolExecutor(CLIENTS) as pool,
        ):
            bodies = ({**event, "customer_id": people.customer_id(first + i)} for i in range(count))
            statuses = set(pool.map(lambda body: self._dispatch(client, body), bodies))
        if statuses != {httpx.codes.ACCEPTED}:
            raise Problem(f"the peer answered events with {sorted(statuses)}.")
        deadline = time.monotonic() + _ROUND_SECONDS
        while (applied := self._receipts()) < expected:
            if time.monotonic() > deadline:
                lacking = expected - applied
                raise Problem(f"{lacking} receipts were not applied by the peer in two minutes.")
            # Each look costs the database, whose time is measured, too.
            time.sleep(1)
        after = self._spent()
        return Round(count, {part: after[part] - before[part] for part in self.pids})

    def _dispatch(self, client: httpx.Client, body: Mapping[str, Any]) -> int:
        path = "/api/v1/notifications/events/dispatch/"
        headers = {"Authorization": f"Token {self.token}"}
        return client.post(path, json=body, headers=headers).status_code

    def _receipts(self) -> int:
        """How many receipts are applied; asked of the database, past the peer's own code."""
        return int(_psql(self.socket_folder, "SELECT count(*) FROM celery_app_receipt"))

    def _spent(self) -> dict[str, float]:
        return {part: cpu.seconds(pid) for part, pid in self.pids.items()}


@contextmanager
def running() -> Iterator[Peer]:
    """The peer, while it runs, with its people.

    Raises
    ------
    Problem
        A part of it does not start.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        # PostgreSQL's user has to get at its folder within.
        folder.chmod(0o711)
        port = programs.free_port()
        url = f"http://{HOST}:{port}"
        simulator = stack.enter_context(provider.running("peer", f"{url}/webhook/whatsapp"))
        with provider.control(simulator) as control:
            ladder = {"steps": RECEIPTS, "delay_ms": RECEIPT_DELAY_MS}
            control.post("/_sim/ladder", json=ladder).raise_for_status()
        redis, redis_pid = stack.enter_context(_redis(folder))
        socket_folder, database_pid = stack.enter_context(_postgres(folder))
        token = secrets.token_hex(20)
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": f"{_PACKAGE}.settings",
            "PEER_SECRET": secrets.token_urlsafe(50),
            "PEER_POSTGRES": socket_folder,
            "PEER_REDIS": redis,
            **_whatsapp(simulator),
        }
        commands.run(
            [program("bench", "python"), "-m", f"{_PACKAGE}.fill"],
            {**environment, "PEER_TOKEN": token, "PEER_CUSTOMERS": str(PEOPLE)},
            "celery-fill",
            "Mend that and run the command again.",
        )
        worker_pid = stack.enter_context(_worker(environment))
        web_pid = stack.enter_context(_web(environment, port))
        pids = {WEB: web_pid, WORKER: worker_pid, REDIS: redis_pid, DATABASE: database_pid}
        yield Peer(url, token, pids, socket_folder)


def _whatsapp(simulator: str) -> dict[str, str]:
    known = accounts.credentials()
    url = f"{provider.whatsapp_url(simulator)}/{known.meta_phone_number_id}/"
    return {
        "PEER_WHATSAPP_URL": url,
        "PEER_WHATSAPP_TOKEN": known.meta_access_token,
        "PEER_WHATSAPP_SECRET": known.meta_app_secret,
    }


@contextmanager
def _redis(folder: Path) -> Iterator[tuple[str, int]]:
    port = programs.free_port()
    command = [
        *(_needed("redis-server"), "--bind", HOST, "--port", str(port)),
        *("--save", "", "--appendonly", "no", "--dir", str(folder)),
    ]
    ready = lambda: answers(port)  # noqa: E731
    with programs.running("redis", command, {"PATH": os.environ["PATH"]}, ready) as pid:
        yield f"redis://{HOST}:{port}/0", pid


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """A database cluster of the run's own, which listens on a socket in its folder only."""
    data, sockets = folder / "data", folder / "sockets"
    user = _USER if os.geteuid() == 0 else None
    for each in (data, sockets):
        each.mkdir()
        if user:
            chown(each, user, user)
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    made = subprocess.run(
        [_needed("initdb"), "-D", str(data), "-U", "peer", "--auth", "trust", "-E", "UTF8"],
        env=environment,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise Problem(f"initdb failed: {made.stderr.strip()}")
    command = [_needed("postgres"), "-D", str(data), "-k", str(sockets), "-c", "listen_addresses="]
    with programs.running("postgresql", command, environment, lambda: _is_up(sockets), user) as pid:
        yield str(sockets), pid


@contextmanager
def _worker(environment: Mapping[str, str]) -> Iterator[int]:
    """As teams tune it: the chatter between workers off, two processes."""
    command = [
        *(program("bench", "celery"), "-A", f"{_PACKAGE}.worker", "worker"),
        *("--concurrency", str(WORKERS), "--queues", "deliveries,receipts", "-O", "fair"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    # Its banner comes when the app is loaded; at its usual level it tells nothing of being ready,
    # and until then tasks wait in their queue.
    ready = lambda: "[queues]" in (LOGS / "celery.log").read_text()  # noqa: E731
    with programs.running("celery", command, environment, ready) as pid:
        yield pid


@contextmanager
def _web(environment: Mapping[str, str], port: int) -> Iterator[int]:
    command = [
        *(program("bench", "gunicorn"), f"{_PACKAGE}.wsgi", "--preload", "--no-control-socket"),
        *("--bind", f"{HOST}:{port}", "--workers", str(WORKERS)),
        *("--worker-class", "gthread", "--threads", str(THREADS)),
    ]
    with programs.running("gunicorn", command, environment, lambda: answers(port)) as pid:
        yield pid


def _is_up(socket_folder: Path) -> bool:
    try:
        return _psql(str(socket_folder), "SELECT 1") == "1"
    except Problem:
        return False


def _psql(socket_folder: str, query: str) -> str:
    command = [_needed("psql"), "-h", socket_folder, "-U", "peer", "-d", "postgres"]
    asked = subprocess.run([*command, "-qAtc", query], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise Problem(f"the peer's database does not answer: {asked.stderr.strip()}")
    return asked.stdout.strip()


def _needed(name: str) -> str:
    found = programs.find(name, *_POSTGRES_FOLDERS)
    if found is None:
        raise Problem(f"{name} is missing.")
    return found
