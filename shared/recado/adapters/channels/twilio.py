"""SMS and WhatsApp through Twilio's Messages resource.

Protocol and codes: twilio.com/docs/messaging/api/message-resource and twilio.com/docs/api/errors.
Some codes only come in receipts; they stand in the same table, since they mean the same.

Settings: `account_sid`; `from` (E.164, or a short code or name for SMS) or
`messaging_service_sid`; `status_callback_url` (where receipts go; the tag is added to its query);
`base_url` (default: Twilio's). Secret: `auth_token`.

Buttons and menus need a Content template here; without one they go as numbered lines. Messages
are not quoted: the resource has no parameter for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from urllib.parse import quote

import httpx

from recado.adapters.channels.http import base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential, setting
from recado.adapters.channels.plain_choices import written_out
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    no_recipient,
    opted_out,
    recipient_refused,
    try_later,
    window_closed,
)
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.errors import PermanentMessageError
from recado.domain.messages import ApprovedTemplateMessage, SmsMessage, WhatsAppMessage
from recado.ports.channels import Acceptance, OutboundMessage

BASE_URL = "https://api.twilio.com"

MAX_BODY = 1600
"""Characters of a message's body, on every channel."""

ERRORS: ErrorTable = {
    # Passing.
    "14107": try_later("too many messages between the same two numbers", account_fault=False),
    "20429": try_later("too many requests"),
    "20500": try_later("an internal error of Twilio's"),
    "20503": try_later("Twilio is temporarily unavailable"),
    "21611": try_later("the sender's queue is full", after=60),
    "30001": try_later("the account's queue is full", after=60),
    "30008": try_later("the carrier gave no reason", account_fault=False),
    "30017": try_later("the carrier's network is congested", account_fault=False),
    "30410": try_later("the carrier did not answer in time", account_fault=False),
    "63009": try_later("the channel's provider failed"),
    "63010": try_later("an internal error of Twilio's channels"),
    "63012": try_later("an internal error of the channel's provider"),
    "63017": try_later("the channel's limit of messages is reached"),
    "63018": try_later("the channel's limit of messages per second is reached"),
    "63119": try_later("Meta's limit is reached"),
    # US carriers' limits (10DLC), which last until their next window or day.
    "30022": try_later("the campaign's limit at the carrier is reached", after=3600),
    "30023": try_later("the brand's daily limit at the carrier is reached", after=3600),
    "30027": try_later("the brand's daily limit at T-Mobile is reached", after=3600),
    # The message.
    "21602": message_refused("the body is missing"),
    "21617": message_refused("the body is too long"),
    "21620": message_refused("a media address is not valid"),
    "21623": message_refused("too many media"),
    "21654": message_refused("the content template is missing"),
    "21655": message_refused("the content template is not valid"),
    "21656": message_refused("the content template's variables are not valid"),
    "30007": message_refused("filtered by Twilio or the carrier as unwanted"),
    "30011": message_refused("media are not supported in the region"),
    "30019": message_refused("the content is too large for the carrier"),
    "63005": message_refused("the channel did not accept the content"),
    "63006": message_refused("the content cannot be formatted for the channel"),
    "63013": message_refused("the content violates the channel's policy"),
    "63019": message_refused("the media could not be downloaded"),
    "63021": message_refused("the channel calls the content invalid"),
    "63027": message_refused("no approved template of that name and language"),
    "63028": message_refused("the template has another number of parameters"),
    "63029": message_refused("the template could not be fetched by the recipient's app"),
    "63030": message_refused("a parameter is not supported for this type of message"),
    "63034": message_refused("the media are too large"),
    "63037": message_refused("the channel does not take this message"),
    "63041": message_refused("the template is paused for low quality"),
    # The recipient, now and later.
    "21211": no_recipient("not a valid number"),
    "21217": no_recipient("not a valid number"),
    "21610": opted_out("the recipient answered STOP"),
    "21614": no_recipient("not a mobile number"),
    "30005": no_recipient("the number is unknown or out of service"),
    "63003": no_recipient("the number is not on the channel"),
    "63014": opted_out("the recipient blocked the sender"),
    "63024": no_recipient("not a valid recipient of the channel"),
    # The recipient, this time.
    "21214": recipient_refused("the number cannot be reached"),
    "21612": recipient_refused("the sender cannot reach this number"),
    "30003": recipient_refused("the phone is off or out of reach"),
    "30004": recipient_refused("blocked by the carrier or the phone"),
    "30006": recipient_refused("a landline, or a carrier that cannot be reached"),
    "63015": recipient_refused("the recipient has not joined the sandbox"),
    "63016": window_closed("the recipient has not written in the last 24 hours"),
    "63032": recipient_refused("WhatsApp limits messages to this recipient"),
    "63033": recipient_refused("the recipient may not receive messages of this sender"),
    "63036": recipient_refused("the number cannot be reached on the channel"),
    "63049": recipient_refused("Meta chose not to deliver, to keep people engaged"),
    # The account.
    "20003": account_refused("the credentials were refused"),
    "20404": account_refused("the account does not exist"),
    "21212": account_refused("the sender is not valid"),
    "21408": account_refused("the account may not write to this region"),
    "21606": account_refused("the sender is not the account's, or cannot send messages"),
    "21608": account_refused("a trial account may only write to verified numbers"),
    "21609": account_refused("the status callback is not a valid address"),
    "30002": account_refused("the account is suspended"),
    "30018": account_refused("the carrier wants the sender to be registered"),
    "30024": account_refused("the carrier does not know the sender"),
    "30032": account_refused("the toll-free number is not verified"),
    "30034": account_refused("the number is not registered for US messages (10DLC)"),
    "63001": account_refused("the channel did not accept Twilio's credentials"),
    "63002": account_refused("the channel does not know the sender"),
    "63007": account_refused("the account has no such sender on the channel"),
    "63008": account_refused("the channel is misconfigured"),
    "63020": account_refused("the business has not accepted Twilio's invitation at Meta"),
    "63022": account_refused("the sender's name certificate is not valid"),
    "63026": account_refused("the sender may not use the channel"),
    "63038": account_refused("the account's daily limit of messages is reached"),
    "63112": account_refused("Meta disabled the business account"),
}


