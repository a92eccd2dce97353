"""Evolution API version 2, the bridge to WhatsApp Web (https://doc.evolution-api.com/v2).

Deliberate differences: a file is taken by its http or https address only and is not fetched, and a
`quoted` without a key, on which the server fails in its own way, has a wrong shape here.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import responses
from typing import Any, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import EvolutionAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Kind, Message

NOT_ON_WHATSAPP = "exists:false"
"""The code of a behaviour that makes a number unknown to WhatsApp. Evolution has no error codes of
its own: any other code is the text of the error, such as `Connection Closed`."""

PHONE_DOMAIN = "@s.whatsapp.net"
PHONE = re.compile(r"\+\d{8,15}")
LID = re.compile(r"\d{1,40}@lid")
"""A person whose number WhatsApp hides, by its internal id."""
MEDIA_TYPES = ("image", "document", "video", "audio")

FIELDS: Mapping[str, tuple[type, str]] = {
    "number": (str, "Invalid format"),
    "text": (str, "text is not of a type(s) string"),
    "delay": (int, "Enter a value in milliseconds"),
    "linkPreview": (bool, "linkPreview is not of a type(s) boolean"),
    "mediatype": (str, "mediatype is not of a type(s) string"),
    "mimetype": (str, "mimetype is not of a type(s) string"),
    "media": (str, "media is not of a type(s) string"),
    "fileName": (str, "fileName is not of a type(s) string"),
    "caption": (str, "caption is not of a type(s) string"),
    "reaction": (str, "reaction is not of a type(s) string"),
}
"""The type of each field, and what is said of one that has another."""
KEY_FIELDS: Mapping[str, tuple[type, str]] = {
    "id": (str, "string"),
    "remoteJid": (str, "string"),
    "fromMe": (bool, "boolean"),
}
"""The type of each part of a message's key."""


