"""Web push: RFC 8291's own vector, the request, where it may go, and what statuses mean."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from freezegun import freeze_time

from recado.adapters.channels.web_push import ERRORS, WebPushSender, encrypt
from recado.domain.channels import Channel
from recado.domain.directory import Address, PushKeys
from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    DeliveryError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import PushMessage
from recado.ports.channels import OutboundMessage
from tests.contract.channels.providers.web_push import (
    ENDPOINT,
    VAPID_PUBLIC,
    VECTOR,
    WebPush,
    decoded,
    encoded,
    key_of,
)

KEYS = PushKeys(p256dh=VECTOR["ua_public_p256dh"], auth=VECTOR["auth_secret"])
CREATED = httpx.Response(201)


def to(endpoint: str, keys: PushKeys | None = KEYS) -> OutboundMessage:
    address = Address(channel=Channel.PUSH, value=endpoint, push_keys=keys)
    return WebPush.message.model_copy(update={"to": address})


def failure(message: OutboundMessage, answer: httpx.Response = CREATED) -> DeliveryError:
    provider = WebPush()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(message)
    return raised.value


def token_of(request: httpx.Request) -> tuple[dict[str, object], bytes]:
    """The claims of a request's VAPID token, whose signature is checked, and its public key."""
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    raw = decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    key.verify(
        encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])),
        signed.encode(),
        ec.ECDSA(hashes.SHA256()),
    )
    return json.loads(urlsafe_b64decode(signed.split(".")[1] + "==")), decoded(parts["k"])


def test_the_vector_of_rfc_8291_comes_out_byte_by_byte() -> None:
    body = encrypt(
        VECTOR["plaintext"].encode(),
        KEYS,
        salt=decoded(VECTOR["salt"]),
        private_key=key_of(VECTOR["as_private"]),
    )
    assert body == decoded(VECTOR["body_b64url"])


def test_two_messages_never_share_a_salt_or_a_key() -> None:
    first, second = encrypt(b"same", KEYS), encrypt(b"same", KEYS)
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_the_browser_reads_title_body_and_link() -> None:
    provider = WebPush()
    provider.answering(CREATED).send(provider.message)
    assert provider.read(provider.request) == {
        "title": "Su cita está lista",
        "body": "Haval H6",
        "url": "/citas/1",
    }


def test_a_message_without_a_link_has_none() -> None:
    provider = WebPush()
    content = PushMessage(title="Cita", body="Lista")
    provider.answering(CREATED).send(provider.message.model_copy(update={"content": content}))
    assert provider.read(provider.request) == {"title": "Cita", "body": "Lista"}


def test_the_request_has_the_headers_of_rfc_8030() -> None:
    provider = WebPush()
    provider.answering(CREATED).send(provider.message)
    request = provider.request
    assert (request.method, str(request.url)) == ("POST", ENDPOINT)
    assert request.headers["TTL"] == "86400"
    assert request.headers["Urgency"] == "normal"
    assert request.headers["Content-Encoding"] == "aes128gcm"


def test_how_long_a_message_is_kept_is_a_setting() -> None:
    provider = WebPush()
    provider.account = provider.with_account(ttl_seconds="60")
    provider.answering(CREATED).send(provider.message)
    assert provider.request.headers["TTL"] == "60"


@freeze_time("2026-11-20T12:00:00Z")
def test_the_token_is_made_out_to_the_push_service_for_twelve_hours() -> None:
    provider = WebPush()
    provider.answering(CREATED).send(provider.message)
    claims, key = token_of(provider.request)
    assert claims == {
        "aud": "https://updates.push.services.mozilla.com",
        "exp": int(time.time()) + 12 * 3600,
        "sub": "mailto:web@andinos.example",
    }
    assert key == VAPID_PUBLIC


