"""The laptop cloud's commands: `python -m local run|up|down|during COMMAND`."""

import argparse
import signal
import subprocess
import sys
import time
from types import FrameType

from local import cloud, processes
from local.problems import Problem
from local.steps import console


class _Stopped(BaseException):
    """Ctrl-C, or another request to end."""


def _run() -> int:
    """Up, stay in the foreground, down."""
    _refuse_a_second_one()
    try:
        cloud.up()
        console.print("Ctrl-C stops it.")
        while not (ended := processes.first_that_ended()):
            time.sleep(0.5)
        raise Problem(f"{ended} ended by itself: local/.state/logs/{ended}.log says why.")
    except _Stopped:
        return 0
    finally:
        _down()


def _up() -> int:
    """Up, in the background."""
    if cloud.is_up():
        console.print("The laptop cloud is up already; `make down` stops it.")
        return 0
    _refuse_a_second_one()
    try:
        cloud.up()
    except BaseException:
        _down()
        raise
    console.print("`make down` stops it.")
    return 0


def _down() -> int:
    # Stopping takes a moment, in which an impatient second Ctrl-C must not leave processes behind.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cloud.down()
    return 0


def _during(command: list[str]) -> int:
    """Run a command while the laptop cloud is up; one that was up before stays up."""
    was_up = cloud.is_up()
    if not was_up:
        _up()
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        if not was_up:
            _down()


def _refuse_a_second_one() -> None:
    if running := processes.running():
        raise Problem(f"A laptop cloud runs already ({', '.join(running)}): `make down` stops it.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def main() -> int:
    """Run one of the commands; the exit code is 1 when it could not."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="verb", required=True)
    commands.add_parser("run", help="start everything and stay in the foreground")
    commands.add_parser("up", help="start everything in the background")
    commands.add_parser("down", help="stop what was started")
    during = commands.add_parser("during", help="run a command while everything is up")
    during.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()

    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        match arguments.verb:
            case "run":
                return _run()
            case "up":
                return _up()
            case "during":
                return _during(arguments.command)
            case _:
                return _down()
    except Problem as problem:
        console.print(f"[red]✗[/red] {problem}", soft_wrap=True)
        return 1
    except _Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main())
