"""Checks of each tenant's set-up: accounts, time zone, channel matrices, templates, team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botocore.exceptions import ClientError

from recado.adapters.secrets import SecretsManagerSource
from recado.bootstrap.deployment import Stack
from recado.domain.channels import ChannelAccount
from recado.domain.occasions import Occasion
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.routing import best_account
from recado.domain.templates import TemplateSlot
from recado.domain.tenants import Tenant
from recado.ports.secrets import SecretSource
from recado_cli import settings
from recado_cli.account_fault import account_fault
from recado_cli.checks.finding import Finding
from recado_cli.checks.occasions import check_occasions
from recado_cli.checks.providers import check_providers
from recado_cli.tenants import tenant_ids

LOAD = "Complete the tenant's files and run `recado seed`."
PUT = "Mend the account's entry and run `recado accounts put FILE`."


def check_tenants(stack: Stack) -> Iterator[Finding]:
    """There are tenants, and each of them can reach its people."""
    found = tenant_ids(stack)
    if not found:
        yield Finding("tenant", "all", "There is no tenant.", "`recado seed` loads one.")
    secrets = SecretsManagerSource(settings.secrets_manager())
    for tenant_id in found:
        tenant = stack.configuration.tenant(tenant_id)
        catalogue = stack.configuration.catalogue(tenant_id)
        if tenant is None or catalogue is None:
            yield Finding("tenant", tenant_id, "It has no catalogue.", LOAD)
            continue
        yield Finding("tenant", tenant_id)
        accounts = stack.configuration.accounts(tenant_id)
        for account in accounts:
            yield _check_account(account, secrets)
        yield _check_time_zone(tenant)
        yield from check_providers(stack, tenant)
        yield from _check_matrices(stack, tenant, catalogue, accounts)
        yield from check_occasions(stack, tenant, catalogue)
        yield _check_team(stack, tenant)


def _check_account(account: ChannelAccount, secrets: SecretSource) -> Finding:
    """Its secret exists, and its adapter finds settings and credentials complete."""
    subject = f"{account.tenant_id}/{account.account_id}"
    try:
        fault = account_fault(account, secrets)
    except ClientError as error:
        fault = f"its secret cannot be read: {error.response['Error'].get('Code', '')}"
    if fault is None:
        return Finding("account", subject)
    return Finding("account", subject, f"It cannot send: {fault}.", PUT)


def _check_time_zone(tenant: Tenant) -> Finding:
    """Its days begin when its people's do."""
    subject = f"{tenant.tenant_id}/{tenant.time_zone}"
    try:
        ZoneInfo(tenant.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problem = "There is no such time zone: reminders and quiet hours cannot be reckoned."
        mend = "Name one of the IANA database (America/Guayaquil) in tenant.yaml; `recado seed`."
        return Finding("time zone", subject, problem, mend)
    return Finding("time zone", subject)


def _check_matrices(
    stack: Stack, tenant: Tenant, catalogue: Catalogue, accounts: Sequence[ChannelAccount]
) -> Iterator[Finding]:
    """Each service type and target has channels; each channel an account and templates."""
    channels = set()
    for service_type, target in product(catalogue.service_types, Target):
        subject = f"{tenant.tenant_id}/{service_type.slug}/{target}"
        matrix = stack.configuration.orchestration(tenant.tenant_id, service_type.slug, target)
        if matrix is None:
            yield Finding("matrix", subject, "No channels are configured for it.", LOAD)
            continue
        slots = _enabled_slots(matrix, tenant.locale)
        channels |= {slot.channel for slot in slots}
        yield _check_templates(stack, tenant, subject, slots)
    for channel in sorted(channels):
        subject = f"{tenant.tenant_id}/{channel}"
        if best_account(accounts, channel):
            yield Finding("channel", subject)
        else:
            mend = "Store one with `recado accounts put FILE`."
            yield Finding("channel", subject, "No enabled account serves this channel.", mend)


def _enabled_slots(matrix: Orchestration, locale: str) -> list[TemplateSlot]:
    """The places of its phases; the templates of occasions are looked for in other ways."""
    return [
        TemplateSlot(
            service_type=matrix.service_type,
            phase=phase,
            target=matrix.target,
            channel=channel,
            locale=locale,
        )
        for phase, row in matrix.matrix.items()
        if phase not in Occasion
        for channel, is_enabled in row.items()
        if is_enabled
    ]


def _check_templates(
    stack: Stack, tenant: Tenant, subject: str, slots: Sequence[TemplateSlot]
) -> Finding:
    """There is a template in force, in the tenant's own locale, for each enabled channel."""
    in_force = stack.configuration.templates(tenant.tenant_id, slots)
    missing = [f"{slot.phase}/{slot.channel}" for slot in slots if slot.template_id not in in_force]
    if missing:
        problem = f"No template ({tenant.locale}) is in force for {', '.join(missing)}."
        return Finding("templates", subject, problem, LOAD)
    return Finding("templates", subject)


def _check_team(stack: Stack, tenant: Tenant) -> Finding:
    """Events for `staff` find somebody with an address."""
    subject = f"{tenant.tenant_id}/{tenant.team_recipient_id or 'team'}"
    team = stack.directory.recipient(tenant.tenant_id, tenant.team_recipient_id or "")
    if team is None:
        problem = "Nobody receives events for staff: the tenant's team_recipient_id names no one."
        return Finding("team", subject, problem, LOAD)
    if not team.addresses:
        return Finding("team", subject, "It has no address.", LOAD)
    return Finding("team", subject)
