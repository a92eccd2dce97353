"""Every key of every table is built here. The tenant is part of each of them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from recado.domain.addresses import matching_form
from recado.domain.channels import Channel, Provider
from recado.domain.identities import Identity, IdentityKind
from recado.domain.notification import Mode
from recado.domain.orchestration import Target
from recado.domain.receipts import Receipt
from recado.domain.sorting import Position
from recado.ports.notifications import NotificationKey

if TYPE_CHECKING:
    from recado.domain.alerts import AlertKind
    from recado.domain.statistics import CounterKey, CounterScope, Span

META = "META"
INBOUND = "INBOUND"
MEDIA_PREFIX = "MEDIA#"
CONVERSATION = "CONVERSATION"
NAME = "NAME"
ADDRESS_PREFIX = "RECIPIENT#"
REPLY_RULES = "REPLY_RULES"
ACCOUNT_STATE_PREFIX = "ACCOUNT_STATE#"
WEIGHT_PREFIX = "WEIGHT#"
TEMPLATE_HEAD_PREFIX = "TEMPLATE_HEAD#"
TEMPLATE_STATE_PREFIX = "TEMPLATE_STATE#"
CLIENT_ENDPOINT_PREFIX = "CLIENT_ENDPOINT#"
ALERT_PREFIX = "ALERT#"
SENDING_RHYTHM = "SENDING_RHYTHM"
PROFILE = "PROFILE"
DIVISION = "DIVISION"
VEHICLE = "VEHICLE"
REMINDER = "REMINDER"
APPOINTMENT = "APPOINTMENT"
PUSH_PREFIX = "PUSH#"
SUPPRESSION = "SUPPRESSION"
TASK = "TASK"
PART_RESULT_PREFIX = "RESULT#"
DEPARTURE = "DEPARTURE"
COUNTED = "COUNTED"
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


def told_about(tenant_id: str, customer_id: str) -> str:
    """Partition of what the tenant's team was told about a customer."""
    return f"{tenant_id}#about#{customer_id}"


def planned_under(tenant_id: str, key: str) -> str:
    """Partition of what was planned under a client's key."""
    return f"{tenant_id}#key#{_digest(key)}"


def push_subscription(endpoint: str) -> str:
    """Sort key of a push subscription under its person."""
    return f"{PUSH_PREFIX}{_digest(endpoint)}"


def people_listing(tenant_id: str, division: str | None) -> str:
    """Index key of a tenant's people, or of those of one division."""
    return f"{tenant_id}#people" if division is None else f"{tenant_id}#people#{division}"


def vehicle(tenant_id: str, vehicle_id: str) -> str:
    """Partition of a vehicle."""
    return f"{tenant_id}#vehicle#{vehicle_id}"


def vehicle_listing(tenant_id: str, customer_id: str | None) -> str:
    """Index key of a tenant's vehicles, or of those of one customer."""
    return f"{tenant_id}#vehicles" if customer_id is None else f"{tenant_id}#vehicles#{customer_id}"


def reminder(tenant_id: str, reminder_id: str) -> str:
    """Partition of a maintenance reminder."""
    return f"{tenant_id}#reminder#{reminder_id}"


def reminder_listing(tenant_id: str, customer_id: str | None) -> str:
    """Index key of a tenant's reminders, or of those of one customer."""
    if customer_id is None:
        return f"{tenant_id}#reminders"
    return f"{tenant_id}#reminders#{customer_id}"


def appointment(tenant_id: str, mode: Mode, appointment_id: str) -> str:
    """Partition of an appointment."""
    return f"{tenant_id}#appointment#{mode}#{appointment_id}"


def appointment_listing(tenant_id: str, mode: Mode, customer_id: str | None) -> str:
    """Index key of a tenant's appointments, or of those of one customer."""
    if customer_id is None:
        return f"{tenant_id}#appointments#{mode}"
    return f"{tenant_id}#appointments#{mode}#{customer_id}"


def looks(tenant_id: str) -> str:
    """Index key of a tenant's reminders that the clock is to look at."""
    return f"{tenant_id}#look"


def look(day: date, reminder_id: str) -> str:
    """Sort key of such a reminder: by the day on which it is looked at."""
    return f"{day.isoformat()}#{reminder_id}"


def read_look(sort: str) -> str:
    """The id of the reminder that a sort key belongs to."""
    return sort.partition("#")[2]


def listed(position: Position) -> str:
    """Sort key of a place in a list; no sort form holds a tab, and all signs come after it."""
    return "\t".join(position)


def read_listed(sort: str) -> Position:
    """The place in a list that a sort key belongs to."""
    sorted_by, _, thing_id = sort.partition("\t")
    return sorted_by, thing_id


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


