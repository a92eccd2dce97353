"""What Meta tells us of WhatsApp, Messenger and Instagram: the requests, and who may send them.

Protocol: developers.facebook.com/docs/graph-api/webhooks. One POST carries up to 1,000 updates of
any number of accounts of one product, in 3 MB.

Secrets: `meta` maps an app's id to its `app_secret` and `verify_token`. While a secret is rotated
its successor stands under another name, with the app's id in `app_id`. An Instagram account that
was connected without a Facebook page is signed for with the secret of the Instagram app, which has
an id of its own.

Settings of an account: those by which it is found (`phone_number_id` and `business_account_id`,
`page_id`, `instagram_id`); `app_id`, the only app that may speak for it (without one, any app of
the secret may).
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from typing import NoReturn

from recado.adapters.webhooks.meta_messenger import add_instagram_entry, add_page_entry
from recado.adapters.webhooks.meta_reading import MAX_LOGGED_CHARACTERS, Reading
from recado.adapters.webhooks.meta_whatsapp import add_business_entry
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.ports.clock import Clock
from recado.ports.webhooks import (
    Webhook,
    WebhookAccounts,
    WebhookAnswer,
    WebhookRequest,
    WebhookSecrets,
)

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "x-hub-signature-256"

ANSWER = WebhookAnswer(status=200)

ENTRY_READERS: dict[str, Callable[[Reading, object], None]] = {
    "whatsapp_business_account": add_business_entry,
    "page": add_page_entry,
    "instagram": add_instagram_entry,
}
"""By the product that a request is about, how each of its entries is read."""

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class MetaWebhookReader:
    """Reads Meta's requests for all apps and accounts; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`.

        Each unreadable text is a request of Meta's with one element, as it would come alone.
        """
        if request.method == "GET":
            return self._challenge(request)
        apps = self._signers(request)
        try:
            name, entries = _envelope(request.body)
            reading = Reading(name, self._accounts, apps, self._clock.now())
            for entry in entries:
                ENTRY_READERS[name](reading, entry)
        # Nested so deeply that it cannot even be written down again.
        except RecursionError:
            raise MalformedWebhookError("nested too deeply") from None
        return Webhook(
            answer=ANSWER, updates=tuple(reading.updates), unreadable=tuple(reading.unreadable)
        )

    def _challenge(self, request: WebhookRequest) -> Webhook:
        """Prove to Meta that the address is ours, when an app is set up to call it."""
        given = request.query.get("hub.verify_token", "").encode()
        tokens = [app.get("verify_token", "") for app in self._secrets.of("meta").values()]
        matches = [hmac.compare_digest(token.encode(), given) for token in tokens if token]
        if request.query.get("hub.mode") != "subscribe" or not any(matches):
            raise WebhookRefusedError("the verify token is missing or wrong")
        challenge = request.query.get("hub.challenge", "")
        # It is sent back as it is, so it must not be able to be a page.
        if not _CHALLENGE.fullmatch(challenge):
            raise WebhookRefusedError("the challenge is missing or unsafe")
        return Webhook(answer=WebhookAnswer(status=200, body=challenge))

    def _signers(self, request: WebhookRequest) -> frozenset[str]:
        """The ids of the apps whose secret the request is signed with."""
        header = _SIGNATURE.fullmatch(request.headers.get(SIGNATURE_HEADER, ""))
        if header is None:
            raise WebhookRefusedError("the signature is missing or malformed")
        apps = frozenset(
            app.get("app_id") or name
            for name, app in self._secrets.of("meta").items()
            # Anybody can sign with an empty secret.
            if (secret := app.get("app_secret"))
            and hmac.compare_digest(
                hmac.new(secret.encode(), request.body, "sha256").hexdigest(), header[1]
            )
        )
        if not apps:
            raise WebhookRefusedError("the signature is wrong")
        return apps


def _envelope(body: bytes) -> tuple[str, list[object]]:
    """The product, and the entries; none of a product that is not served."""
    try:
        envelope = json.loads(body, parse_constant=_refuse)
    except ValueError:
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("object"), str):
        raise MalformedWebhookError("not a webhook")
    name = envelope["object"]
    if name not in ENTRY_READERS:
        logger.warning(
            "webhooks of another product are not served",
            extra={"object": name[:MAX_LOGGED_CHARACTERS]},
        )
        return name, []
    entries = envelope.get("entry")
    if not isinstance(entries, list):
        raise MalformedWebhookError("not a list of entries")
    return name, entries


def _refuse(constant: str) -> NoReturn:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(constant)
