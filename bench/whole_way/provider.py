"""The simulated WhatsApp of one side: a simulator of its own, which tells that side only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.whole_way import programs
from local import accounts, aws
from local.places import HOST, ROOT
from local.processes import answers


@contextmanager
def running(side: str, webhook_url: str) -> Iterator[str]:
    """Its address, while it runs."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.json"
        file.write_text(json.dumps(_account(webhook_url)))
        port = programs.free_port()
        with programs.running(
            f"simulator-{side}",
            [
                *(sys.executable, "-m", "local.simulator", "--accounts", str(file)),
                *("--port", str(port)),
            ],
            {**aws.environment(), "PYTHONPATH": str(ROOT)},
            lambda: answers(port),
        ):
            yield f"http://{HOST}:{port}"


def whatsapp_url(simulator_url: str) -> str:
    """Where messages are sent to."""
    return f"{simulator_url}/graph/v25.0"


def control(simulator_url: str) -> httpx.Client:
    """A client of its control API."""
    return httpx.Client(base_url=simulator_url, trust_env=False, timeout=30)


def _account(webhook_url: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(accounts.SIMULATOR_FILE.read_text())
    return {"meta": {**known["meta"], "webhook_url": webhook_url}}
