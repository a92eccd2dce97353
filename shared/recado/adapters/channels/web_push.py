"""Web push to browsers: an encrypted message that only the browser can read.

Protocol: RFC 8030 (the request), RFC 8188 and RFC 8291 (aes128gcm and its keys), RFC 8292 (VAPID,
which says who sends). The push service is the browser maker's; its HTTP status is its code.

Settings: `subject` (a `mailto:` or `https:` address at which the push service reaches us),
`allowed_origins` (separated by spaces), `ttl_seconds` (how long a message is kept for a browser
that is offline). Secret: `vapid_private_key`, `vapid_public_key` (base64url, raw).
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from json import dumps

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException

from recado.adapters.channels.http import exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential, setting
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    address_gone,
    message_refused,
    try_later,
)
from recado.domain.channels import ChannelAccount
from recado.domain.directory import PushKeys
from recado.domain.errors import AccountError, PermanentMessageError, PermanentRecipientError
from recado.domain.messages import PushMessage
from recado.domain.push import ALLOWED_ORIGINS, origins_pattern
from recado.ports.channels import Acceptance, OutboundMessage

TTL_SECONDS = "86400"

TOKEN_SECONDS = 12 * 3600
"""Half of what RFC 8292 allows, so that a clock that is wrong by hours does no harm."""

MAX_BODY_BYTES = 4096
"""What every push service takes (RFC 8030 section 7.2)."""

MAX_ID_LENGTH = 1024
"""A longer Location does not fit into an index; our own tag is the id then."""

ERRORS: ErrorTable = {
    "http_400": message_refused("the push service does not understand the request"),
    "http_413": message_refused("the push service finds the message too large"),
    "http_404": address_gone("the subscription does not exist"),
    "http_410": address_gone("the subscription has ended"),
    # A subscription is bound to the VAPID key that it was made with. When the account's key is
    # another one the account is at fault, and no subscription may be deleted for it.
    "http_401": account_refused("the push service refused the VAPID token"),
    "http_403": account_refused("the push service refused the VAPID key"),
    "http_429": try_later("too many messages"),
    "http_500": try_later("the push service failed"),
    "http_502": try_later("the push service failed"),
    "http_503": try_later("the push service is temporarily unavailable"),
    "http_504": try_later("the push service failed"),
}


class WebPushSender:
    """Sends to subscriptions that were made with the account's VAPID key."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._account = account
        self._vapid = _vapid(credentials)
        self._subject = _subject(account, self._vapid)
        self._allowed = origins_pattern(setting(account, "allowed_origins", ALLOWED_ORIGINS))
        self._ttl = _ttl(account)
        self._client = new_client(account, transport=transport)

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send one notification; see `ChannelSender`.

        The status alone says that it was taken. The id is the address that the push service
        gives the message, which not every service does, else our tag.
        """
        content = content_of(message.content, PushMessage)
        url, origin = self._endpoint(message.to.value)
        if message.to.push_keys is None:
            raise PermanentRecipientError("no_keys", "the subscription has no keys")
        payload = dumps(
            content.model_dump(include={"title", "body", "url"}, exclude_none=True),
            ensure_ascii=False,
        ).encode()
        body = encrypt(payload, message.to.push_keys)
        if len(body) > MAX_BODY_BYTES:
            raise PermanentMessageError("too_long", f"more than {MAX_BODY_BYTES} bytes encrypted")
        headers = {
            "TTL": self._ttl,
            "Urgency": "normal",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": _authorization(self._vapid, origin, self._subject),
        }
        request = self._client.build_request("POST", url, content=body, headers=headers)
        answer = exchange(self._client, request)
        if not answer.is_success:
            raise refusal(self._account, ERRORS, None, answer)
        location = answer.headers.get("location", "")
        known = 0 < len(location) <= MAX_ID_LENGTH
        return Acceptance(provider_message_id=location if known else message.tag)

    def _endpoint(self, text: str) -> tuple[httpx.URL, str]:
        """The subscription's address and its origin, which the VAPID token is made out to."""
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            raise PermanentRecipientError("bad_endpoint", "no address of a push service") from None
        origin = f"{url.scheme}://{url.host}" + (f":{url.port}" if url.port else "")
        if url.userinfo or not self._allowed.fullmatch(origin):
            raise PermanentRecipientError("foreign_endpoint", "no push service that we know")
        return url, origin


def encrypt(
    plaintext: bytes,
    keys: PushKeys,
    *,
    salt: bytes | None = None,
    private_key: EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt for one subscription (RFC 8291); salt and key pair are fresh unless given.

    Raises
    ------
    PermanentRecipientError
        The subscription's keys are none.
    """
    try:
        return bytes(
            http_ece.encrypt(
                plaintext,
                salt=salt,
                private_key=private_key or generate_private_key(SECP256R1()),
                dh=_from_base64url(keys.p256dh),
                auth_secret=_from_base64url(keys.auth),
                version="aes128gcm",
            )
        )
    except ValueError:
        raise PermanentRecipientError("bad_keys", "the subscription's keys are not valid") from None


def _vapid(credentials: Mapping[str, str]) -> Vapid02:
    private_key = credential(credentials, "vapid_private_key")
    public_key = credential(credentials, "vapid_public_key")
    try:
        vapid = Vapid02.from_raw(private_key.encode())
        derived = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        is_pair = derived == _from_base64url(public_key)
    except ValueError:
        is_pair = False
    if not is_pair:
        raise AccountError("bad_credential", "the account's VAPID keys are no key pair")
    return vapid


def _subject(account: ChannelAccount, vapid: Vapid02) -> str:
    subject = setting(account, "subject")
    try:
        _authorization(vapid, "https://push.example.com", subject)
    except VapidException:
        raise AccountError("bad_setting", "'subject' is no mailto: or https: address") from None
    return subject


def _authorization(vapid: Vapid02, origin: str, subject: str) -> str:
    expires = int(time.time()) + TOKEN_SECONDS
    headers = vapid.sign({"aud": origin, "exp": expires, "sub": subject})
    return str(headers["Authorization"])


def _ttl(account: ChannelAccount) -> str:
    text = setting(account, "ttl_seconds", TTL_SECONDS)
    if not text.isdecimal():
        raise AccountError("bad_setting", "the account's setting 'ttl_seconds' is no number")
    return text


def _from_base64url(text: str) -> bytes:
    """Decode base64url, which browsers write without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
