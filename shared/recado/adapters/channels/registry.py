"""Finds the sender of a channel account, and makes it when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import cast

from recado.adapters.channels.test_mode import TestModeSender
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError, DeliveryError
from recado.domain.notification import Mode
from recado.ports.channels import ChannelSender
from recado.ports.secrets import SecretSource

ADAPTERS: Mapping[Provider, str] = {
    Provider.WHATSAPP_CLOUD: "whatsapp_cloud:WhatsAppCloudSender",
    Provider.EVOLUTION: "evolution:EvolutionSender",
    Provider.TWILIO_WHATSAPP: "twilio:TwilioSender",
    Provider.TWILIO_SMS: "twilio:TwilioSender",
    Provider.SMTP: "smtp:SmtpSender",
    Provider.SES: "ses:SesSender",
    Provider.WEB_PUSH: "web_push:WebPushSender",
    Provider.MESSENGER: "messenger:MessengerSender",
    Provider.INSTAGRAM: "messenger:InstagramSender",
    Provider.TELEGRAM: "telegram:TelegramSender",
    Provider.SLACK: "slack:SlackSender",
}
"""Module and class of each provider; a module is imported with its first account, since most
functions see one or two providers and an import costs up to 100 ms."""


@dataclass(frozen=True)
class _Entry:
    account: ChannelAccount
    credentials: Mapping[str, str]
    sender: ChannelSender


class ChannelSenderRegistry:
    """One sender for each account, until its settings or credentials change.

    `guard` wraps a new sender in what stands between it and its callers.
    """

    def __init__(
        self,
        secrets: SecretSource,
        guard: Callable[[ChannelAccount, ChannelSender], ChannelSender],
    ) -> None:
        self._secrets = secrets
        self._guard = guard
        self._test_mode = TestModeSender()
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._lock = Lock()

    def sender_for(self, account: ChannelAccount, mode: Mode) -> ChannelSender:
        """The sender of an account; see `ChannelSenders`."""
        if mode is Mode.TEST:
            return self._test_mode
        name = account.secret_name
        credentials = dict(self._secrets.credentials(name)) if name else {}
        key = (account.tenant_id, account.account_id)
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or (entry.account, entry.credentials) != (account, credentials):
                sender = self._guard(account, _new_sender(account, credentials))
                entry = self._entries[key] = _Entry(account, credentials, sender)
        return entry.sender


def _new_sender(account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
    module, _, name = ADAPTERS[account.provider].partition(":")
    adapter = getattr(import_module(f"recado.adapters.channels.{module}"), name)
    make = cast("Callable[[ChannelAccount, Mapping[str, str]], ChannelSender]", adapter)
    try:
        return make(account, credentials)
    except DeliveryError:
        raise
    # Libraries refuse settings in ways of their own: a region, an address, a key.
    except Exception as error:
        raise AccountError("bad_setting", type(error).__name__) from None
