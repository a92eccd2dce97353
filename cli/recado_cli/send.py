"""`recado send`: hand an event to the API."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from recado.domain.orchestration import Target
from recado_cli.api_client import ApiClient
from recado_cli.following import TimeOut, Wait, show_acceptance
from recado_cli.output import Json
from recado_cli.refusals import Refusal

STANDARD_INPUT = "-"


def send(
    event: Annotated[
        str | None, typer.Argument(help="JSON file with the event, or - for standard input.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Whom it is about.")] = None,
    service_type: Annotated[
        str | None, typer.Option(help="Slug of the service type or subtype.")
    ] = None,
    phase: Annotated[str | None, typer.Option(help="Slug of the phase.")] = None,
    target: Annotated[
        Target | None, typer.Option(help="Who is told; clients unless you say so.")
    ] = None,
    var: Annotated[
        list[str] | None, typer.Option(help="Template variable, name=value; may be repeated.")
    ] = None,
    event_type: Annotated[
        str | None, typer.Option(help="What happened; manual unless you say so.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key gives the same notification again.")
    ] = None,
    wait: Wait = False,
    timeout: TimeOut = 60.0,
    json: Json = False,
) -> None:
    """Send an event, from a file or from options; print its planned route and why.

    Exit code 1 when it is refused, when no channel carries it, or, with --wait, when it ended
    otherwise than sent.
    """
    document: Any
    if event is not None:
        if any((customer, service_type, phase, target, var, event_type)):
            raise typer.BadParameter("give the event as a file or by options, not both")
        document = _read(event)
    elif customer and service_type and phase:
        document = {
            "event_type": event_type or "manual",
            "service_type_id": service_type,
            "phase_id": phase,
            "customer_id": customer,
            "target": target or Target.CLIENTS,
            "context": context_of(var or []),
        }
    else:
        raise typer.BadParameter("give a file, or --customer, --service-type and --phase")
    with ApiClient.of_environment() as client:
        accepted = client.dispatch(document, idempotency_key=idempotency_key)
        show_acceptance(client, accepted, json=json, wait=wait, timeout=timeout)


def _read(event: str) -> Any:
    try:
        from_input = event == STANDARD_INPUT
        text = sys.stdin.read() if from_input else Path(event).read_text(encoding="utf-8")
        return json_format.loads(text)
    except OSError as error:
        raise Refusal(f"{event} cannot be read: {error.strerror}.") from None
    except json_format.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refusal(f"{event} is no valid JSON ({where}: {error.msg}).") from None


def context_of(variables: list[str]) -> dict[str, str]:
    """What `--var name=value` options say."""
    context = {}
    for variable in variables:
        name, is_assignment, value = variable.partition("=")
        if not (name and is_assignment):
            raise typer.BadParameter(f"'{variable}' is not name=value", param_hint="--var")
        context[name] = value
    return context
