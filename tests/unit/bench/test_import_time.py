"""Floors and ratios of import times."""

from __future__ import annotations

import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

from bench import import_time
from bench.import_time import FunctionStart, Memory, Start, tables
from bench.libraries import IDEMPOTENCY, LOGGER, NEEDS, SECRETS
from bench.stack import BuiltFunction

FUNCTIONS = Path(__file__).parents[3] / "functions"


def start(function: str, *, imported: Start, ready: Start) -> FunctionStart:
    """A start in a process that took 60 MiB, in a function of 512."""
    memory = Memory(peak=60, floor_peak=50)
    return FunctionStart(function, imported, ready, memory, configured_mb=512)


def test_every_function_has_a_floor() -> None:
    assert set(NEEDS) == {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}


def test_every_builder_is_one_of_bootstrap() -> None:
    assert all(callable(resolve_name(needs.builder)) for needs in NEEDS.values())


def test_only_functions_that_need_a_library_have_it_in_their_floor() -> None:
    assert IDEMPOTENCY.prepare in NEEDS["api"].prepare
    assert IDEMPOTENCY.prepare not in NEEDS["channel_fallback"].prepare
    assert SECRETS.prepare in NEEDS["notification_sender"].prepare
    assert all(LOGGER.load in needs.load for needs in NEEDS.values())


def test_a_start_is_within_its_aim_only_when_import_and_service_are() -> None:
    fine, slow = Start(0.12, 0.10), Start(0.13, 0.10)
    results, _, floors = tables(
        [
            start("fine", imported=fine, ready=fine),
            start("slow to import", imported=slow, ready=fine),
            start("slow to be ready", imported=fine, ready=slow),
        ]
    )
    assert [row[-1] for row in results.rows] == ["yes", "no", "no"]
    assert [round(float(row[3]), 2) for row in results.rows] == [1.2, 1.3, 1.2]
    assert (LOGGER.name, "all", LOGGER.reason) in floors.rows


def test_memory_is_told_beside_its_floor_and_what_the_template_gives() -> None:
    quick = Start(0.12, 0.10)
    _, memory, _ = tables([start("api", imported=quick, ready=quick)])
    assert memory.rows == [("api", 60, 50, 1.2, 512, 100 * 60 / 512)]


def test_the_peak_is_that_of_the_process_itself_and_not_of_who_started_it() -> None:
    ours = bytearray(300 * 1024 * 1024)
    function = BuiltFunction("api", Path(), (), memory_mb=512, variables=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_time, "program", lambda *_: sys.executable)
        peak = import_time._peak(function, "held = b'x' * (40 * 1024 * 1024)")
    assert 40 < peak < 150 < len(ours)
