"""The laptop cloud's commands: `python -m local run|up|down|during COMMAND`."""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from local import cloud, processes, stopping
from local.problems import Problem
from local.steps import console
from local.stopping import Stopped


def _run() -> int:
    """Up, stay in the foreground, down."""
    try:
        cloud.up()
        try:
            console.print("Ctrl-C stops it.")
            ended = _first_that_ends()
        except Stopped:
            cloud.down()
            raise
    except Stopped:
        return 0
    if ended is None:
        console.print("Stopped by `make down`.")
        return 0
    cloud.down()
    raise Problem(f"{ended} ended by itself: local/.state/logs/{ended}.log says why.")


def _first_that_ends() -> str | None:
    """Wait until a process ends by itself; None when another command stopped them all."""
    while not processes.stopped_elsewhere():
        ended = processes.first_that_ended()
        # Another command may have begun to stop them between the two looks.
        if ended and not processes.stopped_elsewhere():
            return ended
        time.sleep(0.5)
    return None


def _up() -> int:
    """Up, in the background."""
    if cloud.is_up():
        cloud.refresh()
        console.print("The laptop cloud is up already; `make down` stops it.")
        return 0
    cloud.up()
    console.print("`make down` stops it.")
    return 0


def _during(command: Sequence[str]) -> int:
    """Run a command while the laptop cloud is up; one that was up before stays up."""
    with cloud.kept_up():
        try:
            process = subprocess.Popen(command)
        except OSError as error:
            raise Problem(f"{command[0]} cannot be run: {error.strerror}.") from error
        with process:
            try:
                status = process.wait()
            except Stopped as stopped:
                # The terminal sent its Ctrl-C to the command too, which ends in its own way.
                if stopped.number != signal.SIGINT:
                    process.terminate()
                process.wait()
                raise
    return status if status >= 0 else 128 - status


def _down() -> int:
    cloud.down()
    return 0


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

    stopping.raise_when_asked()
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
    except Stopped as stopped:
        return 128 + stopped.number


if __name__ == "__main__":
    sys.exit(main())
