"""Programs that run while something is measured, and the CPU that they take."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.whole_way import cpu, programs
from local.problems import Problem

WITH_CHILDREN = """
import pathlib, subprocess, sys, time
work = "import time\\nwhile time.process_time() < 0.2: pass\\n"
subprocess.run([sys.executable, "-c", work], check=True)
child = subprocess.Popen(
    [sys.executable, "-c", work + "print(flush=True)\\ntime.sleep(600)"],
    stdout=subprocess.PIPE, start_new_session=True,
)
child.stdout.readline()
pathlib.Path("{file}").write_text(str(child.pid))
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LOGS", tmp_path)
    monkeypatch.setattr(programs, "shown", str)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_the_time_of_all_descendants_counts_and_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "child"
    program = WITH_CHILDREN.format(file=file)
    with programs.running(
        "example", python(program), {}, lambda: file.exists() and bool(file.read_text())
    ) as pid:
        child = int(file.read_text())
        try:
            of_child = cpu.seconds(child)
            assert of_child >= 0.18
            # The one that has ended took as much as the one that still runs.
            assert cpu.seconds(pid) >= of_child + 0.18
            assert cpu.seconds(os.getpid()) >= cpu.seconds(pid)
        finally:
            os.kill(child, 9)


def test_a_process_that_is_not_there_took_no_time() -> None:
    with programs.running("example", python(""), {}, lambda: True) as pid:
        pass
    assert cpu.seconds(pid) == 0


def test_a_program_is_stopped_in_the_end() -> None:
    with programs.running(
        "example", python("import time; time.sleep(600)"), {}, lambda: True
    ) as pid:
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()


def test_a_program_that_ends_at_once_is_a_problem() -> None:
    with (
        pytest.raises(Problem, match="example does not answer"),
        programs.running("example", python("raise SystemExit(3)"), {}, lambda: False),
    ):
        pass


def test_a_program_that_is_missing_is_a_problem() -> None:
    with (
        pytest.raises(Problem, match="no-such-program"),
        programs.running("example", ["no-such-program"], {}, lambda: True),
    ):
        pass


def test_what_is_not_searched_by_default_is_found_in_its_folder(tmp_path: Path) -> None:
    program = tmp_path / "server-of-nobody"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert programs.find(program.name) is None
    assert programs.find(program.name, tmp_path) == str(program)
