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
from local.problems import Problem, missing

_RECORD = STATE / "processes.json"
_BEING_STOPPED = STATE / "processes-being-stopped.json"
_PROC = Path("/proc")
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
                    f"there (`ss -ltnp` or `lsof -i :{port}` names it; `make down` ends an earlier "
                    "laptop cloud)."
                )


def start(service: Service) -> None:
    """Start a service and return when it answers.

    Raises
    ------
    Problem
        The program is missing, the process ends, or it does not answer within a minute.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    with service.log.open("wb") as log:
        try:
            # A session of its own: a Ctrl-C on the terminal reaches us only, and we stop it when
            # its turn has come.
            process = subprocess.Popen(
                service.command,
                env=service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise missing(service.command[0]) from error
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
    # Whoever watches the processes knows by the missing record that they do not end by themselves.
    # A record that is there already is that of a stop which was broken off.
    processes = [*_read(_BEING_STOPPED), *_read(_RECORD)]
    if processes:
        _write(_BEING_STOPPED, processes)
    _RECORD.unlink(missing_ok=True)
    stopped = [process.name for process in reversed(processes) if _stop(process)]
    _BEING_STOPPED.unlink(missing_ok=True)
    return stopped


def running() -> dict[str, int]:
    """The processes that were started and still run: their names and process ids."""
    return {process.name: process.pid for process in _read(_RECORD) if process.runs()}


def members() -> dict[str, list[int]]:
    """The ids of each service's processes: its own, and those that it made itself."""
    return {process.name: process.group() for process in _read(_RECORD)}


def first_that_ended() -> str | None:
    """The name of a process that was started and runs no more, if there is one."""
    return next((process.name for process in _read(_RECORD) if not process.runs()), None)


def stopped_elsewhere() -> bool:
    """Whether another command stops, or has stopped, what this one started."""
    return not _children.keys() <= {process.pid for process in _read(_RECORD)}


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
    boot: str | None = None
    """The machine's start in which it was born: session ids are handed out anew after each."""

    def runs(self) -> bool:
        if child := _children.get(self.pid):
            return child.poll() is None
        return self.born is not None and _born(self.pid) == self.born

    def group(self) -> list[int]:
        """The ids of what runs of its session, which outlives it; empty when that is not ours."""
        if not self.runs() and (_stat(self.pid) or self.boot != _boot()):
            return []
        return [pid for pid in _all_ids() if (stat := _stat(pid)) and stat.session == self.pid]


@dataclass(frozen=True)
class _Stat:
    session: int
    born: str
    """In clock ticks since the machine's start."""


def _stat(pid: int) -> _Stat | None:
    """What the system tells of a process; None when it has ended."""
    try:
        # After the name, which may have any characters: state, parent, group, session, …
        state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # Z: it has ended, and waits for its parent to look.
    return None if state == "Z" else _Stat(session=int(fields[2]), born=fields[18])


def _all_ids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]


def _born(pid: int) -> str | None:
    stat = _stat(pid)
    return stat.born if stat else None


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _read(record: Path) -> list[_Process]:
    entries = json.loads(record.read_text()) if record.exists() else []
    return [_Process(**entry) for entry in entries]


def _write(record: Path, processes: Sequence[_Process]) -> None:
    record.write_text(json.dumps([asdict(process) for process in processes]))


def _remember(name: str, pid: int) -> None:
    _write(_RECORD, [*_read(_RECORD), _Process(name, pid, _born(pid), _boot())])


def _stop(process: _Process) -> bool:
    # The session holds the processes that it made itself, MiniStack's function workers among them.
    if not process.group():
        return False
    for request in (signal.SIGTERM, signal.SIGKILL):
        # Its last member may end between the look and the signal.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, request)
        deadline = time.monotonic() + _STOP_SECONDS
        while process.group() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not process.group():
            break
    return True
