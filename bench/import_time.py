"""Measures how long each handler takes to import, and to be ready, against its floor.

Each figure is the fastest of fresh processes of the interpreter that runs the functions on a
laptop, over the built artifacts and nothing else: what disturbs a process only adds to its time.
Counted is the process's CPU time, since a start is one thread that waits for nothing, and the
clock on the wall would count what else the machine does. Handler and floor take turns, so that a
slower minute of the machine touches both; their ratio counts.

Memory is the most that a process had in RAM until it was ready. It varies little, so that one more
process of each kind tells it.
"""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.libraries import NEEDS, SECRETS, Needs
from bench.stack import BuiltFunction
from bench.tables import Table
from local import aws
from local.places import program
from local.problems import Problem

RUNS = 11
AIM = 1.25
"""A handler may take this many times its floor."""

_VALUE = "https://127.0.0.1/none"
"""Of every environment variable: nothing is called, so only a URL's form matters."""

_NO_NETWORK = (
    "from recado.adapters.secrets import SecretsManagerSource\n"
    "SecretsManagerSource.text = lambda self, name: 'none'"
)
"""The sender's builder reads a secret; the network is no part of this measurement."""

_END = "import os\nos._exit(0)"
"""Leave at once: a function's process does not end with its start."""

_TELL_PEAK = (
    "for line in open('/proc/self/status'):\n"
    "    if line.startswith('VmHWM:'):\n"
    "        print(line.split()[1], flush=True)"
)
"""The system's own figure, in KiB: what `getrusage` gives includes our own size."""


@dataclass(frozen=True)
class Start:
    """CPU seconds of a start, and of the libraries alone."""

    seconds: float
    floor_seconds: float

    @property
    def ratio(self) -> float:
        """How many times its floor a start takes."""
        return self.seconds / self.floor_seconds


@dataclass(frozen=True)
class Memory:
    """The most that a process had in RAM until it was ready, and with the libraries alone; MiB."""

    peak: float
    floor_peak: float

    @property
    def ratio(self) -> float:
        """How many times its floor a function takes."""
        return self.peak / self.floor_peak


@dataclass(frozen=True)
class FunctionStart:
    """A function's start: the import of its handler, and that with its service built.

    `configured_mb` is the memory that the template gives it, in MiB.
    """

    function: str
    imported: Start
    ready: Start
    memory: Memory
    configured_mb: int


def measure(functions: Mapping[str, BuiltFunction]) -> list[FunctionStart]:
    """Time every function's start.

    Raises
    ------
    Problem
        A function does not start at all.
    """
    return [_measure(function, NEEDS[name]) for name, function in functions.items()]


def tables(starts: Sequence[FunctionStart]) -> list[Table]:
    """Results, and what each floor consists of."""
    return [
        Table(
            f"Import time (CPU ms, fastest of {RUNS} processes; aim: at most {AIM} x the floor)",
            (
                *("function", "import", "its floor", "import ratio"),
                *("ready", "its floor ", "ready ratio", "within aim"),
            ),
            [_row(start) for start in starts],
            (
                "import: the interpreter and the handler's module. ready: that and the service "
                "behind it, built as for the first event.",
                "floor: the interpreter and the libraries of the last table, nothing of ours.",
            ),
        ),
        Table(
            "Memory of a function that is ready (peak in RAM, MiB)",
            ("function", "peak", "its floor", "ratio", "configured", "% of it"),
            [_memory_row(start) for start in starts],
            (
                "Beside the function Lambda's own runtime client takes some; events come on top.",
                "floor: the interpreter and the libraries of the next table, nothing of ours.",
            ),
        ),
        Table(
            "What the floors consist of",
            ("library", "in the floor of", "reason"),
            [
                (library.name, ", ".join(_who_needs(library.name)), library.reason)
                for library in dict.fromkeys(
                    library for needs in NEEDS.values() for library in needs.libraries
                )
            ],
        ),
    ]


def _measure(function: BuiltFunction, needs: Needs) -> FunctionStart:
    handler = "import handler"
    module, _, builder = needs.builder.rpartition(".")
    build = f"from {module} import {builder}\n{builder}()"
    if SECRETS in needs.libraries:
        build = f"{_NO_NETWORK}\n{build}"
    ready_program = f"{handler}\n{build}"
    floor_program = f"{needs.load}\n{needs.prepare}"
    programs = [
        f"{handler}\n{_END}",
        f"{needs.load}\n{_END}",
        f"{ready_program}\n{_END}",
        f"{floor_program}\n{_END}",
    ]
    rounds = [[_seconds(function, program) for program in programs] for _ in range(RUNS + 1)]
    # The first round reads the files from disk for the others.
    imported, floor, ready, ready_floor = map(min, zip(*rounds[1:], strict=True))
    return FunctionStart(
        function.name,
        imported=Start(imported, floor),
        ready=Start(ready, ready_floor),
        memory=Memory(_peak(function, ready_program), _peak(function, floor_program)),
        configured_mb=function.memory_mb,
    )


def _seconds(function: BuiltFunction, code: str) -> float:
    before = _cpu_seconds_of_children()
    _run(function, code)
    return _cpu_seconds_of_children() - before


def _peak(function: BuiltFunction, code: str) -> float:
    return int(_run(function, f"{code}\n{_TELL_PEAK}\n{_END}")) / 1024


def _run(function: BuiltFunction, code: str) -> str:
    """What a program prints with a function's files and environment."""
    environment = {
        **dict.fromkeys(function.variables, _VALUE),
        **aws.VARIABLES,
        "LOG_LEVEL": "INFO",
        "PYTHONPATH": ":".join(function.import_path),
    }
    finished = subprocess.run(
        [program("cloud", "python"), "-P", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        reason = finished.stderr.strip().splitlines()[-1]
        raise Problem(f"{function.name} does not start: {reason}")
    return finished.stdout


def _cpu_seconds_of_children() -> float:
    """Of all processes that we started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(start: FunctionStart) -> tuple[str | float, ...]:
    imported, ready = start.imported, start.ready
    within = max(imported.ratio, ready.ratio) <= AIM
    return (
        start.function,
        imported.seconds * 1000,
        imported.floor_seconds * 1000,
        imported.ratio,
        ready.seconds * 1000,
        ready.floor_seconds * 1000,
        ready.ratio,
        "yes" if within else "no",
    )


def _memory_row(start: FunctionStart) -> tuple[str | float, ...]:
    memory = start.memory
    return (
        start.function,
        memory.peak,
        memory.floor_peak,
        memory.ratio,
        start.configured_mb,
        100 * memory.peak / start.configured_mb,
    )


def _who_needs(library: str) -> list[str]:
    users = [name for name, needs in NEEDS.items() if library in {n.name for n in needs.libraries}]
    return ["all"] if len(users) == len(NEEDS) else users
