"""Checks of what is known of providers: tokens that end, accounts and templates out of order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from recado.adapters.dynamodb.circuits import DynamoDBCircuits
from recado.adapters.dynamodb.templates_in_force import DynamoDBTemplatesInForce
from recado.bootstrap.deployment import Stack
from recado.domain.account_states import NOT_SENT
from recado.domain.channel_health import AccountHealth, HealthState
from recado.domain.channels import ChannelAccount
from recado.domain.circuits import Circuit
from recado.domain.conditions import is_expiry_unreadable, token_expires, token_expiry
from recado.domain.templates import approved_template
from recado.domain.tenants import Tenant
from recado_cli.checks.finding import Finding

PUT = "Put a new one with `recado accounts put FILE`."
MEND = "Write it as a day (2027-01-20) in its entry and run `recado accounts put FILE`."
LOOK = "Look at it in the provider's console."

NOT_YET_SENT = frozenset({"PENDING", "IN_APPEAL"})
"""Statuses of a template that its provider has yet to decide on."""


def check_providers(stack: Stack, tenant: Tenant) -> Iterator[Finding]:
    """Enabled accounts can send, in the days to come too, and their templates are sent."""
    accounts = [a for a in stack.configuration.accounts(tenant.tenant_id) if a.enabled]
    for account in accounts:
        yield from _check_token(account, tenant)
    yield from _check_states(stack, tenant, accounts)
    yield _check_approved_templates(stack, tenant, accounts)


def _check_token(account: ChannelAccount, tenant: Tenant) -> Iterator[Finding]:
    """Its token holds for longer than the tenant wants to know beforehand; many never end."""
    now = datetime.now(UTC)
    subject = f"{account.tenant_id}/{account.account_id}"
    ends = token_expiry(account)
    if is_expiry_unreadable(account):
        problem = "Its token_expires_at is no moment of the years 2000 to 9998: nobody is warned."
        yield Finding("token", subject, problem, MEND)
        return
    if ends is None:
        return
    if token_expires(account, now, tenant.alerts) is None:
        yield Finding("token", subject)
        return
    told = "ended" if ends <= now else "ends"
    yield Finding("token", subject, f"It {told} on {ends:%Y-%m-%d at %H:%M} UTC.", PUT)


def _check_states(
    stack: Stack, tenant: Tenant, accounts: list[ChannelAccount]
) -> Iterator[Finding]:
    """No account is down, by its provider's word or by its own circuit."""
    circuits = _circuits(stack, accounts)
    states = stack.configuration.account_states(tenant.tenant_id)
    told = {state.account_id: state for state in states}
    for account in accounts:
        subject = f"{account.tenant_id}/{account.account_id}"
        health = AccountHealth(
            account=account,
            circuit=circuits.get(account.account_id, Circuit()),
            told=told.get(account.account_id),
        )
        if health.state is HealthState.OK:
            yield Finding("account state", subject)
        elif health.circuit.state != Circuit().state:
            problem = "It rests, because it failed again and again."
            yield Finding("account state", subject, problem, "See docs/runbooks/circuit-open.md.")
        elif health.told is not None:
            problem = f"It is {health.told.status}: its provider said {health.told.event}."
            yield Finding("account state", subject, problem, LOOK)


def _circuits(stack: Stack, accounts: list[ChannelAccount]) -> dict[str, Circuit]:
    """The accounts' circuits; none where they cannot be read, which their table's check tells."""
    try:
        return DynamoDBCircuits(stack.dynamodb, stack.config.circuit_breakers_table).of(accounts)
    except ClientError:
        return {}


def _check_approved_templates(
    stack: Stack, tenant: Tenant, accounts: list[ChannelAccount]
) -> Finding:
    """Providers send the templates that ours name, as far as they told."""
    table = stack.config.configuration_table
    in_force = DynamoDBTemplatesInForce(stack.dynamodb, table).in_force(tenant.tenant_id)
    used = [named for each in in_force if (named := approved_template(each.content))]
    enabled = {account.account_id for account in accounts}
    stopped = sorted(
        f"{state.name} ({state.language}) is {state.status}"
        for state in stack.configuration.template_states(tenant.tenant_id)
        if state.account_id in enabled
        and state.status in NOT_SENT | NOT_YET_SENT
        and any(state.is_about(named) for named in used)
    )
    if not stopped:
        return Finding("approved templates", tenant.tenant_id)
    mend = "See why in the provider's console; publish another text with `recado templates push`."
    return Finding("approved templates", tenant.tenant_id, f"{', '.join(stopped)}.", mend)
