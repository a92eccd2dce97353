"""Follows a task to its end and prints what became of its records."""

from __future__ import annotations

import time

import typer

from recado.api.task_views import TaskView
from recado.domain.tasks import TaskState
from recado_cli.api_client import ApiClient
from recado_cli.following import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, read
from recado_cli.output import console, messages, print_json, table
from recado_cli.refusals import Refusal

ON_ITS_WAY = (TaskState.QUEUED, TaskState.RUNNING)


def follow_task(client: ApiClient, status_url: str, *, json: bool, timeout: float) -> None:
    """Ask how a task stands, ever more slowly, until it is done; print its end.

    Ends with exit code 1 when a record could not be carried out.
    """
    until = time.monotonic() + timeout
    pause = FIRST_PAUSE_SECONDS
    document = client.get(status_url)
    view = read(TaskView, document)
    with messages().status("") as status:
        while view.state in ON_ITS_WAY and time.monotonic() + pause < until:
            done = view.applied + view.unchanged + view.stale + view.failed
            status.update(f"{done} of {view.total} …")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
            document = client.get(status_url)
            view = read(TaskView, document)
    if json:
        print_json(document)
    else:
        _print(view)
    if view.state in (*ON_ITS_WAY, TaskState.STALLED):
        raise Refusal(
            f"Task {view.task_id} is still {view.state}.", f"GET {status_url} tells more."
        )
    if view.failed:
        raise typer.Exit(1)


def _print(view: TaskView) -> None:
    counts = (
        (view.applied, "applied"),
        (view.unchanged, "unchanged"),
        (view.stale, "stale"),
        (view.failed, "failed"),
    )
    told = ", ".join(f"{count} {name}" for count, name in counts if count)
    console().print(f"{view.state}: {told or 'nothing to do'}")
    if view.errors:
        rows = [
            (str(fault.index), fault.id or "", fault.field or "", fault.message)
            for fault in view.errors
        ]
        console().print(table(("record", "id", "field", "what is wrong"), rows))
