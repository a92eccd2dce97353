"""A short chaos run: 200 notifications over three channels while everything fails now and then."""

from __future__ import annotations

import os
import subprocess
import sys

SEED = 20_261_121


def test_faults_of_all_kinds_lose_nothing_double_nothing_and_leave_nothing_open(
    variables: dict[str, str],
) -> None:
    options = ("--notifications", "200", "--minutes", "1", "--seed", str(SEED))
    finished = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "chaos", *options],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    report = finished.stdout.splitlines()
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert report[-1] == "good"
    counted = {
        name: float(number)
        for name, _, number in (line.strip().rpartition(" ") for line in report if line[:2] == "  ")
    }
    by_name = {name.strip(): number for name, number in counted.items()}
    assert by_name["accepted"] == 200
    assert by_name["opt-outs"] > 0
    assert by_name["attempts accepted"] > 150
