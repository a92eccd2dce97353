"""Starting and stopping the laptop cloud's processes."""

import json
import os
import signal
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

FOR_EVER = "import time; time.sleep(600)"
WITH_A_CHILD = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("{file}").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(processes, "_RECORD", tmp_path / "processes.json")
    monkeypatch.setattr(processes, "_BEING_STOPPED", tmp_path / "processes-being-stopped.json")
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
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def start_with_a_child(tmp_path: Path) -> int:
    """Start the service `example`, which starts a process itself; gives that one's id."""
    pid_file = tmp_path / "child.pid"
    program = WITH_A_CHILD.format(file=pid_file)
    processes.start(service(program, lambda: pid_file.exists() and bool(pid_file.read_text())))
    return int(pid_file.read_text())


def kill_leader() -> None:
    """End the service `example` itself, without what it started."""
    (leader,) = processes._children.values()
    leader.kill()
    leader.wait()


def test_what_was_started_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    child = start_with_a_child(tmp_path)
    assert list(processes.running()) == ["example"]
    assert processes.members() == {"example": [processes.running()["example"], child]}
    assert runs(child)

    assert processes.stop_all() == ["example"]

    assert processes.running() == {}
    assert not runs(child)


def test_what_a_dead_service_had_started_is_stopped(tmp_path: Path) -> None:
    child = start_with_a_child(tmp_path)
    kill_leader()
    assert runs(child)

    assert processes.stop_all() == ["example"]

    assert not runs(child)
    assert processes.stop_all() == []


def test_what_an_earlier_command_started_is_stopped_although_its_leader_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = start_with_a_child(tmp_path)
    kill_leader()
    monkeypatch.setattr(processes, "_children", {})

    assert processes.stop_all() == ["example"]

    assert not runs(child)


def test_a_process_that_will_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.1)
    deaf = tmp_path / "deaf"
    program = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"pathlib.Path({str(deaf)!r}).touch(); time.sleep(600)"
    )
    processes.start(service(program, deaf.exists))
    pid = processes.running()["example"]

    assert processes.stop_all() == ["example"]

    assert not runs(pid)


def test_a_program_that_is_missing_is_told_with_the_mend(tmp_path: Path) -> None:
    program = str(tmp_path / "ministack")
    with pytest.raises(Problem, match=f"{program} is missing: run `make install tools`"):
        processes.start(Service("example", [program], {}, lambda: True))


def test_a_service_that_ends_at_its_start_is_told_with_its_last_words() -> None:
    with pytest.raises(Problem, match=r"example ended at its start: no more rope \(see "):
        processes.start(service("print('no more rope'); raise SystemExit(1)", lambda: False))


def test_a_service_that_ends_later_is_named() -> None:
    processes.start(service("input()"))  # there is nobody to type
    (child,) = processes._children.values()
    child.wait()
    assert processes.first_that_ended() == "example"


def test_a_stop_by_another_command_is_known_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.start(service(FOR_EVER))
    assert not processes.stopped_elsewhere()
    looks: list[tuple[bool, str | None]] = []
    real = os.killpg

    def look_and_kill(group: int, number: signal.Signals) -> None:
        looks.append((processes.stopped_elsewhere(), processes.first_that_ended()))
        real(group, number)

    monkeypatch.setattr(os, "killpg", look_and_kill)
    processes.stop_all()

    assert looks == [(True, None)]
    assert processes.stopped_elsewhere()


def test_the_processes_of_a_newer_laptop_cloud_are_not_taken_for_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    processes.start(service(FOR_EVER))
    mine = dict(processes._children)
    processes.stop_all()
    processes.start(service(FOR_EVER))

    with monkeypatch.context() as patch:
        patch.setattr(processes, "_children", mine)
        assert processes.stopped_elsewhere()
        assert processes.first_that_ended() is None


def test_a_stop_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    processes.start(service(FOR_EVER))
    pid = processes.running()["example"]
    (tmp_path / "processes.json").rename(tmp_path / "processes-being-stopped.json")

    assert processes.stop_all() == ["example"]

    assert not runs(pid)


def test_a_session_of_an_earlier_start_of_the_machine_is_left_alone(tmp_path: Path) -> None:
    child = start_with_a_child(tmp_path)
    kill_leader()
    record = tmp_path / "processes.json"
    ours = record.read_text()
    record.write_text(json.dumps([{**one, "boot": "another"} for one in json.loads(ours)]))

    assert processes.stop_all() == []

    assert runs(child)
    record.write_text(ours)


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
        with pytest.raises(
            Problem, match=f"Port {port} is in use, and the API needs it: .*`ss -ltnp`"
        ):
            processes.refuse_taken_ports({"the API": [port]})
    processes.refuse_taken_ports({"the API": [port]})
