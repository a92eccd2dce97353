"""`recado accounts`: a tenant's accounts at providers, with their credentials."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from botocore.exceptions import ClientError
from pydantic import ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from recado.bootstrap.deployment import Stack
from recado.domain.channels import Channel, ChannelAccount, Provider, SendLimits
from recado.domain.model import Model, RequestModel
from recado.domain.rate_limits import RateLimit
from recado.domain.weights import AccountWeight, WeightChange, at_rest, sharing
from recado_cli import settings
from recado_cli.account_fault import account_fault
from recado_cli.output import Json, console, messages, moment, print_json, table
from recado_cli.refusals import Refusal
from recado_cli.tenants import TenantOption, tenant_named, tenants_meant
from recado_cli.yaml_files import mistakes, read_yaml

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

app = typer.Typer(help="Accounts at providers.", no_args_is_help=True)

CHANGES_SHOWN = 5
"""The table shows so many changes of a weight; `--json` has them all."""


@dataclass(frozen=True)
class WebhookCredentials:
    """How the requests of a provider are verified.

    Parameters
    ----------
    variable
        Names the secret with the credentials of all accounts.
    names
        The credentials that go there.
    setting
        The account's setting under whose value they stand there; without one, its own id.
    is_for_sending_too
        Whether the account needs them for sending as well: else no function that sends gets them.
    """

    variable: str
    names: frozenset[str]
    setting: str | None = None
    is_for_sending_too: bool = False


_META = WebhookCredentials(
    "META_WEBHOOK_SECRET_NAME", frozenset({"app_secret", "verify_token"}), setting="app_id"
)
_TWILIO = WebhookCredentials(
    "TWILIO_WEBHOOK_SECRET_NAME",
    frozenset({"auth_token"}),
    setting="account_sid",
    is_for_sending_too=True,
)
WEBHOOK_CREDENTIALS = {
    Provider.WHATSAPP_CLOUD: _META,
    Provider.MESSENGER: _META,
    Provider.INSTAGRAM: _META,
    Provider.TWILIO_WHATSAPP: _TWILIO,
    Provider.TWILIO_SMS: _TWILIO,
    Provider.EVOLUTION: WebhookCredentials(
        "EVOLUTION_WEBHOOK_SECRET_NAME", frozenset({"webhook_secret"})
    ),
    Provider.TELEGRAM: WebhookCredentials(
        "TELEGRAM_WEBHOOK_SECRET_NAME", frozenset({"secret_token"})
    ),
    Provider.SLACK: WebhookCredentials(
        "SLACK_WEBHOOK_SECRET_NAME", frozenset({"signing_secret"}), setting="app_id"
    ),
}
"""Providers without an entry have no webhooks, or such as need no secret (SES)."""


class RateEntry(RateLimit):
    """So many messages in so many seconds, and so many at once after a rest."""

    model_config = ConfigDict(extra="forbid")


class LimitsEntry(SendLimits):
    """How fast an account sends, where that is not as fast as its provider lets it."""

    model_config = ConfigDict(extra="forbid")

    account: RateEntry | None = None
    recipient: RateEntry | None = None


class AccountEntry(RequestModel):
    """An account as a file of `recado accounts put` holds it.

    `credentials` are left out where the provider needs none (Amazon SES). They are never shown.
    Without `timeout_seconds` the account gets the one that suits its provider.
    """

    account_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    tenant_id: str
    provider: Provider
    settings: dict[str, str] = Field(default_factory=dict)
    timeout_seconds: float | None = Field(default=None, gt=0, le=100)
    priority: int = 1
    weight: int = Field(default=100, ge=0, le=1000)
    enabled: bool = True
    limits: LimitsEntry = Field(default_factory=LimitsEntry)
    credentials: dict[str, SecretStr] | None = None

    def account(self, environment: str) -> ChannelAccount:
        """The account as the configuration holds it."""
        name = f"recado/{environment}/channel-accounts/{self.tenant_id}/{self.account_id}"
        return ChannelAccount(
            **self.model_dump(exclude={"credentials"}, exclude_none=True),
            secret_name=None if self.credentials is None else name,
        )

    def secret(self) -> dict[str, str]:
        """The credentials for sending, readable."""
        verifies = self.webhook_credentials
        kept_away = verifies.names if verifies and not verifies.is_for_sending_too else frozenset()
        return {name: value for name, value in self._readable() if name not in kept_away}

    def webhook_secret(self) -> dict[str, str]:
        """The credentials that the provider's webhooks are verified with, readable."""
        verifies = self.webhook_credentials
        names = verifies.names if verifies else frozenset()
        return {name: value for name, value in self._readable() if name in names}

    @property
    def webhook_credentials(self) -> WebhookCredentials | None:
        """How the provider's requests are verified; None where they need no secret."""
        return WEBHOOK_CREDENTIALS.get(self.provider)

    def _readable(self) -> Iterator[tuple[str, str]]:
        for name, value in (self.credentials or {}).items():
            yield name, value.get_secret_value()


