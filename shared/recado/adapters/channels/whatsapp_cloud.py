"""WhatsApp through Meta's Cloud API.

Protocol and codes: developers.facebook.com/docs/whatsapp/cloud-api, pages "Messages" and "Error
codes".

Settings: `phone_number_id`, `base_url` (default: Meta's, with the version of the Graph API).
Secret: `access_token`.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.graph import GraphObject
from recado.adapters.channels.inputs import content_of
from recado.adapters.channels.whatsapp_cloud_content import BASE_URL, request_body
from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.domain.addresses import META_USER_ID
from recado.domain.channels import ChannelAccount
from recado.domain.messages import WhatsAppMessage
from recado.ports.channels import Acceptance, OutboundMessage

MESSAGE_STATUSES = ("accepted", "held_for_quality_assessment", "paused")
"""What Meta says about a template message that it took."""


class WhatsAppCloudSender:
    """Sends through one number of a WhatsApp Business account."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._number = GraphObject(
            account,
            credentials,
            transport,
            id_setting="phone_number_id",
            default_url=BASE_URL,
            errors=ERRORS,
        )

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the approved template, or free text with what goes with it; see `ChannelSender`.

        Free text goes where the message says that it may, or has no template.
        """
        to = message.to.value
        payload = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient" if META_USER_ID.fullmatch(to) else "to": to,
            "biz_opaque_callback_data": message.tag,
            **request_body(content_of(message.content, WhatsAppMessage)),
        }
        answer = self._number.post("messages", payload)
        status = answer.at("messages", 0, "message_status")
        return Acceptance(
            provider_message_id=answer.message_id("messages", 0, "id"),
            detail=str(status) if status in MESSAGE_STATUSES else "",
        )
