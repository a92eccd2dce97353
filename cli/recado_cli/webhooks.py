"""`recado webhooks`: the addresses at which clients' systems are told what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from recado.adapters.clock import SystemClock
from recado.bootstrap.streams import client_webhook_sender
from recado.domain.client_endpoints import (
    ClientEndpoint,
    DisabledReason,
    SigningSecrets,
    is_pattern,
    matches,
    new_endpoint_id,
    new_signing_secret,
    url_fault,
)
from recado.domain.domain_events import KEPT, EventType, trial_event
from recado.services.replay_events import ReplayEvents, ReplayRefusedError
from recado_cli import settings
from recado_cli.moments import read_moment
from recado_cli.output import Json, console, messages, moment, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_meant, tenant_named, tenants_meant

app = typer.Typer(help="Addresses at which clients are told what happened.", no_args_is_help=True)

EndpointId = Annotated[
    str, typer.Argument(help="The endpoint's id, as `recado webhooks list` shows it.")
]

MENDS = {
    "private_host": "Its name leads to an address that is not public.",
    "unknown_host": "Its name cannot be looked up.",
    "not_connected": "Nothing listens there, or its certificate is not trusted.",
    "timeout": "It has ten seconds to answer.",
}
"""What the reader can do about a fault."""

SAVES = 3
"""How often a change is tried while the deployment notes how the endpoint does."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where events are posted to; https.")],
    tenant: Annotated[str, typer.Option(help="Id of the tenant whose events they are.")],
    events: Annotated[
        str,
        typer.Option(help="Types of events, with commas: notification.sent,contact.* (all: *)."),
    ] = "*",
    json: Json = False,
) -> None:
    """Add an endpoint and print its signing secret, which is shown this once."""
    environment = settings.required("ENVIRONMENT")
    stack = settings.stack()
    tenant_id = tenant_named(stack, tenant).tenant_id
    fault = url_fault(url, allow_loopback=stack.config.allows_loopback_webhooks)
    if fault is not None:
        raise Refusal(f"The address {fault}.", "Nothing was stored.")
    endpoint_id = new_endpoint_id()
    endpoint = ClientEndpoint(
        tenant_id=tenant_id,
        endpoint_id=endpoint_id,
        url=url,
        event_types=_patterns(events),
        secret_name=f"recado/{environment}/client-webhooks/{tenant_id}/{endpoint_id}",
        created_at=datetime.now(UTC),
    )
    signing = new_signing_secret()
    # The secret first: an endpoint without one could not be called.
    settings.secrets_manager().create_secret(
        Name=endpoint.secret_name,
        SecretString=SigningSecrets(secrets=(signing,)).model_dump_json(exclude_none=True),
    )
    stack.configuration.save_client_endpoint(endpoint)
    if json:
        print_json({**_shown(endpoint), "secret": signing.secret})
        return
    print(signing.secret)
    messages().print(
        f"Endpoint {endpoint_id} of {tenant_id}. Keep the secret: it is not shown again."
    )


@app.command("list")
def list_endpoints(tenant: TenantOption = None, json: Json = False) -> None:
    """List the endpoints of a tenant, or of all, disabled ones too."""
    stack = settings.stack()
    endpoints = [
        endpoint
        for tenant_id in tenants_meant(stack, tenant)
        for endpoint in stack.configuration.client_endpoints(tenant_id)
    ]
    if json:
        print_json([_shown(endpoint) for endpoint in endpoints])
        return
    rows = [
        (
            endpoint.endpoint_id,
            endpoint.tenant_id,
            endpoint.url,
            "\n".join(endpoint.event_types),
            "yes" if endpoint.enabled else f"no: {endpoint.disabled_reason}",
            moment(endpoint.failing_since) if endpoint.failing_since else "",
        )
        for endpoint in endpoints
    ]
    columns = ("id", "tenant", "url", "events", "enabled", "failing since")
    console().print(table(columns, rows))


@app.command()
def test(endpoint_id: EndpointId, tenant: TenantOption = None, json: Json = False) -> None:
    """Post a signed event `webhook.test` to an endpoint from this machine, enabled or not."""
    endpoint = _endpoint(endpoint_id, tenant)
    event = trial_event(endpoint, datetime.now(UTC))
    outcome = client_webhook_sender(settings.stack()).try_out(endpoint, event)
    if not outcome.is_success:
        raise Refusal(f"The endpoint did not take it: {outcome.told}.", MENDS.get(outcome.told, ""))
    if json:
        print_json({"endpoint_id": endpoint_id, "event_id": event.id, "status": outcome.status})
        return
    console().print(f"The endpoint took {event.id} and answered {outcome.status}.")


@app.command()
def enable(endpoint_id: EndpointId, tenant: TenantOption = None, json: Json = False) -> None:
    """Have an endpoint called again. What it missed: `recado webhooks replay`."""
    endpoint = _save(_endpoint(endpoint_id, tenant), ClientEndpoint.enabled_again)
    if json:
        print_json(_shown(endpoint))
        return
    console().print(f"Endpoint {endpoint_id} of {endpoint.tenant_id} is enabled.")


