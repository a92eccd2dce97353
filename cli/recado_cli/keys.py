"""`recado keys`: create, list, rotate and revoke API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from recado.adapters.dynamodb.rate_limits import DynamoDBRateLimits
from recado.bootstrap.deployment import Stack
from recado.domain.api_keys import ApiKey, Role, Scope, new_key, rotated
from recado.domain.names import LONGEST_DIVISION, Division
from recado.domain.notification import Mode
from recado.domain.rate_limits import MOST_PER_SECOND
from recado_cli import settings
from recado_cli.moments import read_moment
from recado_cli.output import Json, console, messages, moment, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_named, tenants_meant

app = typer.Typer(help="API keys.", no_args_is_help=True)

LONGEST_GRACE = 24 * 365
"""Hours; whoever wants two keys for longer wants two keys."""

_DIVISION: TypeAdapter[str | None] = TypeAdapter(Division | None)

KeyId = Annotated[str, typer.Argument(help="The key's id, as `recado keys list` shows it.")]


@app.command()
def create(
    tenant: Annotated[str, typer.Option(help="Id of the tenant whose key it is.")],
    name: Annotated[str, typer.Option(help="What it is for, to tell it from others.")],
    mode: Annotated[
        Mode, typer.Option(help="A test key's notifications never reach a provider.")
    ] = Mode.LIVE,
    role: Annotated[
        Role, typer.Option(help="How far it reaches: every tenant, its own, or one division.")
    ] = Role.TENANT,
    division: Annotated[
        str | None, typer.Option(help="The division, for a key with that role.")
    ] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; again for more. Default: all.")
    ] = None,
    requests_per_second: Annotated[
        int | None,
        typer.Option(help="How often it may ask. Default: 50.", min=1, max=MOST_PER_SECOND),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            help="From when on it opens nothing: 2026-03-02 or 2026-03-02T15:30; UTC unless it "
            "names an offset. Default: never."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Create a key and print it. It is shown this once: only a hash of it is stored."""
    if (role is Role.DIVISION) != (division is not None):
        raise Refusal("--role division goes with --division, and nothing else does.")
    try:
        division = _DIVISION.validate_python(division)
    except ValidationError:
        told = f"A division's name has 1 to {LONGEST_DIVISION} characters."
        raise Refusal(told) from None
    now = datetime.now(UTC)
    end = None if expires is None else read_moment(expires)
    if end is not None and end <= now:
        raise Refusal(f"{moment(end)} is past: the key would open nothing.", "Give a later moment.")
    stack = settings.stack()
    key, text = new_key(
        tenant_id=tenant_named(stack, tenant).tenant_id,
        mode=mode,
        name=name,
        now=now,
        role=role,
        scopes=scope or frozenset(Scope),
        division=division,
        requests_per_second=requests_per_second,
        expires_at=end,
    )
    stack.configuration.put_api_key(key)
    _show_once(key, text, json=json)


@app.command("list")
def list_keys(tenant: TenantOption = None, json: Json = False) -> None:
    """List the keys of a tenant, or of all, revoked ones too."""
    stack = settings.stack()
    keys = [
        key
        for tenant_id in tenants_meant(stack, tenant)
        for key in stack.configuration.api_keys(tenant_id)
    ]
    used = _limits(stack).last_used([key.key_id for key in keys])
    if json:
        print_json([_shown(key, used.get(key.key_id)) for key in keys])
        return
    rows = [
        (
            key.key_id,
            key.tenant_id,
            key.name,
            key.mode,
            f"{key.role} {key.division}" if key.division else key.role,
            _scopes(key),
            moment(key.created_at),
            moment(used[key.key_id]) if key.key_id in used else "never",
            _end(key),
        )
        for key in keys
    ]
    columns = ("id", "tenant", "name", "mode", "role", "scopes", "created", "last used", "ends")
    console().print(table(columns, rows))


@app.command()
def rotate(
    key_id: KeyId,
    grace: Annotated[
        float,
        typer.Option(help="Hours for which the old key still opens.", min=0, max=LONGEST_GRACE),
    ] = 24,
    json: Json = False,
) -> None:
    """Create a key with the same rights in the place of one, which ends after the grace."""
    configuration = settings.stack().configuration
    key = configuration.api_key(key_id)
    if key is None:
        raise _unknown(key_id)
    now = datetime.now(UTC)
    if not key.is_valid(now):
        raise Refusal(f"Key {key_id} opens nothing any more.", "`recado keys create` makes one.")
    successor, old, text = rotated(key, now=now, grace=timedelta(hours=grace))
    # The new one comes first: when this breaks off, the old one still opens.
    configuration.put_api_key(successor)
    if not configuration.replace_api_key(old, read=key):
        configuration.put_api_key(successor.model_copy(update={"revoked_at": now}))
        raise Refusal(f"Key {key_id} was changed meanwhile.", "`recado keys list` shows it.")
    _show_once(successor, text, json=json)
    messages().print(f"Key {key_id} ends: {_end(old)}.")


@app.command()
def revoke(key_id: KeyId, json: Json = False) -> None:
    """Revoke a key. Within 30 seconds it opens nothing any more."""
    stack = settings.stack()
    key = stack.configuration.api_key(key_id)
    if key is None:
        raise _unknown(key_id)
    earlier = key.revoked_at
    if earlier is None:
        key = key.model_copy(update={"revoked_at": datetime.now(UTC)})
        stack.configuration.put_api_key(key)
    if json:
        print_json(_shown(key, _limits(stack).last_used([key_id]).get(key_id)))
        return
    if earlier is not None:
        console().print(f"Key {key_id} was revoked already, {moment(earlier)}.")
        return
    console().print(f"Key {key_id} ({key.name}) of {key.tenant_id} is revoked.")


def _limits(stack: Stack) -> DynamoDBRateLimits:
    return DynamoDBRateLimits(stack.dynamodb, stack.config.rate_limits_table)


def _unknown(key_id: str) -> Refusal:
    return Refusal(f"There is no key '{key_id}'.", "`recado keys list` shows all keys.")


def _show_once(key: ApiKey, text: str, *, json: bool) -> None:
    if json:
        print_json({**_shown(key, None), "key": text})
        return
    print(text)
    told = f"Key {key.key_id} of {key.tenant_id} ({key.mode}). Keep it: it is not shown again."
    messages().print(told)


def _shown(key: ApiKey, last_used_at: datetime | None) -> dict[str, object]:
    document = key.model_dump(mode="json", exclude={"secret_sha256"})
    return {
        **document,
        "scopes": sorted(document["scopes"]),
        "last_used_at": last_used_at.isoformat() if last_used_at else None,
    }


def _scopes(key: ApiKey) -> str:
    return "all" if key.scopes == frozenset(Scope) else " ".join(sorted(key.scopes))


def _end(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {moment(key.revoked_at)}"
    return moment(key.expires_at) if key.expires_at else ""
