"""Finds the source of an account's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from recado.adapters.media.http_download import MediaHttp
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.media import MediaRefusedError
from recado.ports.media import MediaSource
from recado.ports.secrets import SecretSource

SOURCES: Mapping[Provider, str] = {
    Provider.WHATSAPP_CLOUD: "whatsapp_cloud:WhatsAppCloudMedia",
    Provider.EVOLUTION: "evolution:EvolutionMedia",
    Provider.TWILIO_WHATSAPP: "twilio:TwilioMedia",
    Provider.TWILIO_SMS: "twilio:TwilioMedia",
    Provider.TELEGRAM: "telegram:TelegramMedia",
    Provider.MESSENGER: "messenger:MessengerMedia",
    Provider.INSTAGRAM: "messenger:MessengerMedia",
    Provider.SLACK: "slack:SlackMedia",
}
"""Module and class of each provider through which people send files."""


class MediaSourceRegistry:
    """Makes a source for each file: it holds nothing but credentials, which may change."""

    def __init__(self, secrets: SecretSource, http: MediaHttp) -> None:
        self._secrets = secrets
        self._http = http

    def source_for(self, account: ChannelAccount) -> MediaSource:
        """See `MediaSources`."""
        if account.provider not in SOURCES:
            raise MediaRefusedError("no_source")
        module, _, name = SOURCES[account.provider].partition(":")
        adapter = getattr(import_module(f"recado.adapters.media.{module}"), name)
        make = cast(
            "Callable[[ChannelAccount, Mapping[str, str], MediaHttp], MediaSource]", adapter
        )
        secret = account.secret_name
        return make(account, self._secrets.credentials(secret) if secret else {}, self._http)
