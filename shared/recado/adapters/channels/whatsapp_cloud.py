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
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    no_recipient,
    recipient_refused,
    try_later,
)
from recado.domain.channels import ChannelAccount
from recado.domain.errors import DeliveryError, PermanentMessageError
from recado.domain.messages import ApprovedTemplateMessage, WhatsAppMessage
from recado.ports import Acceptance, OutboundMessage

BASE_URL = "https://graph.facebook.com/v25.0"

MAX_TEXT = 4096
"""Characters of a text message."""

MESSAGE_STATUSES = ("accepted", "held_for_quality_assessment", "paused")
"""What Meta says about a template message that it took."""

ERRORS: ErrorTable = {
    # Passing.
    "1": try_later("the API failed for an unknown reason"),
    "2": try_later("the API is down or overloaded"),
    "130429": try_later("the number's limit of messages per second is reached"),
    "131000": try_later("Meta failed for an unknown reason"),
    "131016": try_later("a service of Meta is overloaded"),
    "131053": try_later("the media could not be fetched", account_fault=False),
    # The number's throughput is being raised, which takes about a minute.
    "131057": try_later("the account is in maintenance", after=60),
    "133004": try_later("Meta's server is temporarily unavailable"),
    # One message per 6 seconds to the same recipient; the rest of the account is well.
    "131056": try_later("too many messages to this recipient", after=6, account_fault=False),
    # Limits of the app or the business account by the hour.
    "4": try_later("the app's limit of calls is reached", after=300),
    "613": try_later("the limit of calls is reached", after=300),
    "80007": try_later("the business account's limit of calls is reached", after=300),
    "132069": try_later("the flow is throttled", after=3600),
    "133016": try_later("the number was registered too often", after=3600),
    # The message.
    "33": message_refused("an object that the request names does not exist"),
    "100": message_refused("a parameter is not valid"),
    "131008": message_refused("a required parameter is missing"),
    "131009": message_refused("a parameter's value is not valid"),
    "131021": message_refused("sender and recipient are the same number"),
    "131051": message_refused("the type of message is not supported"),
    "131052": message_refused("the media could not be downloaded"),
    "131063": message_refused("the message is not allowed for this account"),
    "132000": message_refused("the template has another number of parameters"),
    "132001": message_refused("no approved template of that name and language"),
    "132005": message_refused("the template's text is too long when filled in"),
    "132007": message_refused("the template violates a policy"),
    "132008": message_refused("a template parameter has the wrong format"),
    "132012": message_refused("a template parameter does not match its declaration"),
    "132015": message_refused("the template is paused for low quality"),
    "132016": message_refused("the template is disabled for low quality"),
    "132068": message_refused("the flow is blocked"),
    "135000": message_refused("Meta does not understand the request"),
    # Not before 24 hours have passed, which is later than another channel.
    "130472": message_refused("the recipient is in an experiment of Meta's"),
    "131049": message_refused("Meta chose not to deliver, to keep people engaged"),
    "131064": message_refused("Meta limits such messages to this recipient for now"),
    # The recipient. Meta does not say whether the number is unknown, blocked us or has too old an
    # app; it does say that sending again does not help and counts against our number's quality.
    "131026": no_recipient("the number cannot be reached on WhatsApp"),
    "130497": recipient_refused("the account may not write to this country"),
    "131030": recipient_refused("the number is not in the test account's list"),
    "131047": recipient_refused("the recipient has not written in the last 24 hours"),
    # The person refused marketing, not messages about an order of theirs.
    "131050": recipient_refused("the recipient refused marketing messages"),
    "131062": recipient_refused("the message needs a phone number, not a user id"),
    "137000": recipient_refused("the recipient's identity has changed"),
    # The account.
    "0": account_refused("the access token was refused"),
    "3": account_refused("the app lacks a capability"),
    "10": account_refused("the app lacks a permission"),
    **{str(code): account_refused("the app lacks a permission") for code in range(200, 300)},
    "190": account_refused("the access token has expired or was revoked"),
    "368": account_refused("the account is blocked for a violation of policy"),
    "131005": account_refused("access was denied"),
    "131031": account_refused("the account is locked"),
    "131037": account_refused("the number's display name is not approved"),
    "131042": account_refused("the account's payment method must be mended"),
    "131044": account_refused("the account has no payment method"),
    "131045": account_refused("the number is not registered with its certificate"),
    "131048": account_refused("the number is limited because people reported it"),
    "133010": account_refused("the number is not registered"),
}


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
    if content.approved_template:
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
