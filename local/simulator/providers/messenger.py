"""Meta's Send API for a Facebook page and for an Instagram account (Graph API).

Protocol: https://developers.facebook.com/docs/messenger-platform, and the pages of the same names
for Instagram.
"""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import InstagramAccount, MessengerAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Button, Channel, Message, Provider
from local.simulator.providers.graph import (
    BASE,
    check_token,
    graph_answer,
    json_object,
)

MAX_QUICK_REPLIES = 13
TITLE_LIMIT = 20
"""Characters of a button; those of a quick reply are cut, those of a template refused."""
TEMPLATE_TEXT_LIMIT = 640
MAX_TEMPLATE_BUTTONS = 3
PAYLOAD_LIMIT = 1000
FILE_TYPES = ("image", "video", "audio", "file")
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY")
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
PERSON = re.compile(r"\d{1,40}")

# https://developers.facebook.com/docs/messenger-platform/error-codes
TITLES: Mapping[str, str] = {
    "1": "An unknown error occurred",
    "2": "Service temporarily unavailable",
    "4": "Application request limit reached",
    "10": "Application does not have permission for this action",
    "10/2018108": "This person isn't receiving messages from you right now.",
    "10/2018278": "This message is sent outside of allowed window.",
    "10/2534022": "This message is sent outside of allowed window.",
    "100": "Invalid parameter",
    "100/2018001": "No matching user found",
    "190": "Invalid OAuth access token - Cannot parse access token",
    "200/1545041": "This person isn't available right now.",
    "368": "The action attempted has been deemed abusive or is otherwise disallowed",
    "551": "This person isn't available right now.",
    "613": "Calls to this api have exceeded the rate limit.",
}
STATUS_OF_CODE: Mapping[int, int] = {2: 503, 10: 403, 190: 401, 200: 403, 230: 403, 368: 403}
"""HTTP status per code; every other code comes with 400, throttling too."""
CODE_OF_STATUS: Mapping[int, str] = {400: "100", 401: "190", 403: "10", 429: "613", 503: "2"}