class WeightView(Model):
    """An account's share of its channel's messages, and the latest changes, oldest first."""

    tenant_id: str
    account_id: str
    channel: Channel
    priority: int
    resting: int
    current: float
    changes: tuple[WeightChange, ...]


class _CredentialsOfEntry:
    """Implements `ports.SecretSource` with what a file holds."""

    def __init__(self, entry: AccountEntry) -> None:
        self._entry = entry

    def credentials(self, name: str) -> Mapping[str, str]:
        """See `ports.SecretSource`."""
        del name
        return self._entry.secret()


@app.command()
def put(
    file: Annotated[
        Path, typer.Argument(help="YAML or JSON list of accounts (docs/cli.md has an example).")
    ],
    json: Json = False,
) -> None:
    """Store accounts: credentials in Secrets Manager, the rest in the configuration table.

    Nothing is stored unless every account of the file is complete.
    """
    environment = settings.required("ENVIRONMENT")
    stack = settings.stack()
    entries = _read(file)
    _refuse_incomplete(file, stack, entries, environment)
    secrets = settings.secrets_manager()
    done = []
    for entry in entries:
        account = entry.account(environment)
        stored = "none"
        if account.secret_name is not None:
            stored = _put_secret(secrets, account.secret_name, entry.secret())
        if entry.webhook_credentials and entry.webhook_secret():
            _put_webhook_secret(secrets, entry, entry.webhook_credentials)
        done.append({**_shown(account), "account": _put(stack, account), "secret": stored})
    if json:
        print_json(done)
        return
    columns = ("tenant_id", "account_id", "channel", "provider", "account", "secret")
    console().print(table(columns, [[str(row[column]) for column in columns] for row in done]))


@app.command("list")
def list_accounts(tenant: TenantOption = None, json: Json = False) -> None:
    """List the accounts of a tenant, or of all, without credentials."""
    stack = settings.stack()
    accounts = [
        account
        for tenant_id in tenants_meant(stack, tenant)
        for account in stack.configuration.accounts(tenant_id)
    ]
    if json:
        print_json([_shown(account) for account in accounts])
        return
    rows = [
        (
            account.tenant_id,
            account.account_id,
            account.channel,
            account.provider,
            str(account.priority),
            str(account.weight),
            "yes" if account.enabled else "no",
            "\n".join(f"{name}: {value}" for name, value in account.settings.items()),
        )
        for account in sorted(accounts, key=lambda a: (a.tenant_id, a.channel, a.priority))
    ]
    columns = (
        "tenant",
        "account",
        "channel",
        "provider",
        "priority",
        "weight",
        "enabled",
        "settings",
    )
    console().print(table(columns, rows))


@app.command()
def weights(tenant: TenantOption = None, json: Json = False) -> None:
    """Show how messages are shared among the accounts of a channel, and why that changed."""
    stack = settings.stack()
    shown = [
        _weighed(account, stored.get(account.account_id, at_rest(account)))
        for tenant_id in tenants_meant(stack, tenant)
        for stored in [stack.configuration.weights(tenant_id)]
        for group in sharing(stack.configuration.accounts(tenant_id))
        for account in group
    ]
    if json:
        print_json([view.model_dump(mode="json") for view in shown])
        return
    if not shown:
        messages().print("No channel has several accounts of one priority and with a weight.")
        return
    columns = ("tenant", "account", "channel", "priority", "rests at", "now", "latest changes")
    console().print(table(columns, [_row(view) for view in shown]))


