"""The laptop cloud as the benchmarks need it: up, its variables, a provider that is slow."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from local import cloud
from local.places import ENVIRONMENT_FILE, SIMULATOR_URL
from local.problems import Problem


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Its variables, while it is up; one that was not up before is stopped again.

    Raises
    ------
    Problem
        It cannot be started.
    """
    was_up = cloud.is_up()
    if not was_up:
        _local("up")
    try:
        yield _variables()
    finally:
        if not was_up:
            _local("down")


@contextmanager
def provider_latency(provider: str, milliseconds: int) -> Iterator[None]:
    """Let a simulated provider take each message only after so long."""
    with httpx.Client(base_url=SIMULATOR_URL, trust_env=False) as simulator:
        order = {"provider": provider, "latency_ms": milliseconds}
        answer = simulator.post("/_sim/behaviour", json=order).raise_for_status()
        try:
            yield
        finally:
            simulator.delete(f"/_sim/behaviour/{answer.json()['id']}").raise_for_status()


def _local(verb: str) -> None:
    # Its progress is for people: what we print may be JSON.
    command = [sys.executable, "-m", "local", verb]
    finished = subprocess.run(command, stdout=sys.stderr, check=False)
    if finished.returncode != 0:
        raise Problem(f"the laptop cloud is needed, and `make {verb}` failed (see above)")


def _variables() -> dict[str, str]:
    lines = ENVIRONMENT_FILE.read_text(encoding="utf-8").splitlines()
    pairs = (shlex.split(line)[0].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}