class _SendApi(HttpProvider, ABC):
    """What both have in common."""

    name: ClassVar[Provider]
    channel: ClassVar[Channel]

    def __init__(self, own_id: str, access_token: str) -> None:
        self._own_id = own_id
        self._access_token = access_token

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """Only this account's, so that the rest of Graph stays WhatsApp's."""
        base = f"{BASE}/{{object_id:{re.escape(self._own_id)}}}"
        return [
            (hdrs.METH_POST, f"{base}/messages", self.send),
            (hdrs.METH_GET, base, self.show_account),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """Graph's error envelope, for a code or a `code/subcode`."""
        code = behaviour.code or CODE_OF_STATUS.get(behaviour.status or 500, "1")
        return _error(code, status=behaviour.status)

    def send(self, request: web.Request, body: bytes) -> Accepted:
        """A message to one person, or a sign that somebody types or has read."""
        check_token(request, self._access_token)
        given = json_object(body)
        person = _person(given)
        if "sender_action" in given:
            return _sign(given, person)
        if given.get("messaging_type", "RESPONSE") not in MESSAGING_TYPES:
            _refuse(f"Param messaging_type must be one of {{{', '.join(MESSAGING_TYPES)}}}")
        message = self._message(given, person)
        answer = {"recipient_id": person, "message_id": message.provider_message_id}
        return Accepted(Answer(200, answer), (message,))

    def show_account(self, request: web.Request, _: bytes) -> Accepted:
        """What a connection test reads."""
        check_token(request, self._access_token)
        return Accepted(Answer(200, {"id": self._own_id, "name": "Recado"}))

    @abstractmethod
    def check_text(self, text: str) -> None:
        """Refuse a text that is too long."""

    def _message(self, given: Mapping[str, Any], person: str) -> Message:
        said = given.get("message")
        if not isinstance(said, dict):
            _refuse("The parameter message is required.")
        text, attachment = said.get("text"), said.get("attachment")
        if (text is None) == (attachment is None):
            _refuse("Param message must have either text or attachment.")
        kept: dict[str, Any] = {"kind": "text", "text": text}
        if attachment is not None:
            kept = _attachment(attachment)
        elif not isinstance(text, str) or not text.strip():
            _refuse("Param message['text'] must be a non-empty UTF-8 encoded string.")
        else:
            self.check_text(text)
        if "quick_replies" in said:
            kept["buttons"] = (*kept.get("buttons", ()), *_quick_replies(said["quick_replies"]))
        reply_to = given.get("reply_to")
        return Message(
            provider=self.name,
            channel=self.channel,
            to=person,
            sender=self._own_id,
            provider_message_id=f"m_{secrets.token_urlsafe(60)}",
            # Until the person writes.
            window_closed=True,
            reply_to=reply_to.get("mid") if isinstance(reply_to, dict) else None,
            **kept,
        )


class Messenger(_SendApi):
    """The Send API for one Facebook page."""

    name = "messenger"
    channel = "messenger"
    text_limit = 2000

    def __init__(self, account: MessengerAccount) -> None:
        super().__init__(account.page_id, account.access_token)

    def check_text(self, text: str) -> None:
        """Messenger counts characters."""
        if len(text) > self.text_limit:
            _refuse(f"Length of param message[text] must be at most {self.text_limit}.")


class Instagram(_SendApi):
    """The Send API for one Instagram account."""

    name = "instagram"
    channel = "instagram"
    byte_limit = 1000

    def __init__(self, account: InstagramAccount) -> None:
        super().__init__(account.instagram_id, account.access_token)

    def check_text(self, text: str) -> None:
        """Instagram counts bytes."""
        if len(text.encode()) > self.byte_limit:
            _refuse(f"Param message[text] must be at most {self.byte_limit} bytes.")


def _person(given: Mapping[str, Any]) -> str:
    recipient = given.get("recipient")
    person = recipient.get("id") if isinstance(recipient, dict) else None
    if not person:
        _refuse("The parameter recipient is required.")
    if not isinstance(person, str) or not PERSON.fullmatch(person):
        raise Refused(_error("100/2018001"))
    return person


def _sign(given: Mapping[str, Any], person: str) -> Accepted:
    if "message" in given or given["sender_action"] not in SENDER_ACTIONS:
        _refuse("Param sender_action is no such action, or stands beside a message.")
    return Accepted(Answer(200, {"recipient_id": person}))


def _attachment(attachment: object) -> dict[str, Any]:
    kind = attachment.get("type") if isinstance(attachment, dict) else None
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(payload, dict):
        _refuse("Param message['attachment'] needs a type and a payload.")
    if kind == "template":
        return _template(payload)
    if kind not in FILE_TYPES:
        _refuse(f"Param message['attachment']['type'] must be one of {FILE_TYPES}.")
    source = payload.get("url") or payload.get("attachment_id")
    if not isinstance(source, str):
        _refuse("Param message['attachment']['payload'] needs a url or an attachment_id.")
    if "url" in payload and not re.match(r"https?://", source):
        _refuse("Param message['attachment']['payload']['url'] is no valid URL.")
    return {"kind": "media", "text": "", "media_url": source}


def _template(payload: Mapping[str, Any]) -> dict[str, Any]:
    if payload.get("template_type") != "button":
        _refuse("The simulator knows the button template only.")
    text, buttons = payload.get("text"), payload.get("buttons")
    if not isinstance(text, str) or not 0 < len(text) <= TEMPLATE_TEXT_LIMIT:
        _refuse(f"Param text of the template must have 1 to {TEMPLATE_TEXT_LIMIT} characters.")
    if not isinstance(buttons, list) or not 0 < len(buttons) <= MAX_TEMPLATE_BUTTONS:
        _refuse(f"Param buttons of the template must have 1 to {MAX_TEMPLATE_BUTTONS} elements.")
    return {"kind": "template", "text": text, "buttons": tuple(map(_template_button, buttons))}


def _template_button(button: object) -> Button:
    given = button if isinstance(button, dict) else {}
    title = given.get("title")
    if not isinstance(title, str) or not 0 < len(title) <= TITLE_LIMIT:
        _refuse(f"A button's title must have 1 to {TITLE_LIMIT} characters.")
    match given:
        case {"type": "web_url", "url": str(url)} if re.match(r"https?://", url):
            return Button(title=title, kind="url", url=url)
        case {"type": "postback", "payload": str(payload)} if 0 < len(payload) <= PAYLOAD_LIMIT:
            return Button(title=title, payload=payload)
        case _:
            _refuse("A button must be a web_url with its url, or a postback with its payload.")


def _quick_replies(given: object) -> list[Button]:
    if not isinstance(given, list) or not 0 < len(given) <= MAX_QUICK_REPLIES:
        _refuse(f"Param quick_replies must have 1 to {MAX_QUICK_REPLIES} elements.")
    return [_quick_reply(reply) for reply in given]


def _quick_reply(reply: object) -> Button:
    match reply:
        case {"content_type": "text", "title": str(title), "payload": str(payload)} if (
            title and 0 < len(payload) <= PAYLOAD_LIMIT
        ):
            return Button(title=title[:TITLE_LIMIT], payload=payload)
        case _:
            _refuse("A quick reply must be a text with a title and a payload.")


def _error(code: str, *, status: int | None = None, title: str | None = None) -> Answer:
    number, _, subcode = code.partition("/")
    return graph_answer(
        status or STATUS_OF_CODE.get(int(number), 400),
        int(number),
        f"(#{number}) {title or TITLES.get(code, 'Simulated error')}",
        subcode=int(subcode) if subcode else None,
        more={"is_transient": True} if number in ("1", "2") else None,
    )


def _refuse(title: str) -> NoReturn:
    raise Refused(_error("100", title=title))