def test_each_push_service_gets_a_token_of_its_own() -> None:
    audiences = []
    for endpoint in ("https://fcm.googleapis.com/fcm/send/a", "https://web.push.apple.com/b"):
        provider = WebPush()
        provider.answering(CREATED).send(to(endpoint))
        audiences.append(token_of(provider.request)[0]["aud"])
    assert audiences == ["https://fcm.googleapis.com", "https://web.push.apple.com"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://push.test/m/1", "https://push.test/m/1"),
        ("", "ntf_1.1"),
        ("https://push.test/" + "m" * 1024, "ntf_1.1"),
    ],
)
def test_the_id_is_the_messages_address_or_our_tag(location: str, expected: str) -> None:
    provider = WebPush()
    headers = {"Location": location} if location else {}
    acceptance = provider.answering(httpx.Response(201, headers=headers)).send(provider.message)
    assert acceptance.provider_message_id == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/a",
        "https://FCM.googleapis.com:443/fcm/send/a",
        "https://web.push.apple.com/a",
        "https://api.sandbox.push.apple.com/a",
        "https://updates.push.services.mozilla.com/wpush/v2/a",
        "https://wns2-bn3p.notify.windows.com/w/?token=a",
    ],
)
def test_known_push_services_are_called(endpoint: str) -> None:
    provider = WebPush()
    provider.answering(CREATED).send(to(endpoint))
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/a",
        "https://fcm.googleapis.com:8443/a",
        "https://fcm.googleapis.com.evil.example/a",
        "https://fcm.googleapis.com@evil.example/a",
        "https://evil.example@fcm.googleapis.com/a",
        "https://evil.example/?https://fcm.googleapis.com",
        "https://evil.example\\@fcm.googleapis.com/a",
        "https://push.apple.com/a",
        "https://evilpush.apple.com/a",
        "https://.push.apple.com/a",
        f"https://{'a' * 64}.push.apple.com/a",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a",
        "http://127.0.0.1:8000/a",
        "file:///etc/passwd",
        "https://",
        "no address",
        "\x00",
    ],
)
def test_no_other_host_is_ever_called(endpoint: str) -> None:
    provider = WebPush()
    with pytest.raises(PermanentRecipientError) as raised:
        provider.answering(CREATED).send(to(endpoint))
    assert raised.value.suppression is None
    assert provider.requests == []


def test_the_allowed_push_services_are_a_setting() -> None:
    provider = WebPush()
    provider.account = provider.with_account(allowed_origins="http://127.0.0.1:8100")
    provider.answering(CREATED).send(to("http://127.0.0.1:8100/push/1"))
    assert str(provider.request.url) == "http://127.0.0.1:8100/push/1"
    with pytest.raises(PermanentRecipientError):
        provider.answering(CREATED).send(to(ENDPOINT))


@pytest.mark.parametrize(
    "keys",
    [
        None,
        PushKeys(p256dh="AAAA", auth=VECTOR["auth_secret"]),
        PushKeys(p256dh="A", auth=VECTOR["auth_secret"]),
        PushKeys(p256dh=encoded(b"\x04" + b"\x01" * 64), auth=VECTOR["auth_secret"]),
        PushKeys(p256dh="ñ", auth=VECTOR["auth_secret"]),
    ],
)
def test_a_subscription_without_usable_keys_is_not_reached(keys: PushKeys | None) -> None:
    assert type(failure(to(ENDPOINT, keys))) is PermanentRecipientError


def test_a_message_that_no_push_service_takes_is_refused_before_it_is_sent() -> None:
    provider = WebPush()
    content = PushMessage(title="t", body="x" * 4000)
    with pytest.raises(PermanentMessageError):
        provider.answering(CREATED).send(provider.message.model_copy(update={"content": content}))
    assert provider.requests == []


def test_the_largest_message_fills_the_body_that_push_services_take() -> None:
    provider = WebPush()
    frame = len('{"title": "t", "body": ""}')
    content = PushMessage(title="t", body="x" * (4096 - 86 - 17 - frame))
    provider.answering(CREATED).send(provider.message.model_copy(update={"content": content}))
    assert len(provider.request.content) == 4096


@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_success_is_one(status: int) -> None:
    provider = WebPush()
    acceptance = provider.answering(httpx.Response(status)).send(provider.message)
    assert acceptance.provider_message_id == "ntf_1.1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentMessageError),
        (401, AccountError),
        (403, AccountError),
        (404, AddressGoneError),
        (410, AddressGoneError),
        (413, PermanentMessageError),
        (429, RetryableError),
        (500, RetryableError),
        (502, RetryableError),
        (503, RetryableError),
        (504, RetryableError),
    ],
)
def test_every_status_has_its_class(status: int, kind: type[DeliveryError]) -> None:
    error = failure(WebPush.message, httpx.Response(status))
    assert type(error) is kind
    assert error.code == f"http_{status}"
    assert f"http_{status}" in ERRORS


def test_a_wrong_key_of_ours_removes_no_subscription() -> None:
    assert not isinstance(failure(WebPush.message, httpx.Response(403)), PermanentRecipientError)


@pytest.mark.parametrize(
    ("name", "value"),
    [("subject", "web@andinos.example"), ("subject", "mailto:"), ("ttl_seconds", "soon")],
)
def test_a_setting_that_push_services_refuse_is_refused_at_once(name: str, value: str) -> None:
    provider = WebPush()
    with pytest.raises(AccountError, match=name):
        provider.make(provider.with_account(**{name: value}), provider.credentials)


@pytest.mark.parametrize(
    "credentials",
    [
        {"vapid_private_key": "AAAA"},
        {"vapid_private_key": "x"},
        {"vapid_public_key": VECTOR["as_public"]},
        {"vapid_public_key": "x"},
    ],
)
def test_vapid_keys_that_are_no_pair_are_refused(credentials: dict[str, str]) -> None:
    with pytest.raises(AccountError, match="VAPID"):
        WebPushSender(WebPush.account, {**WebPush.credentials, **credentials})
