"""`recado keys`: create, list and revoke API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from recado.domain.api_keys import ApiKey, new_key
from recado.domain.notification import Mode
from recado_cli import settings
from recado_cli.output import Json, console, messages, moment, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_named, tenants_meant

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command()
def create(
    tenant: Annotated[str, typer.Option(help="Id of the tenant whose key it is.")],
    name: Annotated[str, typer.Option(help="What it is for, to tell it from others.")],
    mode: Annotated[
        Mode, typer.Option(help="A test key's notifications never reach a provider.")
    ] = Mode.LIVE,
    json: Json = False,
) -> None:
    """Create a key and print it. It is shown this once: only a hash of it is stored."""
    stack = settings.stack()
    tenant_id = tenant_named(stack, tenant).tenant_id
    key, text = new_key(tenant_id=tenant_id, mode=mode, name=name, now=datetime.now(UTC))
    stack.configuration.put_api_key(key)
    if json:
        print_json({**_shown(key), "key": text})
        return
    print(text)
    messages().print(f"Key {key.key_id} of {tenant_id} ({mode}). Keep it: it is not shown again.")


@app.command("list")
def list_keys(tenant: TenantOption = None, json: Json = False) -> None:
    """List the keys of a tenant, or of all, revoked ones too."""
    stack = settings.stack()
    keys = [
        key
        for tenant_id in tenants_meant(stack, tenant)
        for key in stack.configuration.api_keys(tenant_id)
    ]
    if json:
        print_json([_shown(key) for key in keys])
        return
    rows = [
        (
            key.key_id,
            key.tenant_id,
            key.name,
            key.mode,
            moment(key.created_at),
            moment(key.revoked_at) if key.revoked_at else "",
        )
        for key in keys
    ]
    console().print(table(("id", "tenant", "name", "mode", "created", "revoked"), rows))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `recado keys list` shows it.")],
) -> None:
    """Revoke a key. Within 30 seconds it opens nothing any more."""
    configuration = settings.stack().configuration
    key = configuration.api_key(key_id)
    if key is None:
        raise Refusal(f"There is no key '{key_id}'.", "`recado keys list` shows all keys.")
    if key.revoked_at is not None:
        console().print(f"Key {key_id} was revoked already, {moment(key.revoked_at)}.")
        return
    configuration.put_api_key(key.model_copy(update={"revoked_at": datetime.now(UTC)}))
    console().print(f"Key {key_id} ({key.name}) of {key.tenant_id} is revoked.")


def _shown(key: ApiKey) -> dict[str, object]:
    document = key.model_dump(mode="json", exclude={"secret_sha256"})
    return {**document, "scopes": sorted(document["scopes"])}