@app.command()
def disable(endpoint_id: EndpointId, tenant: TenantOption = None, json: Json = False) -> None:
    """Have an endpoint called no longer; what waits for it is dropped."""
    endpoint = _save(
        _endpoint(endpoint_id, tenant), lambda current: current.disabled(DisabledReason.OPERATOR)
    )
    if json:
        print_json(_shown(endpoint))
        return
    console().print(f"Endpoint {endpoint_id} of {endpoint.tenant_id} is disabled.")


@app.command()
def rotate(
    endpoint_id: EndpointId,
    tenant: TenantOption = None,
    keep_hours: Annotated[
        float,
        typer.Option(min=0, max=720, help="How long events are signed with the old secret too."),
    ] = 24,
    json: Json = False,
) -> None:
    """Give an endpoint a new signing secret and print it, this once.

    Within five minutes all events are signed with it.
    """
    endpoint = _endpoint(endpoint_id, tenant)
    client = settings.secrets_manager()
    stored = client.get_secret_value(SecretId=endpoint.secret_name)["SecretString"]
    rotated = SigningSecrets.model_validate_json(stored).rotated(
        datetime.now(UTC), keep=timedelta(hours=keep_hours)
    )
    client.put_secret_value(
        SecretId=endpoint.secret_name, SecretString=rotated.model_dump_json(exclude_none=True)
    )
    if json:
        print_json({**_shown(endpoint), "secret": rotated.secrets[0].secret})
        return
    print(rotated.secrets[0].secret)
    messages().print(f"The old secret of {endpoint_id} signs for {keep_hours:g} hours more.")


@app.command()
def replay(
    endpoint_id: EndpointId,
    since: Annotated[
        str, typer.Option(help="2026-03-02 or 2026-03-02T15:30; UTC unless it names an offset.")
    ],
    tenant: TenantOption = None,
    json: Json = False,
) -> None:
    """Send an endpoint the events since a moment again, with the ids that they had."""
    endpoint = _endpoint(endpoint_id, tenant)
    if not endpoint.enabled:
        raise Refusal(
            f"Endpoint {endpoint_id} is disabled ({endpoint.disabled_reason}).",
            f"`recado webhooks enable {endpoint_id}` comes first.",
        )
    start = read_moment(since)
    if start < datetime.now(UTC) - KEPT:
        raise Refusal(f"Events are kept for {KEPT.days} days.", "Give a later moment.")
    stack = settings.stack()
    again = ReplayEvents(events=stack.events, queue=stack.client_webhook_queue, clock=SystemClock())
    try:
        count = again(endpoint, start)
    except ReplayRefusedError as error:
        raise Refusal(f"{error}.".capitalize(), "Run the same command again.") from None
    if json:
        print_json({"endpoint_id": endpoint_id, "since": start.isoformat(), "events": count})
        return
    console().print(f"{count} events since {moment(start)} are on their way to {endpoint_id}.")


def _endpoint(endpoint_id: str, tenant: str | None) -> ClientEndpoint:
    stack = settings.stack()
    tenant_id = tenant_meant(stack, tenant)
    endpoint = stack.configuration.client_endpoint(tenant_id, endpoint_id)
    if endpoint is None:
        raise Refusal(
            f"There is no endpoint '{endpoint_id}' of {tenant_id}.",
            "`recado webhooks list` shows all endpoints.",
        )
    return endpoint


def _save(
    endpoint: ClientEndpoint, change: Callable[[ClientEndpoint], ClientEndpoint]
) -> ClientEndpoint:
    """Change an endpoint, unless it is gone meanwhile; gives it as it is then."""
    configuration = settings.stack().configuration
    current: ClientEndpoint | None = endpoint
    for _ in range(SAVES):
        changed = change(current or endpoint)
        if current is None or configuration.save_client_endpoint(changed):
            return changed
        current = configuration.client_endpoint(endpoint.tenant_id, endpoint.endpoint_id)
    raise Refusal(f"Endpoint {endpoint.endpoint_id} changes all the time.", "Try again.")


def _patterns(text: str) -> tuple[str, ...]:
    patterns = tuple(part for part in re.split(r"[,\s]+", text) if part)
    for pattern in patterns:
        if not is_pattern(pattern) or not any(matches(pattern, kind) for kind in EventType):
            known = ", ".join(EventType)
            raise Refusal(f"There is no type of event '{pattern}'.", f"Types: {known}.")
    if not patterns:
        raise Refusal("No type of event was given.", "All of them: --events '*'.")
    return patterns


def _shown(endpoint: ClientEndpoint) -> dict[str, object]:
    return endpoint.model_dump(mode="json", exclude={"secret_name", "version"})
