"""A web push service (RFC 8030) with VAPID (RFC 8292); it also is the browser that decrypts.

Errors have the shape and the `errno` of Mozilla's autopush
(https://autopush.readthedocs.io/en/latest/http.html#error-codes). A real service cannot tell
whether the browser will be able to decrypt: here a body that it could not read is refused with 400,
so that the mistake is seen.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Mapping
from http.client import responses
from typing import NoReturn

import jwt
from aiohttp import hdrs, web
from cryptography.hazmat.primitives.asymmetric import ec

from local.simulator.accounts import WebPushAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Message
from local.simulator.push_subscriptions import (
    PushSubscription,
    PushSubscriptions,
    UndecryptableError,
)

BODY_LIMIT = 4096
TTL_LIMIT = 2_592_000
"""Seconds (30 days): the longest that Apple's service takes."""
LONGEST_TOKEN = 24 * 60 * 60
"""RFC 8292 section 2: a token must not be valid for more than 24 hours (in seconds)."""
AUTHORIZATION = re.compile(r"vapid t=([\w.-]+), ?k=([\w-]+)=*|vapid k=([\w-]+)=*, ?t=([\w.-]+)")
SUBJECT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://\S+")
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
URGENCIES = ("very-low", "low", "normal", "high")

ERRNO_OF_STATUS: Mapping[int, int] = {
    400: 110, 401: 109, 403: 109, 404: 102, 410: 103, 413: 104, 503: 201,
}  # fmt: skip
STATUS_OF_ERRNO: Mapping[int, int] = {
    102: 404, 103: 410, 104: 413, 105: 410, 106: 410, 109: 401, 201: 503, 202: 503, 999: 500,
}  # fmt: skip
UNEXPECTED = 999


class WebPush(HttpProvider):
    """The push service of every subscribed browser."""

    name = "web_push"

    def __init__(self, account: WebPushAccount, subscriptions: PushSubscriptions) -> None:
        self._vapid_key = account.vapid_public_key.rstrip("=")
        self._subscriptions = subscriptions

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """One URL for each subscription."""
        return [(hdrs.METH_POST, "/push/{subscription_id}", self.push)]

    def failure(self, behaviour: Behaviour) -> Answer:
        """autopush's error body."""
        if behaviour.code is not None:
            errno = int(behaviour.code)
            status = behaviour.status or STATUS_OF_ERRNO.get(errno, 400)
            return push_error(status, errno, "Simulated error")
        status = behaviour.status or 500
        return push_error(status, ERRNO_OF_STATUS.get(status, UNEXPECTED), "Simulated error")

    def push(self, request: web.Request, body: bytes) -> Accepted:
        """A push message: 201, and where it could be looked up."""
        subscription = self._subscriptions.get(request.match_info["subscription_id"])
        if subscription is None:
            _refuse(410, 103, "The subscription has expired")
        ttl = _delivery_options(request.headers)
        self._check_vapid(request)
        if len(body) > BODY_LIMIT:
            _refuse(413, 104, f"This message is larger than {BODY_LIMIT} bytes")
        if request.headers.get(hdrs.CONTENT_ENCODING) != "aes128gcm":
            _refuse(400, 110, "Content-Encoding must be aes128gcm")
        message = _received(request, subscription, body)
        location = f"{request.url.origin()}/push/message/{message.provider_message_id}"
        return Accepted(Answer(201, headers={"Location": location, "TTL": ttl}), (message,))

    def _check_vapid(self, request: web.Request) -> None:
        found = AUTHORIZATION.fullmatch(request.headers.get(hdrs.AUTHORIZATION, ""))
        if found is None:
            _refuse(401, 109, "Authorization needs: vapid t=<JWT>, k=<public key>")
        token, key = found[1] or found[4], found[2] or found[3]
        if key != self._vapid_key:
            # A subscription is bound to one key for life, so this is not the sender's token.
            _refuse(403, 109, "The VAPID key is not the one of the subscription")
        try:
            claims = jwt.decode(
                token,
                _public_key(key),
                algorithms=["ES256"],
                audience=str(request.url.origin()),
                options={"require": ["aud", "exp", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            _refuse(401, 109, f"Invalid VAPID token: {error}")
        if claims["exp"] > time.time() + LONGEST_TOKEN:
            _refuse(401, 109, "Invalid VAPID token: exp is more than 24 hours ahead")
        if not SUBJECT.fullmatch(claims["sub"]):
            _refuse(401, 109, "Invalid VAPID token: sub must be a mailto: or https: address")


def push_error(status: int, errno: int, message: str) -> Answer:
    """An error as autopush words it."""
    error = responses.get(status, "Error")
    body = {"code": status, "errno": errno, "error": error, "message": message}
    return Answer(status, body, str(errno))


def _refuse(status: int, errno: int, message: str) -> NoReturn:
    raise Refused(push_error(status, errno, message))


def _delivery_options(headers: Mapping[str, str]) -> str:
    """The TTL as given, after TTL, Topic and Urgency were checked (RFC 8030 section 5)."""
    ttl = headers.get("TTL")
    if ttl is None:
        _refuse(400, 111, "Missing TTL header")
    if not re.fullmatch("[0-9]{1,10}", ttl) or int(ttl) > TTL_LIMIT:
        _refuse(400, 112, f"TTL must be a number of seconds, at most {TTL_LIMIT}")
    if not TOPIC.fullmatch(headers.get("Topic", "none")):
        _refuse(400, 113, "Topic must be at most 32 base64url characters")
    if headers.get("Urgency", "normal") not in URGENCIES:
        _refuse(400, 110, f"Urgency must be one of {', '.join(URGENCIES)}")
    return ttl


def _public_key(key: str) -> ec.EllipticCurvePublicKey:
    try:
        point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        _refuse(401, 109, "k is no point of P-256")


def _received(request: web.Request, subscription: PushSubscription, body: bytes) -> Message:
    try:
        clear = subscription.decrypt(body)
    except UndecryptableError:
        _refuse(400, 110, "The browser cannot decrypt this message")
    text = clear.decode(errors="replace")
    try:
        payload = json.loads(text)
    except ValueError:
        payload = None
    shown = payload if isinstance(payload, dict) else {"body": text}
    return Message(
        provider="web_push",
        channel="push",
        to=subscription.endpoint(str(request.url.origin())),
        sender=request.headers.get("Topic", "web_push"),
        kind="push",
        subject=str(shown["title"]) if "title" in shown else None,
        text=str(shown.get("body", "")),
        payload=payload,
        provider_message_id=secrets.token_urlsafe(16),
        customer=subscription.customer,
    )
