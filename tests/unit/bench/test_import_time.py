"""Floors and ratios of import times."""

from __future__ import annotations

from pathlib import Path

from bench.import_time import FunctionStart, Start, tables
from bench.libraries import IDEMPOTENCY, LOGGER, NEEDS, SECRETS
from recado import bootstrap

FUNCTIONS = Path(__file__).parents[3] / "functions"


def test_every_function_has_a_floor() -> None:
    assert set(NEEDS) == {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}


def test_every_builder_is_one_of_bootstrap() -> None:
    assert all(callable(getattr(bootstrap, needs.builder)) for needs in NEEDS.values())


def test_only_functions_that_need_a_library_have_it_in_their_floor() -> None:
    assert IDEMPOTENCY.prepare in NEEDS["api"].prepare
    assert IDEMPOTENCY.prepare not in NEEDS["channel_fallback"].prepare
    assert SECRETS.prepare in NEEDS["notification_sender"].prepare
    assert all(LOGGER.load in needs.load for needs in NEEDS.values())


def test_a_start_is_within_its_aim_only_when_import_and_service_are() -> None:
    fine, slow = Start(0.12, 0.10), Start(0.13, 0.10)
    results, floors = tables(
        [
            FunctionStart("fine", imported=fine, ready=fine),
            FunctionStart("slow to import", imported=slow, ready=fine),
            FunctionStart("slow to be ready", imported=fine, ready=slow),
        ]
    )
    assert [row[-1] for row in results.rows] == ["yes", "no", "no"]
    assert [round(float(row[3]), 2) for row in results.rows] == [1.2, 1.3, 1.2]
    assert (LOGGER.name, "all", LOGGER.reason) in floors.rows
