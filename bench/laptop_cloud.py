"""The laptop cloud as the benchmarks need it: up, its variables, a provider that is slow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import httpx

from local import cloud, outputs, stopping
from local.places import ENVIRONMENT_FILE, SIMULATOR_URL
from local.stopping import Stopped


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Its variables, while it is up; one that was not up before is stopped again.

    Ctrl-C ends the program, after the laptop cloud was stopped.

    Raises
    ------
    Problem
        It cannot be started.
    """
    stopping.raise_when_asked()
    try:
        # Its progress is for people: what we print may be JSON.
        with redirect_stdout(sys.stderr), cloud.kept_up():
            yield outputs.read(ENVIRONMENT_FILE)
    except Stopped as stopped:
        sys.exit(128 + stopped.number)


@contextmanager
def provider_latency(provider: str, milliseconds: int) -> Iterator[None]:
    """Let a simulated provider take each message only after so long."""
    with httpx.Client(base_url=SIMULATOR_URL, trust_env=False) as simulator:
        behaviour = {"provider": provider, "latency_ms": milliseconds}
        answer = simulator.post("/_sim/behaviour", json=behaviour).raise_for_status()
        try:
            yield
        finally:
            simulator.delete(f"/_sim/behaviour/{answer.json()['id']}").raise_for_status()