class Evolution(HttpProvider):
    """One Evolution server with one instance."""

    name = "evolution"

    def __init__(self, account: EvolutionAccount) -> None:
        self._account = account
        self._instance_id = secrets.token_hex(16)

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's base URL is /evolution."""
        return [
            (hdrs.METH_GET, "/evolution/", self.welcome),
            (hdrs.METH_GET, "/evolution/instance/connectionState/{instance}", self.state),
            (hdrs.METH_POST, "/evolution/message/sendText/{instance}", self.send_text),
            (hdrs.METH_POST, "/evolution/message/sendMedia/{instance}", self.send_media),
            (hdrs.METH_POST, "/evolution/message/sendReaction/{instance}", self.send_reaction),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """Evolution's error; a runtime fault has a plain string where checks have a list."""
        if behaviour.code == NOT_ON_WHATSAPP:
            return _not_on_whatsapp(behaviour.recipient or "", behaviour.status or 400)
        status = behaviour.status or 400
        text = behaviour.code or responses.get(status, "Error")
        return evolution_error(status, text, behaviour.code)

    def welcome(self, request: web.Request, _: bytes) -> Accepted:
        """The root needs no key; it tells the version, by which clients choose the shapes."""
        return Accepted(
            Answer(
                200,
                {
                    "status": 200,
                    "message": "Welcome to the Evolution API, it is working!",
                    "version": self._account.version,
                    "clientName": "evolution_simulated",
                    "manager": f"{request.url.origin()}/evolution/manager",
                    "documentation": "https://doc.evolution-api.com",
                },
            )
        )

    def state(self, request: web.Request, _: bytes) -> Accepted:
        """The instance's connection to WhatsApp."""
        self._authorise(request)
        instance = {"instanceName": self._account.instance, "state": "open"}
        return Accepted(Answer(200, {"instance": instance}))

    def send_text(self, request: web.Request, body: bytes) -> Accepted:
        """A text, which may quote a message."""
        self._authorise(request)
        given = _checked(body, "number", "text")
        text = given["text"]
        if not text.strip():
            _refuse(400, ["Text is required"])
        content = _Content("text", text, "conversation", text, reply_to=_quoted(given))
        return self._accepted(given["number"], content)

    def send_media(self, request: web.Request, body: bytes) -> Accepted:
        """A file with its caption, which may quote a message."""
        self._authorise(request)
        given = _checked(body, "number", "mediatype")
        media_url, media_type = given.get("media", ""), given["mediatype"]
        if not re.match(r"https?://[^/\s]+", media_url):
            _refuse(400, ["Owned media must be a url or base64"])
        # WhatsApp's sounds have no caption: the server drops it without a word.
        caption = given.get("caption", "") if media_type != "audio" else ""
        stored: dict[str, object] = {
            name: given[name] for name in ("mimetype", "fileName") if name in given
        }
        content = _Content(
            "media",
            caption,
            f"{media_type}Message",
            {**stored, "caption": caption},
            media_url=media_url,
            reply_to=_quoted(given),
        )
        return self._accepted(given["number"], content)

    def send_reaction(self, request: web.Request, body: bytes) -> Accepted:
        """An emoji on a message of the chat that its key names; an empty one takes it back."""
        self._authorise(request)
        given = _checked(body, "key", "reaction")
        emoji, key = given["reaction"], given["key"]
        # Letters and blanks are told apart from emoji, two emoji from one are not.
        if emoji and (emoji.isascii() or re.search(r"[^\W\d_]|\s", emoji)):
            _refuse(400, ["Reaction must be a single emoji or empty string"])
        content = _Content(
            "reaction", emoji, "reactionMessage", {"key": key, "text": emoji}, reply_to=key["id"]
        )
        return self._accepted(key["remoteJid"], content)

    def _accepted(self, number: str, content: "_Content") -> Accepted:
        """201 with the key of the message, still PENDING."""
        digits = re.sub(r"[\s()+-]", "", number.removesuffix(PHONE_DOMAIN))
        to = number if LID.fullmatch(number) else f"+{digits}"
        if to in self._account.not_on_whatsapp or not (PHONE.fullmatch(to) or LID.fullmatch(to)):
            raise Refused(_not_on_whatsapp(to, 400))
        jid = whatsapp_jid(to)
        message = Message(
            provider="evolution",
            channel="whatsapp",
            to=to,
            sender=self._account.instance,
            kind=content.kind,
            text=content.text,
            media_url=content.media_url,
            reply_to=content.reply_to,
            provider_message_id="3EB0" + secrets.token_hex(9).upper(),
            wa_id=jid.removesuffix(PHONE_DOMAIN) if to.startswith("+") else None,
        )
        is_quoting = content.reply_to is not None and content.kind != "reaction"
        answer = {
            "key": {"remoteJid": jid, "fromMe": True, "id": message.provider_message_id},
            "pushName": "",
            "status": "PENDING",
            "message": {content.message_type: content.stored},
            "contextInfo": {"stanzaId": content.reply_to} if is_quoting else None,
            "messageType": content.message_type,
            "messageTimestamp": int(time.time()),
            "instanceId": self._instance_id,
            "source": "unknown",
        }
        return Accepted(Answer(201, answer), (message,))

    def _authorise(self, request: web.Request) -> None:
        # The real server looks for the instance first, so a wrong name is 404 even without a key.
        instance = request.match_info["instance"]
        if instance != self._account.instance:
            _refuse(404, [f'The "{instance}" instance does not exist'])
        if request.headers.get("apikey") != self._account.api_key:
            _refuse(401, "Unauthorized")


@dataclass(frozen=True)
class _Content:
    """What a message shows, and how WhatsApp's own message of it is called and filled."""

    kind: Kind
    text: str
    message_type: str
    stored: object
    media_url: str | None = None
    reply_to: str | None = None


def whatsapp_jid(address: str) -> str:
    """The address that Evolution makes of a number: without the mobile digit of Mexico and
    Argentina, and without Brazil's ninth digit from area code 31 on. A lid stays as it is."""
    if LID.fullmatch(address):
        return address
    digits = address.removeprefix("+")
    if len(digits) == 13 and digits.startswith(("52", "54")):
        digits = digits[:2] + digits[3:]
    elif brazil := re.fullmatch(r"55(\d\d)9([789]\d{7})", digits):
        area, subscriber = brazil.groups()
        if int(area) >= 31:
            digits = f"55{area}{subscriber}"
    return f"{digits}{PHONE_DOMAIN}"


def evolution_error(status: int, message: object, code: str | None = None) -> Answer:
    """An error as Evolution words it."""
    error = responses.get(status, "Error")
    return Answer(
        status, {"status": status, "error": error, "response": {"message": message}}, code
    )


def _refuse(status: int, message: object) -> NoReturn:
    raise Refused(evolution_error(status, message))


def _not_on_whatsapp(address: str, status: int) -> Answer:
    number = address.removeprefix("+")
    unknown = {"jid": whatsapp_jid(address), "exists": False, "number": number}
    return evolution_error(status, [unknown], NOT_ON_WHATSAPP)


def _quoted(given: Mapping[str, Any]) -> str | None:
    message_id: str | None = given["quoted"]["key"]["id"] if "quoted" in given else None
    return message_id


def _checked(body: bytes, *required: str) -> dict[str, Any]:
    """The request's body, checked against the schema; complaints come as a nested list."""
    try:
        given = json.loads(body)
    except ValueError:
        _refuse(400, ["Invalid JSON"])
    if not isinstance(given, dict):
        _refuse(400, [["instance is not of a type(s) object"]])
    complaints = [
        complaint
        for name, (kind, complaint) in FIELDS.items()
        if name in given and type(given[name]) is not kind
    ]
    if given.get("mediatype", MEDIA_TYPES[0]) not in MEDIA_TYPES:
        complaints.append(f"mediatype is not one of enum values: {','.join(MEDIA_TYPES)}")
    if "key" in given:
        complaints += _key_complaints("key", given["key"], tuple(KEY_FIELDS))
    if "quoted" in given:
        quoted = given["quoted"]
        key = quoted.get("key") if isinstance(quoted, dict) else None
        complaints += _key_complaints("quoted.key", key, ("id",))
    complaints += [f'instance requires property "{name}"' for name in required if name not in given]
    if complaints:
        _refuse(400, [complaints])
    return given


def _key_complaints(where: str, key: object, required: Sequence[str]) -> list[str]:
    if not isinstance(key, dict):
        return [f"{where} is not of a type(s) object"]
    return [
        *(
            f"{where}.{name} is not of a type(s) {words}"
            for name, (kind, words) in KEY_FIELDS.items()
            if name in key and type(key[name]) is not kind
        ),
        *(f'The "{name}" cannot be empty' for name in ("id", "remoteJid") if key.get(name) == ""),
        *(f'{where} requires property "{name}"' for name in required if name not in key),
    ]
