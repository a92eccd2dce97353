"""What Twilio tells us of SMS and WhatsApp: incoming messages and status callbacks.

Protocol: twilio.com/docs/messaging/guides/webhook-request, ".../outbound-message-status-in-status-
callbacks" and twilio.com/docs/usage/webhooks/webhooks-security. Both kinds are forms, and neither
has a time, so what is read happened when it was received.

Twilio sends a request once more when it could not connect, and after other failures as the address
asks for (`#rc=` and `rp=`), with the same `I-Twilio-Idempotency-Token`. That header is not read:
such a request also has the same MessageSid and status, which are what makes two requests one
update. One without a MessageSid is no message; it goes to people as it is, maybe twice.

Secrets: `twilio` maps an account SID to its `auth_token`.
"""

from __future__ import annotations

import logging
import re
from json import dumps
from urllib.parse import parse_qs, parse_qsl, urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from recado.adapters.channels.twilio import ERRORS
from recado.adapters.channels.verdicts import message_refused, unlisted
from recado.domain.addresses import META_USER_ID
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.domain.updates import (
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Location,
    Media,
)
from recado.ports.clock import Clock
from recado.ports.webhooks import (
    Webhook,
    WebhookAccounts,
    WebhookAnswer,
    WebhookRequest,
    WebhookSecrets,
)

logger = logging.getLogger(__name__)

ANSWER = WebhookAnswer(
    status=200,
    body='<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
    content_type="application/xml",
)
"""TwiML that does nothing: an answer with text would be sent to the person as a message."""

TAG_PARAMETERS = ("recado_tag", "uuid")
"""Names of our tag in the query of the callback's address, the sender's own first."""

STATUSES = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
    "undelivered": ReceiptStatus.FAILED,
}

ON_THE_WAY = frozenset({"accepted", "scheduled", "queued", "sending"})
"""Statuses that say nothing which the acceptance of the message has not said."""

_INCOMING = frozenset({"", "receiving", "received"})
_WHATSAPP = "whatsapp:"
_UNLISTED = message_refused("a code that is not in the error table")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class _Form(dict[str, list[str]]):
    """A form's fields, blank ones too, since the signature is over them as well."""

    def getlist(self, name: str) -> list[str]:
        """All values of a field: what Twilio's validator asks a form for."""
        return self[name]

    def first(self, name: str) -> str:
        """The first value of a field; empty where there is none."""
        return self[name][0] if name in self else ""


class TwilioWebhookReader:
    """Reads Twilio's requests for all accounts; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`. A form carries one update at most.

        A form without a message's id, and a message or status that has no meaning here, is kept
        as unreadable.
        """
        body = request.body.decode(errors="replace")
        query = parse_qs(urlsplit(request.url).query)
        form = _Form(parse_qs(body, keep_blank_values=True))
        # Twilio signs a body that is no form by its hash, which it adds to the query.
        is_form = "bodySHA256" not in query
        signed_by = self._verify(request, form, form if is_form else body)
        if not is_form or not form:
            raise MalformedWebhookError("not a form")
        status = form.first("MessageStatus") or form.first("SmsStatus")
        if status in ON_THE_WAY:
            return Webhook(answer=ANSWER)
        is_incoming = status in _INCOMING
        if not form.first("MessageSid") or not (is_incoming or status in STATUSES):
            return _unreadable(form)
        account = self._account(form, "To" if is_incoming else "From", signed_by)
        if account is None:
            return Webhook(answer=ANSWER)
        update = (
            self._message(form, account)
            if is_incoming
            else self._receipt(form, account, STATUSES[status], _tag(request.url))
        )
        return Webhook(answer=ANSWER, updates=(update,)) if update else _unreadable(form)

    def _verify(self, request: WebhookRequest, form: _Form, signed: _Form | str) -> str:
        """The account SID whose secret the request is signed with."""
        secrets = self._secrets.of("twilio")
        signature = request.headers.get("x-twilio-signature", "")
        claimed = form.first("AccountSid")
        for sid in [claimed] if claimed in secrets else secrets:
            token = secrets[sid].get("auth_token")
            if token and RequestValidator(token).validate(request.url, signed, signature):
                return sid
        raise WebhookRefusedError("the signature is missing or wrong")

    def _account(self, form: _Form, our_side: str, signed_by: str) -> ChannelAccount | None:
        """The account that owns our side's number, or the service that sent for it."""
        is_whatsapp = any(form.first(side).startswith(_WHATSAPP) for side in ("From", "To"))
        provider = Provider.TWILIO_WHATSAPP if is_whatsapp else Provider.TWILIO_SMS
        number = form.first(our_side)
        # An account's setting may have the number with the prefix or without.
        names = (number.removeprefix(_WHATSAPP), number, form.first("MessagingServiceSid"))
        for external_id in filter(None, dict.fromkeys(names)):
            account = self._accounts.by_external_id(provider, external_id)
            if account and self._may_speak_for(account, signed_by):
                return account
        logger.warning(
            "webhook for an unknown account",
            extra={"provider": provider.value, "signed_by": signed_by},
        )
        return None

    def _may_speak_for(self, account: ChannelAccount, signed_by: str) -> bool:
        """Whether a secret is the account's: else one tenant could write another's receipts.

        A subaccount's may be its parent's, where the account names that one.
        """
        return signed_by in (
            account.settings.get("account_sid"),
            account.settings.get("parent_account_sid"),
        )

    def _receipt(
        self, form: _Form, account: ChannelAccount, status: ReceiptStatus, tag: str | None
    ) -> Receipt:
        now = self._clock.now()
        return Receipt(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=form.first("MessageSid"),
            status=status,
            at=now,
            received_at=now,
            tag=tag,
            failure=_failure(form, account) if status is ReceiptStatus.FAILED else None,
        )

    def _message(self, form: _Form, account: ChannelAccount) -> InboundMessage | None:
        sender = _identities(form)
        if not sender:
            return None
        now = self._clock.now()
        media, location = _media(form), _location(form)
        return InboundMessage(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=form.first("MessageSid"),
            sender=sender,
            sender_name=form.first("ProfileName") or None,
            at=now,
            received_at=now,
            type=_type(form, media, location),
            text=form.first("Body") or form.first("ButtonText"),
            payload=form.first("ButtonPayload") or None,
            refers_to=form.first("OriginalRepliedMessageSid") or None,
            media=media,
            location=location,
        )


