"""A browser maker's push service, and the browser that subscribed there."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from recado.adapters.channels.web_push import WebPushSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address, PushKeys
from recado.domain.messages import PushMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider

VECTOR: Mapping[str, str] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "rfc8291_web_push.json").read_text()
)
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAsecret"


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def key_of(scalar: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(scalar)), ec.SECP256R1())


VAPID_KEY = ec.derive_private_key(20_261_120, ec.SECP256R1())
VAPID_PUBLIC = VAPID_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class WebPush(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="push",
        provider=Provider.WEB_PUSH,
        settings={"subject": "mailto:web@andinos.example"},
    )
    credentials: Mapping[str, str] = {
        "vapid_private_key": encoded(VAPID_KEY.private_numbers().private_value.to_bytes(32)),
        "vapid_public_key": encoded(VAPID_PUBLIC),
    }
    required_settings = ("subject",)
    required_credentials = ("vapid_private_key", "vapid_public_key")
    message = OutboundMessage(
        to=Address(
            channel=Channel.PUSH,
            value=ENDPOINT,
            push_keys=PushKeys(p256dh=VECTOR["ua_public_p256dh"], auth=VECTOR["auth_secret"]),
        ),
        content=PushMessage(title="Su cita está lista", body="Haval H6", url="/citas/1"),
        tag="ntf_1.1",
    )
    retry_after = 15.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return WebPushSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return WebPushSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        return {
            Behaviour.ACCEPTS: httpx.Response(
                201, headers={"Location": "https://updates.push.services.mozilla.com/m/1"}
            ),
            Behaviour.REFUSES_MESSAGE: self.refused(413, 104),
            Behaviour.REFUSES_RECIPIENT: self.refused(410, 106),
            Behaviour.REFUSES_ACCOUNT: self.refused(403, 109),
            Behaviour.THROTTLES: httpx.Response(429, headers={"Retry-After": "15"}),
            Behaviour.FAILS: self.refused(503, 201),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused(418, 999),
        }

    def _behave(self, request: httpx.Request, behaviour: Behaviour) -> httpx.Response:
        # The status is the whole answer, so that only a broken status line is garbage.
        if behaviour is Behaviour.ANSWERS_GARBAGE:
            raise httpx.RemoteProtocolError("illegal status line", request=request)
        return super()._behave(request, behaviour)

    def refused(self, status: int, errno: int) -> httpx.Response:
        """An error as Mozilla's push service shapes it."""
        echo = " ".join(self.confidential())
        return httpx.Response(
            status, json={"code": status, "errno": errno, "error": "Error", "message": echo}
        )

    def read(self, request: httpx.Request) -> dict[str, str]:
        """What the browser sees."""
        clear = http_ece.decrypt(
            request.content,
            private_key=key_of(VECTOR["ua_private"]),
            auth_secret=decoded(VECTOR["auth_secret"]),
            version="aes128gcm",
        )
        return cast("dict[str, str]", json.loads(clear))
