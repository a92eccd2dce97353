"""Recado on the laptop cloud, with a key that is made for the run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import laptop_cloud
from bench.load.measurement import Side
from local import aws, commands
from local.accounts import TENANT
from local.places import API_URL

NAME = "Recado"
_REQUESTS_PER_SECOND = 1000
"""A key's usual limit protects others from a client like this one; the limiter itself stays."""


@contextmanager
def running() -> Iterator[Side]:
    """The HTTP API of the laptop cloud, while it is up.

    Raises
    ------
    Problem
        It cannot be started.
    """
    with laptop_cloud.running() as variables:
        made = json.loads(
            _recado(
                variables,
                *("keys", "create", "--tenant", TENANT, "--name", "load test", "--json"),
                *("--requests-per-second", str(_REQUESTS_PER_SECOND)),
            )
        )
        try:
            yield Side(NAME, API_URL, {"X-API-Key": made["key"]})
        finally:
            _recado(variables, "keys", "revoke", made["key_id"])


def _recado(variables: Mapping[str, str], *arguments: str) -> str:
    return commands.run(
        [str(Path(sys.executable).with_name("recado")), *arguments],
        {**aws.environment(), **variables},
        f"recado-{arguments[0]}",
        "Mend that and run the command again.",
    )