def _unreadable(form: _Form) -> Webhook:
    return Webhook(answer=ANSWER, unreadable=(dumps(form),))


def _tag(url: str) -> str | None:
    """Our tag, from the address itself: that is what is signed."""
    query = dict(parse_qsl(urlsplit(url).query))
    return next((query[name] for name in TAG_PARAMETERS if name in query), None)


def _failure(form: _Form, account: ChannelAccount) -> Failure:
    code = form.first("ErrorCode")
    if not re.fullmatch(r"[0-9]{1,8}", code):
        code = form.first("MessageStatus") or form.first("SmsStatus")
    verdict = ERRORS.get(code) or unlisted(account, code, _UNLISTED)
    return Failure.of(verdict.to_error(code))


def _identities(form: _Form) -> tuple[Identity, ...]:
    """The person's names: the one that an answer goes to, then those that Meta knows."""
    number = form.first("WaId")
    names = (
        form.first("From").removeprefix(_WHATSAPP),
        number if number.startswith("+") else f"+{number}",
        form.first("ExternalUserId"),
        form.first("ParentExternalUserId"),
    )
    identities = (_identity(name) for name in names)
    return tuple(dict.fromkeys(identity for identity in identities if identity))


def _identity(name: str) -> Identity | None:
    if _E164.fullmatch(name):
        return Identity(kind=IdentityKind.PHONE, value=name)
    if user := META_USER_ID.fullmatch(name):
        kind = IdentityKind.META_PARENT_USER if user[1] else IdentityKind.META_USER
        return Identity(kind=kind, value=name)
    return None


def _type(form: _Form, media: tuple[Media, ...], location: Location | None) -> InboundType:
    """What a person sent; the message's own type only matters where nothing else tells."""
    if form.first("ButtonPayload") or form.first("ButtonText"):
        return InboundType.BUTTON
    if media:
        return InboundType.MEDIA
    if location:
        return InboundType.LOCATION
    if form.first("Body") or form.first("MessageType") in ("", "text"):
        return InboundType.TEXT
    return InboundType.UNSUPPORTED


def _media(form: _Form) -> tuple[Media, ...]:
    """The files, counted by their addresses: the number that the form names may be anything."""
    media: list[Media] = []
    while url := form.first(f"MediaUrl{len(media)}"):
        mime_type = form.first(f"MediaContentType{len(media)}") or "application/octet-stream"
        media.append(Media(mime_type=mime_type, url=url))
    return tuple(media)


def _location(form: _Form) -> Location | None:
    try:
        latitude, longitude = float(form.first("Latitude")), float(form.first("Longitude"))
    except ValueError:
        return None
    # Not a number, and infinity, fail every comparison that they should.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Location(
        latitude=latitude,
        longitude=longitude,
        name=form.first("Label") or None,
        address=form.first("Address") or None,
    )
