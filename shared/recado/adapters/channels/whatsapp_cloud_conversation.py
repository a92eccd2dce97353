"""What a conversation on WhatsApp's Cloud API has beside messages: ticks and typing.

Protocol: developers.facebook.com/docs/whatsapp/cloud-api, pages "Mark messages as read" and
"Typing indicators". Settings and secret as in `whatsapp_cloud`.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.graph import GraphObject
from recado.adapters.channels.whatsapp_cloud_content import BASE_URL
from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.domain.channels import ChannelAccount


class WhatsAppCloudConversation:
    """Shows people that one number of an account reads and writes. Threads share it.

    Both calls may be made again without harm, also after an `OutcomeUnknownError`.
    """

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

    def mark_read(self, message_id: str) -> None:
        """Give a message of theirs, and all before it, the blue ticks.

        Raises
        ------
        DeliveryError
            As from `ChannelSender.send`; the person just does not see it.
        """
        self._number.post("messages", _read(message_id))

    def show_typing(self, message_id: str) -> None:
        """Show that an answer to a message of theirs is being written; marks it as read too.

        It ends with the answer, at the latest after 25 seconds (Meta).

        Raises
        ------
        DeliveryError
            As from `ChannelSender.send`; the person just does not see it.
        """
        self._number.post("messages", {**_read(message_id), "typing_indicator": {"type": "text"}})


def _read(message_id: str) -> dict[str, object]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
