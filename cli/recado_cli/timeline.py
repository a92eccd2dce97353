"""`recado timeline`: what became of a notification."""

from __future__ import annotations

from typing import Annotated

import typer

from recado_cli.api_client import ApiClient
from recado_cli.following import TimeOut, Wait, show_timeline
from recado_cli.output import Json


def timeline(
    notification_id: Annotated[str, typer.Argument(help="Id that `recado send` printed.")],
    wait: Wait = False,
    timeout: TimeOut = 60.0,
    json: Json = False,
) -> None:
    """Show a notification: planned route and why, attempts, providers' answers, state.

    With --wait the exit code is 1 when it ended otherwise than sent.
    """
    with ApiClient.of_environment() as client:
        show_timeline(client, notification_id, json=json, wait=wait, timeout=timeout)
