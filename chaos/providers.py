"""The run's providers: a simulator of its own that fails at random and tells odd receipts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.whole_way import programs
from chaos.plan import CHANNELS, OptOut, Person, Receipts
from chaos.tenant import PROVIDER_OF, TIMEOUT_SECONDS
from local import aws
from local.places import HOST, ROOT
from local.processes import answers

SLOW_MS = 1_500
HANGING_MS = round(TIMEOUT_SECONDS * 1_000) + 2_000

FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "retry_after": 1},
    {"status": 500},
    {"status": 503},
    {"drop": "before"},
    {"drop": "after"},
    {"garbage": True},
    {"latency_ms": SLOW_MS},
    {"latency_ms": HANGING_MS},
)
"""What each provider does instead of accepting; alone, a wait is an acceptance that comes late."""

REFUSALS = {"meta": "132001", "twilio": "21617", "ses": "MessageRejected"}
"""Refusals of a message, after which the next channel goes at once."""

LADDERS: dict[Receipts, dict[str, Any]] = {
    Receipts.DOUBLED: {"duplicate": 3, "shuffle": True, "batch": 3},
    Receipts.LATE: {"late_ms": 15_000, "batch": 20},
    Receipts.MISSING: {"missing": 1},
    Receipts.FAILING: {"steps": ["sent", "failed"]},
}
FAILURES: dict[str, dict[str, Any]] = {
    "meta": {"code": "131049"},
    "twilio": {"code": "30005"},
    "ses": {"steps": ["sent", "bounce"], "code": "Transient.General"},
}
"""How each provider says that a message which it accepted did not arrive after all."""


class Providers:
    """The simulator, as whoever controls it sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = httpx.Client(base_url=url, trust_env=False, timeout=60)

    def close(self) -> None:
        """Close the connections."""
        self._control.close()

    def misbehave(self, rate: float) -> None:
        """Let so many of all messages meet a fault, each kind as often as the others."""
        for provider in PROVIDER_OF.values():
            kinds = (*FAULTS, {"code": REFUSALS[provider]})
            for kind in kinds:
                self._put(
                    "behaviour", {"provider": provider, "probability": rate / len(kinds), **kind}
                )

    def fail(self, provider: str) -> str:
        """Let a provider be out; gives the id by which it comes back."""
        return self._put("behaviour", {"provider": provider, "status": 503})

    def recover(self, behaviour_id: str) -> None:
        """Let a provider be back."""
        self._control.delete(f"/_sim/behaviour/{behaviour_id}").raise_for_status()

    def behave(self) -> None:
        """End every fault of sending; receipts stay as odd as they are."""
        for each in self._control.get("/_sim/behaviour").raise_for_status().json()["behaviours"]:
            self.recover(each["id"])

    def follow(self, people: Iterable[Person]) -> None:
        """Let what is accepted be delivered and read; of some people, oddly."""
        self._put("ladder", {"steps": ["delivered", "read"], "delay_ms": 1_000, "batch": 20})
        # Twilio tells each receipt by itself, so each of them is a call of a function.
        self._put("ladder", {"provider": "twilio", "steps": ["delivered"], "delay_ms": 1_000})
        for person in people:
            if person.odd_receipts is None:
                continue
            for channel in CHANNELS:
                provider = PROVIDER_OF[channel]
                failure = FAILURES[provider] if person.odd_receipts is Receipts.FAILING else {}
                self._put(
                    "ladder",
                    {
                        "provider": provider,
                        "recipient": person.address(channel),
                        **LADDERS[person.odd_receipts],
                        **failure,
                    },
                )

    def write(self, opt_out: OptOut) -> bool:
        """Let a person write that they want no more; whether the webhook kept it."""
        answer = self._control.post(
            "/_sim/inbound",
            json={
                "provider": PROVIDER_OF[opt_out.channel],
                "channel": opt_out.channel,
                "from": opt_out.person.address(opt_out.channel),
                "text": "BAJA",
            },
        )
        return answer.is_success and set(answer.json()["answers"]) == {200}

    def messages(self) -> list[dict[str, Any]]:
        """What they accepted, oldest first."""
        found: list[dict[str, Any]] = (
            self._control.get("/_sim/messages").raise_for_status().json()["messages"]
        )
        return found

    def _put(self, what: str, body: dict[str, Any]) -> str:
        answer = self._control.post(f"/_sim/{what}", json=body)
        return str(answer.raise_for_status().json()["id"])


@contextmanager
def running(accounts: dict[str, Any], folder: Path) -> Iterator[Providers]:
    """The simulator, while it runs.

    Raises
    ------
    Problem
        It does not start.
    """
    file = folder / "accounts.json"
    file.write_text(json.dumps(accounts))
    port = programs.free_port()
    with programs.running(
        "simulator-chaos",
        [
            *(sys.executable, "-m", "local.simulator", "--accounts", str(file)),
            *("--port", str(port)),
        ],
        {**aws.environment(), "PYTHONPATH": str(ROOT)},
        lambda: answers(port),
    ):
        providers = Providers(f"http://{HOST}:{port}")
        try:
            yield providers
        finally:
            providers.close()
