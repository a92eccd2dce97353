"""Starts the laptop cloud's processes, waits until they answer, and stops those that it started."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local.places import HOST, LOGS, STATE, shown
from local.problems import Problem

_RECORD = STATE / "processes.json"
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this command started itself; an earlier one's processes are known by the record only."""


@dataclass(frozen=True)
class Service:
    """A process that answers other programs of this machine."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / f"{self.name}.log"


def refuse_taken_ports(wanted: Mapping[str, Sequence[int]]) -> None:
    """Make sure that ports are free, given who wants them.

    Raises
    ------
    Problem
        Another program listens on one of them.
    """
    for name, ports in wanted.items():
        for port in ports:
            if _is_taken(port):
                raise Problem(
                    f"Port {port} is in use, and {name} needs it: end the program that listens "
                    f"there (`lsof -i :{port}` names it; `make down` ends an earlier laptop cloud)."
                )


def start(service: Service) -> None:
    """Start a service and return when it answers.

    Raises
    ------
    Problem
        The process ends, or does not answer within a minute.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    with service.log.open("wb") as log:
        # A session of its own: a Ctrl-C on the terminal reaches us only, and we stop it in order.
        process = subprocess.Popen(
            service.command,
            env=service.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    _remember(service.name, process.pid)
    deadline = time.monotonic() + _READY_SECONDS
    while not service.is_ready():
        if process.poll() is not None:
            raise Problem(f"{service.name} ended at its start: {_why(service.log)}")
        if time.monotonic() > deadline:
            raise Problem(
                f"{service.name} does not answer after {_READY_SECONDS:.0f} s: {_why(service.log)}"
            )
        time.sleep(0.05)


def stop_all() -> list[str]:
    """Stop what `start` started, the latest first; the names of those that still ran."""
    stopped = [process.name for process in reversed(_recorded()) if _stop(process)]
    _RECORD.unlink(missing_ok=True)
    return stopped


def running() -> dict[str, int]:
    """The processes that were started and still run: their names and process ids."""
    return {process.name: process.pid for process in _recorded() if process.runs()}


def first_that_ended() -> str | None:
    """The name of a process that was started and runs no more, if there is one."""
    return next((process.name for process in _recorded() if not process.runs()), None)


def answers(port: int) -> bool:
    """Whether something accepts connections on a port of this machine."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return answers(port)


def _why(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'no output'} (see {shown(log)})"


@dataclass(frozen=True)
class _Process:
    name: str
    pid: int
    born: str | None
    """With its time of birth a process is itself; its id alone may be somebody else's by now."""

    def runs(self) -> bool:
        if child := _children.get(self.pid):
            return child.poll() is None
        return self.born is not None and _born(self.pid) == self.born


def _recorded() -> list[_Process]:
    entries = json.loads(_RECORD.read_text()) if _RECORD.exists() else []
    return [_Process(**entry) for entry in entries]


def _remember(name: str, pid: int) -> None:
    processes = [*_recorded(), _Process(name, pid, _born(pid))]
    _RECORD.write_text(json.dumps([asdict(process) for process in processes]))


def _born(pid: int) -> str | None:
    """When a process began, in whatever form the system tells it; None when it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        # Z: it has ended, and waits for its parent to look.
        return None if state == "Z" else fields[18]
    listed = subprocess.run(
        ["ps", "-p", str(pid), "-o", "state=,lstart="], capture_output=True, text=True, check=False
    )
    state, _, born = listed.stdout.strip().partition(" ")
    return None if state.startswith("Z") else born.strip() or None


def _stop(process: _Process) -> bool:
    if not process.runs():
        return False
    # The group holds the processes that it made itself, MiniStack's function workers among them.
    os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while process.runs() and time.monotonic() < deadline:
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return True
