"""`recado redrive`: what lies in the queues of what went wrong, and how it goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

import typer
from rich.text import Text

from recado.adapters.clock import SystemClock
from recado.adapters.dead_letters import SqsDeadLetters
from recado.bootstrap.deployment import Stack
from recado.ports.dead_letters import QueueName
from recado.services.judge_dead_letter import JudgeDeadLetter
from recado.services.redrive import Handled, Redrive, Waiting
from recado_cli import settings
from recado_cli.output import Json, console, messages, print_json, table

MOST_REASONS = 5
"""Reasons that are shown for a queue."""

OTHER_REASON = "other_reason"


def redrive(
    queue: Annotated[
        QueueName | None, typer.Argument(help="Whose messages to move; without it, list all.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Only those that lie there for it; its code is enough.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would become of each, move none.")
    ] = False,
    rate: Annotated[int, typer.Option(min=1, help="Move at most so many a second.")] = 20,
    limit: Annotated[int | None, typer.Option(min=1, help="Move at most so many.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Move messages that went wrong back to where they came from.

    Those stay that are past their deadline, whose person opted out or was erased, or that nobody
    would understand. Without QUEUE it lists what waits, and why. Mend the cause first: what fails
    again comes back here.
    """
    moving = _redrive(settings.stack())
    if queue is None:
        if reason is not None or dry_run or limit is not None:
            raise typer.BadParameter("it takes a queue", param_hint="QUEUE")
        _show_waiting(moving.look(), json=json)
        return
    if not (dry_run or yes):
        typer.confirm(f"Move messages of {queue} back?", abort=True, err=True)
    handled = moving(queue, reason=reason, limit=limit, dry_run=dry_run)
    with closing(handled):  # however it ends, what is left can be seen again
        moved, stay = _follow(handled, rate=None if dry_run else rate)
    # All of it can be seen again by now; a dry run leaves there what would move.
    looked_at = stay.total() + (moved.total() if dry_run else 0)
    behind = max(moving.waiting(queue) - looked_at, 0)
    if json:
        told = {"queue": queue, "dry_run": dry_run, "moved": dict(moved), "stay": dict(stay)}
        print_json({**told, "not_looked_at": behind})
    else:
        _show(moved, stay, behind, dry_run=dry_run)


def _redrive(stack: Stack) -> Redrive:
    """The service, over the deployment's own queues."""
    sources = [queue for queue in QueueName if queue is not QueueName.PARKED]
    clock = SystemClock()
    letters = SqsDeadLetters(
        stack.sqs,
        urls={queue: settings.required(f"{_variable(queue)}_QUEUE_URL") for queue in sources},
        dead_letter_urls={
            **{queue: settings.required(f"{_variable(queue)}_DLQ_URL") for queue in sources},
            QueueName.PARKED: settings.required("PARKED_QUEUE_URL"),
        },
    )
    return Redrive(
        letters=letters,
        judge=JudgeDeadLetter(
            notifications=stack.notifications,
            directory=stack.directory,
            configuration=stack.configuration,
            claims=stack.claims,
            clock=clock,
        ),
        clock=clock,
    )


def _variable(queue: QueueName) -> str:
    return queue.upper().replace("-", "_")


def _follow(handled: Iterator[Handled], *, rate: int | None) -> tuple[Counter[str], Counter[str]]:
    """Let messages move, in their time; counts those that moved by their reason, the others by
    why they stay."""
    moved: Counter[str] = Counter()
    stay: Counter[str] = Counter()
    begun = time.monotonic()
    with messages().status("") as status:
        for each in handled:
            if each.to is None:
                stay[each.refusal or OTHER_REASON] += 1
            else:
                moved[each.reason] += 1
            status.update(f"{moved.total()} moved, {stay.total()} stay …")
            if rate is not None and each.to is not None:
                time.sleep(max(begun + moved.total() / rate - time.monotonic(), 0))
    return moved, stay


def _show(moved: Counter[str], stay: Counter[str], behind: int, *, dry_run: bool) -> None:
    out = console()
    out.print(f"{moved.total()} {'would move' if dry_run else 'moved'}, {stay.total()} stay.")
    goes = "would move" if dry_run else "moved"
    rows = [(goes, reason, str(count)) for reason, count in moved.most_common()]
    rows += [("stays", reason, str(count)) for reason, count in stay.most_common()]
    if rows:
        out.print(table(("", "why", "messages"), rows))
    if behind:
        out.print(f"About {behind} more were not looked at.")


def _show_waiting(found: list[Waiting], *, json: bool) -> None:
    if json:
        print_json([{"queue": e.queue, "waiting": e.count, "reasons": e.reasons} for e in found])
        return
    rows = [
        (
            Text(each.queue, "bold red" if each.count else "green"),
            str(each.count),
            ", ".join(f"{reason} ({count})" for reason, count in _most(each)),
        )
        for each in found
    ]
    console().print(table(("queue", "waiting", "why, of a few of them"), rows))


def _most(waiting: Waiting) -> list[tuple[str, int]]:
    return waiting.reasons.most_common(MOST_REASONS)
