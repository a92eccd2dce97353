"""Starting and stopping the laptop cloud's processes."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import processes
from local.problems import Problem
from local.processes import Service

pytestmark = pytest.mark.enable_socket

WITH_A_CHILD = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("{file}").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(processes, "_RECORD", tmp_path / "processes.json")
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    monkeypatch.setattr(processes, "shown", str)
    monkeypatch.setattr(processes, "_children", {})
    yield
    processes.stop_all()


def service(program: str, is_ready: Callable[[], bool] = lambda: True) -> Service:
    """A service that runs a few lines of Python."""
    return Service("example", [sys.executable, "-c", program], {}, is_ready)


def runs(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    listed = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() not in {"", "Z"}


def test_what_was_started_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "child.pid"
    program = WITH_A_CHILD.format(file=pid_file)
    processes.start(service(program, lambda: pid_file.exists() and bool(pid_file.read_text())))
    child = int(pid_file.read_text())
    assert list(processes.running()) == ["example"]
    assert runs(child)

    assert processes.stop_all() == ["example"]

    assert processes.running() == {}
    assert not runs(child)


def test_a_service_that_ends_at_its_start_is_told_with_its_last_words() -> None:
    with pytest.raises(Problem, match=r"example ended at its start: no more rope \(see "):
        processes.start(service("print('no more rope'); raise SystemExit(1)", lambda: False))


def test_a_service_that_ends_later_is_named() -> None:
    processes.start(service("input()"))  # there is nobody to type
    (child,) = processes._children.values()
    child.wait()
    assert processes.first_that_ended() == "example"


def test_a_process_id_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        record = [{"name": "example", "pid": other.pid, "born": "long ago"}]
        (tmp_path / "processes.json").write_text(json.dumps(record))
        assert processes.stop_all() == []
        assert other.poll() is None
        other.kill()


def test_a_taken_port_is_told_with_who_needs_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} is in use, and the API needs it"):
            processes.refuse_taken_ports({"the API": [port]})
    processes.refuse_taken_ports({"the API": [port]})