def task(tenant_id: str, task_id: str) -> str:
    """Partition of a task: what was asked for, and what became of its parts."""
    return f"{tenant_id}#task#{task_id}"


def part_result(number: int) -> str:
    """Sort key of what became of a part."""
    return f"{PART_RESULT_PREFIX}{number:05d}"


def departure(tenant_id: str, kind: str, its_id: str) -> str:
    """Partition of what another system removed; it may be a person, so only a digest is left."""
    return f"{tenant_id}#departed#{kind}#{_digest(its_id)}"


def orchestration(service_type: str, target: Target) -> str:
    """Sort key of an orchestration configuration under its tenant."""
    return f"{orchestrations(service_type)}{target}"


def orchestrations(service_type: str | None) -> str:
    """What the sort keys of a service type's orchestrations begin with; of all types by None."""
    return f"ORCHESTRATION#{service_type}#" if service_type else "ORCHESTRATION#"


def end_of(prefix: str) -> str:
    """What comes after every sort key with a prefix and an id of ours, which are ASCII."""
    return f"{prefix}~"


def template(template_id: str) -> str:
    """Sort key of the template in force."""
    return f"TEMPLATE#{template_id}"


def template_head(template_id: str) -> str:
    """Sort key of what holds a template's versions together."""
    return f"{TEMPLATE_HEAD_PREFIX}{template_id}"


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


def weight(account_id: str) -> str:
    """Sort key of how far an account is from the weight at which it rests."""
    return f"{WEIGHT_PREFIX}{account_id}"


def performance(tenant_id: str, account_id: str) -> str:
    """Partition of an account's tries, minute by minute."""
    return f"{tenant_id}#performance#{account_id}"


def template_state(account_id: str, name: str, language: str) -> str:
    """Sort key of what a provider said last of an approved template."""
    return f"{TEMPLATE_STATE_PREFIX}{account_id}#{name}#{language}"


def client_endpoint(endpoint_id: str) -> str:
    """Sort key of an address that a client wants events at."""
    return f"{CLIENT_ENDPOINT_PREFIX}{endpoint_id}"


def alert(kind: AlertKind, subject: str) -> str:
    """Sort key of an alert under its tenant: a digest, for names of templates may be long."""
    return f"{ALERT_PREFIX}{kind}#{_digest(subject)}"


def events(tenant_id: str, day: date) -> str:
    """Partition of a tenant's events of a day, in UTC.

    Their sort keys are their ids, digests that spread: sorted by time, all writes of a busy
    tenant would go to the end of the partition.
    """
    return f"{tenant_id}#events#{day:%Y-%m-%d}"


def counters(scope: CounterScope) -> str:
    """Partition of a tenant's counters, or of those of one division."""
    division = "" if scope.division is None else f"#{scope.division}"
    return f"{scope.tenant_id}#statistics#{scope.mode}{division}"


def counters_at(span: Span, at: str) -> str:
    """What the sort keys of the counters of a day or an hour begin with."""
    return f"{span}#{at}#"


def counter(key: CounterKey, shard: int) -> str:
    """Sort key of a counter: a digest, for names of events and templates may be long."""
    cell = key.cell.model_dump_json(exclude_defaults=True)
    return f"{counters_at(key.span, key.at)}{_digest(cell)[:20]}#{shard}"


def read_counter(sort: str) -> str:
    """The day or hour of the counter that a sort key belongs to."""
    return sort.split("#")[1]


def send_bucket(tenant_id: str, account_id: str) -> str:
    """Id of the row that says how much an account may send."""
    return f"send#{tenant_id}#{account_id}"


def recipient_bucket(tenant_id: str, account_id: str, channel: Channel, value: str) -> str:
    """Id of the row that says how much an account may send to one address."""
    return f"{send_bucket(tenant_id, account_id)}#{_digest(matching_form(channel, value))}"


def sent_to_person(tenant_id: str, recipient_id: str, day: date) -> str:
    """Id of the row that counts what a person gets on a day."""
    return f"day#{tenant_id}#{_digest(recipient_id)}#{day:%Y-%m-%d}"


def spending(tenant_id: str, month: str) -> str:
    """Id of the row that says what a tenant spent in a month."""
    return f"spending#{tenant_id}#{month}"


def api_key(key_id: str) -> str:
    """Partition of an API key."""
    return f"api_key#{key_id}"


def api_key_of_tenant(key_id: str) -> str:
    """Sort key under which a tenant lists an API key."""
    return f"{API_KEY_PREFIX}{key_id}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]
