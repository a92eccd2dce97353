"""Follows a notification until nothing more happens to it by itself, and prints its timeline."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError

from recado.api.views import NotificationAccepted, NotificationView
from recado.domain.notification import RANK, State
from recado_cli.api_client import ApiClient
from recado_cli.drawing import drawn_acceptance, drawn_timeline
from recado_cli.output import console, messages, print_json
from recado_cli.refusals import Refusal

ON_ITS_WAY = (State.PENDING, State.QUEUED, State.SENDING)
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 3.0

Wait = Annotated[
    bool, typer.Option("--wait", help="Follow it to a final state and print its timeline.")
]
TimeOut = Annotated[
    float, typer.Option("--timeout", min=0, help="Seconds to follow it at most, with --wait.")
]


def show_acceptance(
    client: ApiClient, document: dict[str, Any], *, json: bool, wait: bool, timeout: float
) -> None:
    """Print what the API took in; with `wait`, what became of it.

    Ends with exit code 1 when no channel carries the notification.
    """
    accepted = read(NotificationAccepted, document)
    if wait and accepted.state in ON_ITS_WAY:
        show_timeline(client, accepted.notification_id, json=json, wait=True, timeout=timeout)
        return
    if json:
        print_json(document)
    else:
        console().print(drawn_acceptance(accepted))
    if accepted.state not in RANK:
        raise typer.Exit(1)


def show_timeline(
    client: ApiClient, notification_id: str, *, json: bool, wait: bool, timeout: float
) -> None:
    """Print a notification's timeline.

    With `wait` it is followed first, and the exit code is 1 when it ended otherwise than sent,
    or not in time.
    """
    document = client.notification(notification_id)
    if wait:
        document = _followed(client, document, timeout)
    view = read(NotificationView, document)
    if json:
        print_json(document)
    else:
        console().print(drawn_timeline(view))
    if wait and view.state in ON_ITS_WAY:
        raise Refusal(
            f"It is still {view.state} after {timeout:g} s.",
            f"`recado timeline {notification_id} --wait` follows it on.",
        )
    if wait and view.state not in RANK:
        raise typer.Exit(1)


def read[M: BaseModel](kind: type[M], document: dict[str, Any]) -> M:
    """An answer of the API as its view."""
    try:
        return kind.model_validate(document)
    except ValidationError:
        raise Refusal(
            "The API's answer has another form than this command knows.",
            "Use the `recado` of the version that is deployed.",
        ) from None


def _followed(client: ApiClient, document: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Ask again, ever more slowly, while the notification is on its way and time is left."""
    until = time.monotonic() + timeout
    pause = FIRST_PAUSE_SECONDS
    with messages().status("") as status:
        while document.get("state") in ON_ITS_WAY and time.monotonic() + pause < until:
            status.update(f"{document['state']} …")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
            document = client.notification(document["notification_id"])
    return document
