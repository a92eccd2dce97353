"""Webhooks, as services see them: requests, what they mean, where that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import Field

from recado.domain.channels import ChannelAccount, Provider
from recado.domain.model import Model
from recado.domain.receipts import Receipt
from recado.domain.updates import InboundUpdate, Update


class UpdateQueues(Protocol):
    """Where what a webhook carried is kept until it is worked on.

    Everything here raises when it is not kept: only then may the provider be told 200.
    """

    def put_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts for the receipt processor."""
        ...

    def put_inbound(self, updates: Sequence[InboundUpdate]) -> None:
        """Keep what else a provider told; what one person sent is worked on in its order.

        The same update twice within a few minutes is kept once.
        """
        ...

    def park(self, bodies: Sequence[str]) -> None:
        """Keep what nothing of ours works on, for people and for a later release."""
        ...


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


class PublishedReader(Protocol):
    """Reads what one provider publishes to a topic of ours."""

    def read_notification(self, message: str) -> Webhook:
        """What a published text means; its answer is for nobody.

        Raises
        ------
        MalformedWebhookError
            It is nothing of that provider's: another try would not help.
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
