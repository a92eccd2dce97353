"""Every key of every table is built here. The tenant is part of each of them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from recado.domain.addresses import matching_form
from recado.domain.channels import Channel, Provider
from recado.domain.identities import Identity, IdentityKind
from recado.domain.orchestration import Target
from recado.domain.receipts import Receipt
from recado.ports.notifications import NotificationKey

META = "META"
INBOUND = "INBOUND"
MEDIA_PREFIX = "MEDIA#"
CONVERSATION = "CONVERSATION"
NAME = "NAME"
ADDRESS_PREFIX = "RECIPIENT#"
REPLY_RULES = "REPLY_RULES"
ACCOUNT_STATE_PREFIX = "ACCOUNT_STATE#"
TEMPLATE_STATE_PREFIX = "TEMPLATE_STATE#"
CLIENT_ENDPOINT_PREFIX = "CLIENT_ENDPOINT#"
PROFILE = "PROFILE"
SUPPRESSION = "SUPPRESSION"
TENANT = "TENANT"
TENANTS = "#tenants"
"""Partition that lists all tenants; no tenant's id begins with that sign."""

EXTERNAL_ACCOUNT = "EXTERNAL_ACCOUNT"
CATALOGUE = "CATALOGUE"
ACCOUNT_PREFIX = "ACCOUNT#"
API_KEY = "API_KEY"
API_KEY_PREFIX = "API_KEY#"

DAY_SHARDS = 4


def timestamp(moment: datetime) -> str:
    """A moment as text that sorts by time: UTC, always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def notification(key: NotificationKey) -> str:
    """Partition of a notification: its row, its attempts and its history."""
    return f"{key.tenant_id}#{key.notification_id}"


def read_notification(partition: str) -> NotificationKey:
    """The notification that a partition belongs to."""
    tenant_id, _, notification_id = partition.partition("#")
    return NotificationKey(tenant_id=tenant_id, notification_id=notification_id)


def inbound(tenant_id: str, message_id: str) -> str:
    """Partition of a person's message in the log."""
    return f"{tenant_id}#{message_id}"


def media(index: int) -> str:
    """Sort key of what became of a message's file."""
    return f"{MEDIA_PREFIX}{index:03d}"


def read_media(sort: str) -> int:
    """The index of the file that a sort key belongs to."""
    return int(sort.removeprefix(MEDIA_PREFIX))


def conversation(tenant_id: str, conversation_id: str) -> str:
    """Partition of a conversation."""
    return f"{tenant_id}#{conversation_id}"


def name_of_person(tenant_id: str, account_id: str, name: Identity) -> str:
    """Partition of a name under which an account knows a person, one for all spellings of it."""
    value = name.value
    if name.kind is IdentityKind.PHONE:
        value = matching_form(Channel.WHATSAPP, value)
    return f"{tenant_id}#name#{account_id}#{_digest(f'{name.kind}#{value}')}"


def attempt(number: int) -> str:
    """Sort key of an attempt."""
    return f"ATTEMPT#{number:03d}"


def read_attempt(sort: str) -> int:
    """The number of the attempt that a sort key belongs to."""
    return int(sort.removeprefix("ATTEMPT#"))


def history(at: datetime, kind: str) -> str:
    """Sort key of a history entry."""
    return f"HISTORY#{timestamp(at)}#{kind}"


def provider_message(tenant_id: str, account_id: str, provider_message_id: str) -> str:
    """Index key of the attempt that a provider's message id belongs to."""
    return f"{tenant_id}#{account_id}#{provider_message_id}"


def orphans(tenant_id: str, received_at: datetime) -> str:
    """Partition of a day's receipts that belong to no attempt of ours."""
    return f"{tenant_id}#orphans#{received_at:%Y-%m-%d}"


def orphan(receipt: Receipt) -> str:
    """Sort key of such a receipt."""
    names = (receipt.account_id, receipt.provider_message_id, receipt.status)
    return f"RECEIPT#{'#'.join(names)}"