def _weighed(account: ChannelAccount, weight: AccountWeight) -> WeightView:
    return WeightView(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        channel=account.channel,
        priority=account.priority,
        resting=account.weight,
        current=weight.current(account.weight),
        changes=weight.changes,
    )


def _row(view: WeightView) -> tuple[str, ...]:
    latest = [
        f"{moment(change.at)}  {change.before:g} -> {change.after:g}  {change.reason}"
        + (f": {change.detail}" if change.detail else "")
        for change in reversed(view.changes[-CHANGES_SHOWN:])
    ]
    return (
        view.tenant_id,
        view.account_id,
        view.channel,
        str(view.priority),
        str(view.resting),
        f"{view.current:g}",
        "\n".join(latest),
    )


def _read(file: Path) -> list[AccountEntry]:
    try:
        return TypeAdapter(list[AccountEntry]).validate_python(read_yaml(file))
    except ValidationError as error:
        raise Refusal(f"{file}: {'; '.join(mistakes(error))}.", "Nothing was stored.") from None


def _refuse_incomplete(
    file: Path, stack: Stack, entries: list[AccountEntry], environment: str
) -> None:
    for entry in entries:
        tenant_named(stack, entry.tenant_id)
        fault = account_fault(entry.account(environment), _CredentialsOfEntry(entry))
        if fault is not None:
            raise Refusal(f"{file}, account '{entry.account_id}': {fault}.", "Nothing was stored.")
        verifies, given = entry.webhook_credentials, entry.webhook_secret()
        if verifies and given and verifies.setting and verifies.setting not in entry.settings:
            raise Refusal(
                f"{file}, account '{entry.account_id}': the setting '{verifies.setting}' is "
                f"missing, under which {' and '.join(sorted(given))} are kept for webhooks.",
                "Nothing was stored.",
            )
        if verifies and verifies.setting is None:
            taken = stack.configuration.by_id(entry.provider, entry.account_id)
            if taken and taken.tenant_id != entry.tenant_id:
                raise Refusal(
                    f"{file}, account '{entry.account_id}': tenant '{taken.tenant_id}' has an "
                    "account of this provider with this id, which stands in its webhook's path.",
                    "Nothing was stored. Take another account_id.",
                )


def _put(stack: Stack, account: ChannelAccount) -> str:
    """Store an account; says what that changed."""
    known = {a.account_id: a for a in stack.configuration.accounts(account.tenant_id)}
    before = known.get(account.account_id)
    if before == account:
        return "unchanged"
    stack.configuration.put_account(account)
    return "created" if before is None else "changed"


def _put_webhook_secret(
    secrets: SecretsManagerClient, entry: AccountEntry, verifies: WebhookCredentials
) -> None:
    """Add an account's credentials to those that its provider's webhooks are verified with."""
    name = settings.required(verifies.variable)
    known = json_format.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    owner = entry.settings[verifies.setting] if verifies.setting else entry.account_id
    changed = {**known, owner: {**known.get(owner, {}), **entry.webhook_secret()}}
    if changed != known:
        text = json_format.dumps(changed, sort_keys=True)
        secrets.put_secret_value(SecretId=name, SecretString=text)


def _put_secret(secrets: SecretsManagerClient, name: str, credentials: dict[str, str]) -> str:
    """Store credentials; says what that changed."""
    text = json_format.dumps(credentials, ensure_ascii=False, sort_keys=True)
    try:
        before = secrets.get_secret_value(SecretId=name)["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        secrets.create_secret(Name=name, SecretString=text)
        return "created"
    if before == text:
        return "unchanged"
    secrets.put_secret_value(SecretId=name, SecretString=text)
    return "changed"


def _shown(account: ChannelAccount) -> dict[str, object]:
    return {**account.model_dump(mode="json"), "channel": account.channel.value}
