"""Runs a program to its end, keeps its output in a log, and says in one sentence why it failed."""

import subprocess
from collections.abc import Mapping, Sequence

from local.places import LOGS, ROOT, shown
from local.problems import Problem, missing


def run(command: Sequence[str], environment: Mapping[str, str], log_name: str, mend: str) -> str:
    """Run a program from the root of the checkout and return what it printed.

    Raises
    ------
    Problem
        It failed; `mend` says what its reader can do.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    try:
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise missing(command[0]) from error
    log.write_text(finished.stdout + finished.stderr)
    if finished.returncode != 0:
        raise Problem(f"{log_name} failed: {_reason(finished)} {mend} ({shown(log)} has it all.)")
    return finished.stdout


def _reason(finished: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (finished.stderr or finished.stdout).splitlines()]
    told = [line for line in lines if "error" in line.lower()] or [line for line in lines if line]
    return told[-1] if told else f"exit code {finished.returncode}, no output."
