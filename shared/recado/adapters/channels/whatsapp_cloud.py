"""WhatsApp through Meta's Cloud API.

Protocol and codes: developers.facebook.com/docs/whatsapp/cloud-api, pages "Messages" and "Error
codes". Most refusals, passing ones included, come as HTTP 400: only the code tells them apart.

Settings: `phone_number_id`, `base_url` (default: Meta's, with the version of the Graph API).
Secret: `access_token`.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from urllib.parse import quote

import httpx

from recado.adapters.channels.http import Answer, base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential, setting
from recado.adapters.channels.verdicts import try_later
from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.domain.channels import ChannelAccount
from recado.domain.errors import DeliveryError, PermanentMessageError
from recado.domain.messages import ApprovedTemplateMessage, WhatsAppMessage
from recado.ports.channels import Acceptance, OutboundMessage

BASE_URL = "https://graph.facebook.com/v25.0"

MAX_TEXT = 4096
"""Characters of a text message."""

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
        token = credential(credentials, "access_token")
        number = quote(setting(account, "phone_number_id"), safe="")
        self._account = account
        self._url = f"{base_url(account, BASE_URL)}/{number}/messages"
        self._client = new_client(
            account, transport=transport, headers={"Authorization": f"Bearer {token}"}
        )

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the approved template where there is one, else the text; see `ChannelSender`."""
        content = content_of(message.content, WhatsAppMessage)
        payload = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to.value,
            "biz_opaque_callback_data": message.tag,
            **_body(content),
        }
        answer = exchange(self._client, self._client.build_request("POST", self._url, json=payload))
        if not answer.is_success:
            raise self._refusal(answer)
        status = answer.at("messages", 0, "message_status")
        return Acceptance(
            provider_message_id=answer.message_id("messages", 0, "id"),
            detail=str(status) if status in MESSAGE_STATUSES else "",
        )

    def _refusal(self, answer: Answer) -> DeliveryError:
        transient = answer.at("error", "is_transient") is True
        return refusal(
            self._account,
            ERRORS,
            answer.error_number("error", "code"),
            answer,
            otherwise=try_later("Meta says that it is passing") if transient else None,
            retry_after=_regain_access(answer),
        )


def _body(content: WhatsAppMessage) -> dict[str, object]:
    if content.approved_template and not content.free_text:
        return {"type": "template", "template": _template(content.approved_template)}
    if len(content.text) > MAX_TEXT:
        raise PermanentMessageError("text_too_long", f"more than {MAX_TEXT} characters")
    return {"type": "text", "text": {"body": content.text, "preview_url": False}}


def _template(template: ApprovedTemplateMessage) -> dict[str, object]:
    payload: dict[str, object] = {
        "name": template.name,
        "language": {"code": template.language},
    }
    if template.parameters:
        parameters = [{"type": "text", "text": value} for value in template.parameters]
        payload["components"] = [{"type": "body", "parameters": parameters}]
    return payload


def _regain_access(answer: Answer) -> float | None:
    """Seconds until a throttled business account may call again; None where Meta names no time.

    The header X-Business-Use-Case-Usage names minutes, per business account and use case (Graph
    API, page "Rate limits").
    """
    try:
        usage = loads(answer.headers["x-business-use-case-usage"])
        minutes = [
            float(case["estimated_time_to_regain_access"])
            for cases in usage.values()
            for case in cases
        ]
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return max(minutes, default=0.0) * 60 or None
