"""Slack through the Web API.

Protocol: docs.slack.dev, "chat.postMessage", "Blocks" and "Formatting message text". Refusals come
as HTTP 200 with `"ok": false` and a code.

A message is known by its time stamp within its channel, so its id is `<channel>:<ts>` here and
wherever a webhook names a message. The address is a person's id (`U…`), for which Slack opens the
direct message by itself, or a channel's. A quoted message is answered in its thread. Nobody's text
is markup: alone it is escaped, in blocks it is plain text. Slack shows images by their address;
other files go as their address under the text. It echoes no tag, so an unknown outcome can only be
settled by people.

Settings: `base_url` (default: Slack's). Secret: `bot_token`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from recado.adapters.channels.http import Answer, base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    no_recipient,
    outcome_unknown,
    recipient_refused,
    try_later,
)
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.errors import OutcomeUnknownError, PermanentMessageError, PermanentRecipientError
from recado.domain.messages import Attachment, AttachmentType, Button, ChatMessage
from recado.ports.channels import Acceptance, OutboundMessage

BASE_URL = "https://slack.com/api"

MAX_TEXT = 40_000
"""Characters of a text without blocks; Slack would cut a longer one."""

MAX_SECTION = 3000
MAX_BUTTONS = 25
MAX_TITLE = 75
MAX_PAYLOAD = 2000
MAX_URL = 3000
MAX_DESCRIPTION = 2000

ERRORS: ErrorTable = {
    # Passing.
    "ratelimited": try_later("too many requests"),
    "rate_limited": try_later("too many messages in the channel"),
    "message_limit_exceeded": try_later("the workspace sends too many messages"),
    "request_timeout": try_later("the request did not arrive as a whole"),
    "service_unavailable": try_later("Slack is temporarily unavailable"),
    "team_added_to_org": try_later("the workspace is being moved into an organisation", after=300),
    "external_channel_migrating": try_later("the channel is being moved", account_fault=False),
    "http_429": try_later("too many requests"),
    "http_500": try_later("Slack failed"),
    "http_502": try_later("Slack is not reached behind its proxy"),
    "http_503": try_later("Slack is temporarily unavailable"),
    # Of both Slack says that part of the work may have been done.
    "internal_error": outcome_unknown("Slack failed on the way"),
    "fatal_error": outcome_unknown("Slack failed on the way, badly"),
    "http_504": outcome_unknown("a proxy gave up waiting for Slack"),
    # The recipient. Another workspace's token finds none of them, so they are not suppressed.
    "channel_not_found": recipient_refused("the app sees no such channel or person"),
    "user_not_found": recipient_refused("the workspace has no such person"),
    "not_in_channel": recipient_refused("the app is not in the channel"),
    "is_archived": recipient_refused("the channel is archived"),
    "is_inactive": recipient_refused("the channel or person is no longer active"),
    "user_disabled": recipient_refused("the person's account is disabled"),
    "cannot_dm_bot": no_recipient("the address is another app's"),
    "messages_tab_disabled": recipient_refused("the person cannot get messages of the app"),
    "restricted_action": recipient_refused("the workspace forbids writing there"),
    "restricted_action_read_only_channel": recipient_refused("the channel is read-only"),
    "restricted_action_thread_only_channel": recipient_refused("the channel takes answers only"),
    "restricted_action_non_threadable_channel": recipient_refused("the channel has no threads"),
    "restricted_action_thread_locked": recipient_refused("the thread is locked"),
    # The message.
    "msg_too_long": message_refused("the text is too long"),
    "no_text": message_refused("the message has no text"),
    "invalid_blocks": message_refused("a block is not valid"),
    "invalid_blocks_format": message_refused("the blocks are no list"),
    "msg_blocks_too_long": message_refused("the blocks have too many characters"),
    "too_many_attachments": message_refused("too many attachments"),
    "cannot_reply_to_message": message_refused("the quoted message takes no answers"),
    "invalid_arguments": message_refused("an argument is not valid"),
    "invalid_arg_name": message_refused("an argument's name is not valid"),
    "invalid_json": message_refused("the request is not JSON"),
    "json_not_object": message_refused("the request is no JSON object"),
    # The account.
    "invalid_auth": account_refused("the token is not valid, or not from this network"),
    "not_authed": account_refused("the request had no token"),
    "account_inactive": account_refused("the app was removed, or the workspace deleted"),
    "token_revoked": account_refused("the token was revoked"),
    "token_expired": account_refused("the token has expired"),
    "missing_scope": account_refused("the token lacks the scope chat:write"),
    "no_permission": account_refused("the token lacks a permission"),
    "not_allowed_token_type": account_refused("the token is of another kind"),
    "access_denied": account_refused("the app may not use what the request names"),
    "accesslimited": account_refused("the workspace limits access to the API"),
    "ekm_access_denied": account_refused("the workspace's administrators stopped all messages"),
    "enterprise_is_restricted": account_refused("the organisation may not use the method"),
    "org_login_required": account_refused("the workspace was moved into an organisation"),
    "team_access_not_granted": account_refused("the token does not reach the workspace"),
    "two_factor_setup_required": account_refused("two-factor authentication must be set up"),
}

_ADDRESS = re.compile(r"[CDGUW][A-Z0-9]{1,49}")
_CODE = re.compile(r"[a-z0-9_]{1,64}")
_MESSAGE_ID = re.compile(r"[A-Z0-9]{1,50}:([0-9]{1,12}\.[0-9]{1,12})")


class SlackSender:
    """Sends as one app in one workspace."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        token = credential(credentials, "bot_token")
        self._account = account
        self._url = f"{base_url(account, BASE_URL)}/chat.postMessage"
        self._client = new_client(
            account, transport=transport, headers={"Authorization": f"Bearer {token}"}
        )

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the text with its image and buttons; see `ChannelSender`."""
        content = content_of(message.content, ChatMessage)
        if content.channel is not Channel.SLACK:
            raise PermanentMessageError("wrong_content", "written for another channel")
        if not _ADDRESS.fullmatch(message.to.value):
            raise PermanentRecipientError("invalid_address", "no id of a person or a channel")
        payload = {
            "channel": message.to.value,
            "unfurl_links": False,
            "unfurl_media": False,
            **_thread(content.reply_to),
            **_body(content),
        }
        answer = exchange(self._client, self._client.build_request("POST", self._url, json=payload))
        if not answer.is_success or answer.at("ok") is False:
            raise refusal(self._account, ERRORS, _code(answer), answer)
        return Acceptance(provider_message_id=_message_id(answer))


def _thread(reply_to: str | None) -> dict[str, object]:
    """The thread to answer in; an id that is none of Slack's quotes nothing."""
    quoted = _MESSAGE_ID.fullmatch(reply_to or "")
    return {"thread_ts": quoted[1]} if quoted else {}


