"""Ticks and typing, where a provider shows them: WhatsApp's Cloud API alone."""

from __future__ import annotations

import httpx

from recado.domain.channels import ChannelAccount, Provider
from recado.ports.secrets import SecretSource


class WhatsAppSigns:
    """Implements `ports.ConversationSigns`; `transport` takes the place of the network."""

    def __init__(self, secrets: SecretSource, transport: httpx.BaseTransport | None = None) -> None:
        self._secrets = secrets
        self._transport = transport

    def has_signs(self, account: ChannelAccount) -> bool:
        """See `ports.ConversationSigns`."""
        return account.provider is Provider.WHATSAPP_CLOUD

    def show(self, account: ChannelAccount, provider_message_id: str, *, typing: bool) -> None:
        """See `ports.ConversationSigns`."""
        # Imported with its first use, as senders are: it loads the HTTP client.
        from recado.adapters.channels.whatsapp_cloud_conversation import WhatsAppCloudConversation

        name = account.secret_name
        credentials = self._secrets.credentials(name) if name else {}
        conversation = WhatsAppCloudConversation(account, credentials, self._transport)
        if typing:
            conversation.show_typing(provider_message_id)
        else:
            conversation.mark_read(provider_message_id)