def log_position(tenant_id: str, at: datetime, entry_id: str) -> tuple[str, str]:
    """A place in the log as its indexes sort: by time, then by partition."""
    return timestamp(at), f"{tenant_id}#{entry_id}"


def day_shards(tenant_id: str, date: date) -> list[str]:
    """Index keys of a tenant's day, all its shards."""
    return [f"{tenant_id}#{date:%Y-%m-%d}#{shard}" for shard in range(DAY_SHARDS)]


def day(tenant_id: str, created_at: datetime, notification_id: str) -> str:
    """Index key of a tenant's day, spread so that a busy day is no hot partition."""
    shard = _digest(notification_id)[0]
    return f"{tenant_id}#{created_at:%Y-%m-%d}#{int(shard, 16) % DAY_SHARDS}"


def recipient(tenant_id: str, recipient_id: str) -> str:
    """Partition of a person, and index key of what was sent to them."""
    return f"{tenant_id}#recipient#{recipient_id}"


def push_subscription(endpoint: str) -> str:
    """Sort key of a push subscription under its person."""
    return f"PUSH#{_digest(endpoint)}"


def address(tenant_id: str, channel: Channel, value: str) -> str:
    """Partition of those who have an address, one for all spellings of it."""
    return f"{tenant_id}#address#{channel}#{_digest(matching_form(channel, value))}"


def address_of(recipient_id: str) -> str:
    """Sort key of somebody who has an address."""
    return f"{ADDRESS_PREFIX}{recipient_id}"


def lifted(at: datetime) -> str:
    """Sort key of a suppression that was lifted."""
    return f"LIFTED#{timestamp(at)}"


def suppression(tenant_id: str, channel: Channel, address: str) -> str:
    """Partition of a suppressed address, the same for every spelling of it."""
    return f"{tenant_id}#suppression#{channel}#{_digest(matching_form(channel, address))}"


def orchestration(service_type: str, target: Target) -> str:
    """Sort key of an orchestration configuration under its tenant."""
    return f"ORCHESTRATION#{service_type}#{target}"


def template(template_id: str) -> str:
    """Sort key of the template in force."""
    return f"TEMPLATE#{template_id}"


def template_version(template_id: str, version: int) -> str:
    """Sort key of one version of a template."""
    return f"VERSION#{template_id}#{version:05d}"


def account(account_id: str) -> str:
    """Sort key of a channel account under its tenant."""
    return f"{ACCOUNT_PREFIX}{account_id}"


def external_account(provider: Provider, external_id: str) -> tuple[str, str]:
    """Partition and sort key that lead from a provider's own id to the account."""
    return f"#external#{provider}#{_digest(external_id)}", EXTERNAL_ACCOUNT


def account_state(account_id: str) -> str:
    """Sort key of what a provider said last of an account."""
    return f"{ACCOUNT_STATE_PREFIX}{account_id}"


def template_state(account_id: str, name: str, language: str) -> str:
    """Sort key of what a provider said last of an approved template."""
    return f"{TEMPLATE_STATE_PREFIX}{account_id}#{name}#{language}"


def client_endpoint(endpoint_id: str) -> str:
    """Sort key of an address that a client wants events at."""
    return f"{CLIENT_ENDPOINT_PREFIX}{endpoint_id}"


def events(tenant_id: str, day: date) -> str:
    """Partition of a tenant's events of a day, in UTC.

    Their sort keys are their ids, digests that spread: sorted by time, all writes of a busy
    tenant would go to the end of the partition.
    """
    return f"{tenant_id}#events#{day:%Y-%m-%d}"


def api_key(key_id: str) -> str:
    """Partition of an API key."""
    return f"api_key#{key_id}"


def api_key_of_tenant(key_id: str) -> str:
    """Sort key under which a tenant lists an API key."""
    return f"{API_KEY_PREFIX}{key_id}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]