def _body(content: ChatMessage) -> dict[str, object]:
    """The text, and blocks where there is more than that; then the text is for notices only."""
    text, file = content.text, content.attachment
    image = _image(file) if file and file.type is AttachmentType.IMAGE else None
    if file and image is None:
        text = f"{text}\n{_url(file)}" if text else _url(file)
    if not text.strip() and image is None:
        raise PermanentMessageError("text_missing", "the message has no text")
    if image is None and not content.buttons:
        return {"text": _escaped(_limited(text, MAX_TEXT)), "mrkdwn": False}
    section = {"type": "section", "text": _plain(_limited(text, MAX_SECTION))}
    blocks = [
        *([section] if text.strip() else []),
        *([image] if image else []),
        *([_actions(content.buttons)] if content.buttons else []),
    ]
    # An image alone has no text, and Slack then makes the notice from the blocks.
    notice = {"text": _escaped(text)} if text.strip() else {}
    return {**notice, "mrkdwn": False, "blocks": blocks}


def _limited(text: str, most: int) -> str:
    if len(text) > most:
        raise PermanentMessageError("text_too_long", f"more than {most} characters")
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text}


def _url(file: Attachment) -> str:
    if file.url is None:
        raise PermanentMessageError("attachment_refused", "files go by their address only")
    return file.url


def _image(file: Attachment) -> dict[str, object]:
    url = _url(file)
    if len(url) > MAX_URL:
        raise PermanentMessageError(
            "attachment_refused", f"an address of more than {MAX_URL} characters"
        )
    # Slack wants words for who does not see the image.
    described = (file.file_name or "image")[:MAX_DESCRIPTION]
    return {"type": "image", "image_url": url, "alt_text": described}


def _actions(buttons: tuple[Button, ...]) -> dict[str, object]:
    if len(buttons) > MAX_BUTTONS:
        raise PermanentMessageError("buttons_refused", f"more than {MAX_BUTTONS} buttons")
    elements = [
        {
            "type": "button",
            "action_id": f"button_{number}",
            "text": _plain(_title(button)),
            **_effect(button),
        }
        for number, button in enumerate(buttons, start=1)
    ]
    return {"type": "actions", "elements": elements}


def _title(button: Button) -> str:
    if len(button.title) > MAX_TITLE:
        raise PermanentMessageError(
            "buttons_refused", f"a title of more than {MAX_TITLE} characters"
        )
    return button.title


def _effect(button: Button) -> dict[str, object]:
    """A link has no value: Slack tells us of a press on it too, and that answers nothing."""
    if button.url is not None:
        if len(button.url) > MAX_URL:
            raise PermanentMessageError(
                "buttons_refused", f"a link of more than {MAX_URL} characters"
            )
        return {"url": button.url}
    payload = button.payload or ""
    if not 0 < len(payload) <= MAX_PAYLOAD:
        raise PermanentMessageError(
            "buttons_refused", f"a payload is empty, or has more than {MAX_PAYLOAD} characters"
        )
    return {"value": payload}


def _code(answer: Answer) -> str | None:
    """Slack's code, as far as it is one: an answer may hold anything."""
    code = answer.at("error")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _message_id(answer: Answer) -> str:
    channel, time_stamp = answer.message_id("channel"), answer.message_id("ts")
    if answer.at("ok") is not True:
        raise OutcomeUnknownError("no_message_id", f"HTTP {answer.status} without a message id")
    return f"{channel}:{time_stamp}"
