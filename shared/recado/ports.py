"""What the services need from the world, as Protocols; adapters implement them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, Self

from pydantic import Field

from recado.domain.api_keys import ApiKey
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.delivery import Change
from recado.domain.directory import Address, Recipient, Suppression
from recado.domain.messages import Message
from recado.domain.model import Model
from recado.domain.notification import Attempt, Mode, Notification, Timeline
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.receipts import Receipt
from recado.domain.templates import Template, TemplateSlot
from recado.domain.tenants import Tenant
from recado.domain.updates import Update


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class SecretSource(Protocol):
    """Where credentials are kept."""

    def credentials(self, name: str) -> Mapping[str, str]:
        """The credentials under a name.

        Raises
        ------
        AccountError
            There is no such secret, or it is no JSON object of texts.
        """
        ...


class NotificationKey(Model):
    """Names a notification of a tenant."""

    tenant_id: str
    notification_id: str


class Saved(Model):
    """What became of changes: the notifications that were stored, by id, as they stand now.

    `failed` are those that the store did not take, for lack of capacity or for another fault;
    they neither won nor lost. What is in neither place lost a race.
    """

    stored: dict[str, Notification] = Field(default_factory=dict)
    failed: frozenset[str] = frozenset()


class NotificationRepository(Protocol):
    """The log: notifications, their attempts and their history.

    A stored notification that this release cannot read is left out of what is asked for, and
    logged: it must not cost those that were asked for with it.
    """

    def create(self, notification: Notification) -> bool:
        """Store a new notification; False when its id is taken, and then nothing changes."""
        ...

    def get(self, tenant_id: str, notification_id: str) -> Notification | None:
        """A notification as it stands now (a consistent read)."""
        ...

    def get_many(self, keys: Collection[NotificationKey]) -> dict[str, Notification]:
        """Notifications by id, as they stand now; those that do not exist are left out."""
        ...

    def save(self, changes: Sequence[Change]) -> Saved:
        """Store next versions; never raises for what the store could not do.

        A change is stored only where the stored version is still the one that it was made
        from; the others lost a race and must look again. A change whose first answer was lost
        and that had been stored counts as stored. Attempts are stored in any case, and first:
        they were made, whoever won.
        """
        ...

    def look_again(self, keys: Collection[NotificationKey], at: datetime) -> None:
        """Let the clock leave notifications alone until a moment, whatever they hold."""
        ...

    def attempt(self, key: NotificationKey, number: int) -> Attempt | None:
        """An attempt by its number, if its end was recorded."""
        ...

    def attempt_of(
        self, tenant_id: str, account_id: str, provider_message_id: str
    ) -> tuple[NotificationKey, int] | None:
        """The attempt that a provider knows by its id: its notification and its number.

        An attempt that was recorded a moment ago may not be found yet.
        """
        ...

    def timeline(self, tenant_id: str, notification_id: str) -> Timeline | None:
        """A notification with its attempts and history, oldest first."""
        ...

    def due(self, now: datetime, limit: int) -> Iterable[NotificationKey]:
        """Notifications that the clock must look at, those most overdue first."""
        ...


class OrphanReceipts(Protocol):
    """Receipts for messages that nobody here sent, kept for people who look for them."""

    def keep(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts; the same one twice is kept once."""
        ...


class DirectoryRepository(Protocol):
    """People, their addresses and what must not be sent to them."""

    def recipient(self, tenant_id: str, recipient_id: str) -> Recipient | None:
        """A customer or team member with addresses and preferences."""
        ...

    def put_recipient(self, recipient: Recipient) -> None:
        """Store a recipient whole."""
        ...

    def remove_address(self, tenant_id: str, recipient_id: str, address: Address) -> None:
        """Forget an address that ceased to exist; no effect when it is gone already."""
        ...

    def suppressed(
        self, tenant_id: str, addresses: Collection[Address]
    ) -> set[tuple[Channel, str]]:
        """Which of the addresses must not be written to, as (channel, value)."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Put an address on the suppression list; the first evidence is kept."""
        ...


class ConfigurationRepository(Protocol):
    """What a tenant has set up. Reads may be as old as the adapter's cache says."""

    def tenant(self, tenant_id: str) -> Tenant | None:
        """A tenant's rules."""
        ...

    def catalogue(self, tenant_id: str) -> Catalogue | None:
        """A tenant's services, phases and variables."""
        ...

    def orchestration(
        self, tenant_id: str, service_type: str, target: Target
    ) -> Orchestration | None:
        """The channel matrix of a service type for a target."""
        ...

    def templates(self, tenant_id: str, slots: Sequence[TemplateSlot]) -> dict[str, Template]:
        """The templates in force in some slots, by template id; empty slots are left out."""
        ...

    def template_version(self, tenant_id: str, template_id: str, version: int) -> Template | None:
        """One version of a template; versions never change."""
        ...

    def accounts(self, tenant_id: str) -> list[ChannelAccount]:
        """All channel accounts of a tenant."""
        ...

    def api_key(self, key_id: str) -> ApiKey | None:
        """An API key by its public id."""
        ...


class ConfigurationWriter(Protocol):
    """How a tenant is set up: by the seed and by operators' commands."""

    def put_tenant(self, tenant: Tenant) -> None:
        """Store a tenant's rules."""
        ...

    def tenants(self) -> list[Tenant]:
        """All tenants."""
        ...

    def put_catalogue(self, tenant_id: str, catalogue: Catalogue) -> None:
        """Store a tenant's services, phases and variables."""
        ...

    def put_orchestration(self, orchestration: Orchestration) -> None:
        """Store the channel matrix of a service type and target."""
        ...

    def put_account(self, account: ChannelAccount) -> None:
        """Store a channel account."""
        ...

    def put_template(self, template: Template) -> None:
        """Store a version of a template and put it in force."""
        ...

    def put_api_key(self, key: ApiKey) -> None:
        """Store an API key."""
        ...

    def api_keys(self, tenant_id: str) -> list[ApiKey]:
        """All API keys of a tenant, revoked ones too."""
        ...


