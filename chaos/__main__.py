"""`make chaos`: thousands of notifications while everything fails now and then.

Needs the laptop cloud: `python -m local during .venv/bin/python -m chaos`.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable

from chaos.report import lines
from chaos.run import Options, run
from chaos.settling import NotQuiet
from local import outputs, stopping
from local.places import ENVIRONMENT_FILE
from local.problems import Problem
from local.steps import console
from local.stopping import Stopped


def main() -> int:
    """Run and report; the exit code is 1 when a number is not 0 that must be."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--notifications", type=int, default=2_000, help="how many (2000)")
    parser.add_argument("--minutes", type=float, default=5, help="about how long (5)")
    parser.add_argument("--rate", type=float, default=0.05, help="share of faults (0.05)")
    parser.add_argument("--seed", type=int, help="of an earlier run, to repeat its plan")
    given = parser.parse_args()
    options = Options(
        notifications=given.notifications,
        seed=secrets.randbelow(10**6) if given.seed is None else given.seed,
        minutes=given.minutes,
        rate=given.rate,
    )
    stopping.raise_when_asked()
    try:
        if not ENVIRONMENT_FILE.exists():
            raise Problem("The laptop cloud is not up: run `make up` first, or `make chaos`.")
        _tell(f"seed {options.seed}")
        verdict = run(
            options,
            outputs.read(ENVIRONMENT_FILE),
            tell=_tell_with_time(),
            show=lambda done: _tell("\n".join(lines(options, done))),
        )
    except (Problem, NotQuiet) as problem:
        _tell(f"{problem} (seed {options.seed})")
        return 1
    except Stopped as stopped:
        return 128 + stopped.number
    return 0 if verdict.is_good else 1


def _tell(text: str) -> None:
    console.print(text, soft_wrap=True, markup=False)


def _tell_with_time() -> Callable[[str], None]:
    """Says what happens, and when: in seconds from now on."""
    begun = time.monotonic()
    return lambda text: _tell(f"{time.monotonic() - begun:4.0f} s  {text}")


if __name__ == "__main__":
    sys.exit(main())
