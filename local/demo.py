"""Fills the laptop cloud with the workshop's data and shows the way of one notification."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from local import aws, commands
from local.accounts import PRODUCT_FILE, TENANT
from local.places import API_URL, ROOT, SIMULATOR_URL, shown
from local.problems import Problem, calling, missing
from local.steps import console

_EXAMPLE_EVENT = ROOT / "local" / "example_event.json"
_EXAMPLE_CUSTOMER = "customer-001"
_RECADO = str(Path(sys.executable).with_name("recado"))


def load_workshop(variables: dict[str, str]) -> None:
    """Load the seed, the tenant's accounts, and a browser of the example's customer."""
    _recado(variables, "seed")
    _recado(variables, "accounts", "put", str(PRODUCT_FILE))
    browser = _subscribe_browser()
    _recado(
        variables,
        *("customers", "subscribe", _EXAMPLE_CUSTOMER),
        *("--endpoint", browser["endpoint"]),
        *("--p256dh", browser["keys"]["p256dh"], "--auth", browser["keys"]["auth"]),
    )


def create_api_key(variables: dict[str, str]) -> str:
    """A key of the workshop for the HTTP API, which tests and benchmarks may hurry."""
    options = ("--tenant", TENANT, "--name", "laptop", "--requests-per-second", "1000")
    printed = _recado(variables, "keys", "create", *options)
    return printed.splitlines()[0]


def show_one_notification(variables: dict[str, str]) -> None:
    """Send the example event and print what became of it.

    Raises
    ------
    Problem
        It was not sent.
    """
    console.print("\nOne event, as a client sends it, and what became of it:\n")
    try:
        sent = subprocess.run(
            [_RECADO, "send", str(_EXAMPLE_EVENT), "--wait"],
            env={**aws.environment(), **variables},
            stdout=sys.stdout,  # the benchmarks have theirs redirected
            check=False,
        )
    except OSError as error:
        raise missing(_RECADO) from error
    if sent.returncode != 0:
        raise Problem(
            "The example event was not sent: the lines above say what became of it, and "
            "local/.state/logs/ministack.log has the functions' own words."
        )


def curl(variables: dict[str, str]) -> str:
    """A command that sends the example event again."""
    return (
        f"  curl -sS {API_URL}/api/v1/notifications/events/dispatch/ \\\n"
        f"    -H 'Authorization: Bearer {variables['RECADO_API_KEY']}' \\\n"
        f"    -H 'Content-Type: application/json' -d @{shown(_EXAMPLE_EVENT)}"
    )


def _subscribe_browser() -> Any:
    """The simulator plays the browser too: it makes a web push subscription."""
    with calling("simulator"):
        answer = httpx.post(
            f"{SIMULATOR_URL}/_sim/push-subscriptions",
            json={"customer": _EXAMPLE_CUSTOMER},
            trust_env=False,
        )
        return answer.raise_for_status().json()


def _recado(variables: dict[str, str], *arguments: str) -> str:
    return commands.run(
        [_RECADO, *arguments],
        {**aws.environment(), **variables},
        f"recado-{arguments[0]}",
        "Mend that and run the command again.",
    )
