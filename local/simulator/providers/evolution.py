"""Evolution API version 2, the bridge to WhatsApp Web (https://doc.evolution-api.com/v2)."""

import json
import re
import secrets
import time
from http.client import responses
from typing import Any, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import EvolutionAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Message

NOT_ON_WHATSAPP = "exists:false"
"""The code of a behaviour that makes a number unknown to WhatsApp. Evolution has no error codes of
its own: any other code is the text of the error, such as `Connection Closed`."""

_TYPES: dict[str, tuple[type, str]] = {
    "number": (str, "string"),
    "text": (str, "string"),
    "delay": (int, "integer"),
    "linkPreview": (bool, "boolean"),
}


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
        """A text: 201 with the key of the message, still PENDING."""
        self._authorise(request)
        request_body = _checked(body)
        phone = "+" + re.sub(r"@s\.whatsapp\.net$|[\s()+-]", "", request_body["number"])
        if phone in self._account.not_on_whatsapp or not re.fullmatch(r"\+\d{8,15}", phone):
            raise Refused(_not_on_whatsapp(phone, 400))
        jid = whatsapp_jid(phone)
        message = Message(
            provider="evolution",
            channel="whatsapp",
            to=phone,
            sender=self._account.instance,
            kind="text",
            text=request_body["text"],
            provider_message_id="3EB0" + secrets.token_hex(9).upper(),
            wa_id=jid.removesuffix("@s.whatsapp.net"),
        )
        answer = {
            "key": {"remoteJid": jid, "fromMe": True, "id": message.provider_message_id},
            "pushName": "",
            "status": "PENDING",
            "message": {"conversation": message.text},
            "contextInfo": None,
            "messageType": "conversation",
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


def whatsapp_jid(phone: str) -> str:
    """The address that Evolution makes of a number: without the mobile digit of Mexico and
    Argentina, and without Brazil's ninth digit from area code 31 on."""
    digits = phone.removeprefix("+")
    if len(digits) == 13 and digits.startswith(("52", "54")):
        digits = digits[:2] + digits[3:]
    elif brazil := re.fullmatch(r"55(\d\d)9([789]\d{7})", digits):
        area, subscriber = brazil.groups()
        if int(area) >= 31:
            digits = f"55{area}{subscriber}"
    return f"{digits}@s.whatsapp.net"


def evolution_error(status: int, message: object, code: str | None = None) -> Answer:
    """An error as Evolution words it."""
    error = responses.get(status, "Error")
    return Answer(
        status, {"status": status, "error": error, "response": {"message": message}}, code
    )


def _refuse(status: int, message: object) -> NoReturn:
    raise Refused(evolution_error(status, message))


def _not_on_whatsapp(phone: str, status: int) -> Answer:
    number = phone.removeprefix("+")
    unknown = {"jid": whatsapp_jid(phone), "exists": False, "number": number}
    return evolution_error(status, [unknown], NOT_ON_WHATSAPP)


def _checked(body: bytes) -> dict[str, Any]:
    """The request's body, checked against sendText's schema; complaints come as a nested list."""
    try:
        request_body = json.loads(body)
    except ValueError:
        _refuse(400, ["Invalid JSON"])
    if not isinstance(request_body, dict):
        _refuse(400, [["instance is not of a type(s) object"]])
    complaints = [
        f'instance requires property "{name}"'
        for name in ("number", "text")
        if name not in request_body
    ] or [
        f"{name} is not of a type(s) {wanted}"
        for name, (kind, wanted) in _TYPES.items()
        if name in request_body and type(request_body[name]) is not kind
    ]
    if complaints:
        _refuse(400, [complaints])
    if not request_body["text"].strip():
        _refuse(400, ["Text is required"])
    return request_body