class TwilioSender:
    """Sends SMS or WhatsApp messages, as the account's provider says."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        sid = setting(account, "account_sid")
        token = credential(credentials, "auth_token")
        self._account = account
        self._prefix = "whatsapp:" if account.channel is Channel.WHATSAPP else ""
        self._sender = self._sender_field(account)
        self._callback = account.settings.get("status_callback_url")
        path = f"2010-04-01/Accounts/{quote(sid, safe='')}/Messages.json"
        self._url = f"{base_url(account, BASE_URL)}/{path}"
        self._client = new_client(account, transport=transport, auth=httpx.BasicAuth(sid, token))

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the Content template, or the text with its file; see `ChannelSender`.

        WhatsApp's text goes where the message says that it may, or Twilio has no template.
        """
        form = {
            "To": f"{self._prefix}{message.to.value}",
            **self._sender,
            **self._content(message),
        }
        if self._callback:
            callback = httpx.URL(self._callback).copy_merge_params({"recado_tag": message.tag})
            form["StatusCallback"] = str(callback)
        answer = exchange(self._client, self._client.build_request("POST", self._url, data=form))
        if not answer.is_success:
            raise refusal(self._account, ERRORS, answer.error_number("code"), answer)
        return Acceptance(provider_message_id=answer.message_id("sid"))

    def _sender_field(self, account: ChannelAccount) -> dict[str, str]:
        if service := account.settings.get("messaging_service_sid"):
            return {"MessagingServiceSid": service}
        return {"From": f"{self._prefix}{setting(account, 'from').removeprefix(self._prefix)}"}

    def _content(self, message: OutboundMessage) -> dict[str, str]:
        if not self._prefix:
            return _body(content_of(message.content, SmsMessage).text)
        content = content_of(message.content, WhatsAppMessage)
        template = content.approved_template
        if template and template.content_sid and not content.free_text:
            return _template(template, template.content_sid)
        return _free_text(content)


def _template(template: ApprovedTemplateMessage, content_sid: str) -> dict[str, str]:
    """Twilio refuses a request that has both a body and a template."""
    variables = {str(n): value for n, value in enumerate(template.parameters, start=1)}
    return {
        "ContentSid": content_sid,
        **({"ContentVariables": dumps(variables, ensure_ascii=False)} if variables else {}),
    }


def _free_text(content: WhatsAppMessage) -> dict[str, str]:
    if content.reaction:
        raise PermanentMessageError("reaction_refused", "Twilio sends no reactions")
    text = written_out(content)
    if content.attachment is None:
        return _body(text)
    if content.attachment.url is None:
        raise PermanentMessageError("attachment_refused", "Twilio takes files by address only")
    return {"MediaUrl": content.attachment.url, **(_body(text) if text else {})}


def _body(text: str) -> dict[str, str]:
    if len(text) > MAX_BODY:
        raise PermanentMessageError("text_too_long", f"more than {MAX_BODY} characters")
    return {"Body": text}