class RefusedRequests(Protocol):
    """Where requests of the requests queue end that cannot be carried out."""

    def put(self, body: str, *, reason: str) -> None:
        """Keep a request with the reason for its refusal; raises when it cannot be kept."""
        ...


class DeliveryMessage(Model):
    """What a delivery queue carries: the name of a notification, and the step that it is for."""

    v: int = 1
    tenant_id: str
    notification_id: str
    step: int

    @classmethod
    def of(cls, notification: Notification) -> Self:
        """The message for the step that a notification is at."""
        return cls(
            tenant_id=notification.tenant_id,
            notification_id=notification.notification_id,
            step=notification.step,
        )


class Delivery(Model):
    """A message that a queue handed out.

    `source` is the queue's name, `receipt` its proof that we hold the message, opaque here.
    """

    message_id: str
    source: str
    receipt: str
    message: DeliveryMessage

    @property
    def key(self) -> NotificationKey:
        """The notification that it is for."""
        return NotificationKey(
            tenant_id=self.message.tenant_id, notification_id=self.message.notification_id
        )


class DeliveryQueues(Protocol):
    """The delivery queues and their dead-letter queues.

    Apart from `park`, nothing here raises when a queue does not take a message: it is logged,
    and since every notification's row is stored with the time at which it is overdue, the clock
    repairs it.
    """

    def enqueue(self, notifications: Sequence[Notification]) -> None:
        """Put notifications on the queues of their channels.

        Each is visible after its own `delay`, or after 15 minutes if that is longer.
        """
        ...

    def give_up(self, notifications: Sequence[Notification]) -> None:
        """Put notifications into the dead-letter queues of their channels."""
        ...

    def park(self, bodies: Sequence[str]) -> None:
        """Keep messages that nobody can read in the parked queue.

        The one call that raises when the queue does not take them: nothing else holds them.
        """
        ...

    def postpone(self, deliveries: Sequence[tuple[Delivery, timedelta]]) -> None:
        """Make messages that stay in their queue visible again after times of their own."""
        ...


class UpdateQueues(Protocol):
    """Where what a webhook carried is kept until it is worked on.

    Everything here raises when it is not kept: only then may the provider be told 200.
    """

    def put_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts for the receipt processor."""
        ...

    def park(self, bodies: Sequence[str]) -> None:
        """Keep what nothing of ours works on, for people and for a later release."""
        ...


class OutboundMessage(Model):
    """A rendered message with everything that a provider needs to know of it.

    `tag` is what the provider echoes in its receipts; `unsubscribe_url` is set for mail.
    """

    to: Address
    content: Message
    tag: str
    unsubscribe_url: str | None = None


class Acceptance(Model):
    """A provider took a message: its id for it, and what it said."""

    provider_message_id: str
    detail: str = ""


class WebhookRequest(Model):
    """A provider's request as it arrived.

    `body` is the exact bytes, which signatures are about; header names are in lower case.
    `url` is the public address that the provider called, with its query.
    """

    method: str
    url: str
    headers: Mapping[str, str] = Field(default_factory=dict)
    query: Mapping[str, str] = Field(default_factory=dict)
    body: bytes = b""
    account_id: str | None = None


class WebhookAnswer(Model):
    """What the provider is answered."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


class Webhook(Model):
    """What a verified request means: the updates that it carries, and the answer once kept.

    `unreadable` are parts that no version of ours understands, as text, to be kept as they are.
    """

    answer: WebhookAnswer
    updates: tuple[Update, ...] = ()
    unreadable: tuple[str, ...] = ()


class WebhookReader(Protocol):
    """Verifies and reads one provider's requests."""

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means.

        Raises
        ------
        WebhookRefusedError
            The signature or secret is wrong: nothing of it may be kept.
        MalformedWebhookError
            It is signed well and is no such request at all.
        """
        ...


class WebhookAccounts(Protocol):
    """Finds the accounts that webhooks are about."""

    def by_external_id(self, provider: Provider, external_id: str) -> ChannelAccount | None:
        """The account that a provider knows by an id of its own (a phone number id, …)."""
        ...

    def by_id(self, provider: Provider, account_id: str) -> ChannelAccount | None:
        """The account that a webhook's path names; ids in paths are unique in a deployment."""
        ...


class WebhookSecrets(Protocol):
    """What a provider's requests are verified with."""

    def of(self, provider: str) -> Mapping[str, Mapping[str, str]]:
        """The active secrets of a provider's webhooks, by their name (an app, an account)."""
        ...


class ChannelSender(Protocol):
    """Sends messages through one channel account. Threads share it."""

    def send(self, message: OutboundMessage) -> Acceptance:
        """Hand a message to the provider; returning means that the provider has it.

        Raises
        ------
        RetryableError
            Not taken, for a passing reason: try again later on this channel.
        PermanentMessageError, PermanentRecipientError, AddressGoneError, AccountError
            Not taken, and another try would not help: go on to the next channel.
        OutcomeUnknownError
            It may have been taken: never send it again blindly.
        NotAttemptedError
            Nothing was tried: come back later, no attempt is counted.
        """
        ...


class ChannelSenders(Protocol):
    """Finds the sender for an account."""

    def sender_for(self, account: ChannelAccount, mode: Mode) -> ChannelSender:
        """The sender of an account, made on first use; in test mode one that reaches nobody.

        Raises
        ------
        AccountError
            The account's settings or credentials are not complete.
        """
        ...
