"""What Meta tells us of WhatsApp through the Cloud API: statuses, messages, accounts.

Protocol: developers.facebook.com/documentation/business-messaging/whatsapp, pages "Webhooks" and
"Business-scoped user IDs". One POST carries up to 1,000 updates of any number of accounts, in 3 MB.

Secrets: `meta` maps an app's id to its `app_secret` and `verify_token`. While a secret is rotated
its successor stands under another name, with the app's id in `app_id`.

Settings of an account: `phone_number_id` and `business_account_id`, by which it is found; `app_id`,
the only app that may speak for it (without one, any app of the secret may).
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from pydantic import ValidationError

from recado.adapters.channels.verdicts import message_refused, unlisted
from recado.adapters.channels.whatsapp_cloud_errors import ERRORS
from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    as_object,
    elements,
    moment,
    part,
    required,
    required_id,
    text_of,
)
from recado.adapters.webhooks.meta_content import content_of
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.domain.updates import (
    AccountUpdate,
    Identity,
    IdentityChange,
    IdentityKind,
    InboundMessage,
    Update,
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

OBJECT = "whatsapp_business_account"

SIGNATURE_HEADER = "x-hub-signature-256"

ANSWER = WebhookAnswer(status=200)

STATUSES = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    # A voice message that was listened to.
    "played": ReceiptStatus.READ,
    "failed": ReceiptStatus.FAILED,
}

NUMBER_CHANGES = frozenset({"user_changed_number", "customer_changed_number"})

IDENTITY_CHECKS = frozenset({"customer_identity_changed", "user_identity_changed"})
"""A person's security code changed, as with a new phone; whom we know stays the same."""

MAX_DETAIL_CHARACTERS = 1000
MAX_LOGGED_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class AccountField:
    """How a field of account webhooks is read.

    Parameters
    ----------
    subject
        What it is about; None stands for the template that it names.
    event
        Where the provider's word stands; None where the field's own name is all there is.
    details
        What else operators want to see.
    """

    subject: str | None
    event: str | None
    details: tuple[str, ...] = ()


ACCOUNT_FIELDS = {
    "message_template_status_update": AccountField(
        None, "event", ("reason", "other_info", "disable_info")
    ),
    "message_template_quality_update": AccountField(
        None, "new_quality_score", ("previous_quality_score",)
    ),
    # Before a category changes, its present one comes as the new one, its next as the correct one.
    "template_category_update": AccountField(
        None, "new_category", ("previous_category", "correct_category", "category_update_timestamp")
    ),
    "message_template_components_update": AccountField(None, None),
    "phone_number_quality_update": AccountField(
        "phone_number",
        "event",
        (
            "display_phone_number",
            "old_limit",
            "current_limit",
            "max_daily_conversations_per_business",
        ),
    ),
    "phone_number_name_update": AccountField(
        "phone_number", "decision", ("display_phone_number", "rejection_reason")
    ),
    "account_update": AccountField(
        "account", "event", ("phone_number", "ban_info", "violation_info", "restriction_info")
    ),
    "account_review_update": AccountField("account", "decision"),
    "account_alerts": AccountField(
        "account",
        "alert_type",
        ("entity_type", "alert_severity", "alert_status", "alert_description"),
    ),
    "business_capability_update": AccountField(
        "account",
        None,
        (
            "max_daily_conversation_per_phone",
            "max_daily_conversations_per_business",
            "max_phone_numbers_per_business",
            "max_phone_numbers_per_waba",
        ),
    ),
}

CONVERSATION_FIELDS = frozenset({"messages", "user_id_update"})

_UNLISTED = message_refused("a code that is not in the error table")
_NO_CODE = "no_error_code"
_KINDS = (IdentityKind.PHONE, IdentityKind.META_USER, IdentityKind.META_PARENT_USER)
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_META_ID = re.compile(r"[0-9]{1,40}")
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})")
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")


class MetaWebhookReader:
    """Reads Meta's requests for all apps and accounts; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`.

        Each unreadable text is an entry of Meta's with one element, as it would come alone.
        """
        if request.method == "GET":
            return self._challenge(request)
        apps = self._signers(request)
        reading = _Reading(self._accounts, apps, self._clock.now())
        try:
            for entry in _entries(request.body):
                reading.add_entry(entry)
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


class _Reading:
    """A verified request: what has been read of it so far."""

    def __init__(
        self, accounts: WebhookAccounts, apps: Collection[str], received_at: datetime
    ) -> None:
        self.updates: list[Update] = []
        self.unreadable: list[str] = []
        self._accounts = accounts
        self._apps = apps
        self._received_at = received_at
        self._known: dict[str, ChannelAccount | None] = {}

    def add_entry(self, entry: object) -> None:
        """Read an entry; it belongs to one business account, its changes to any number of it."""
        if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
            self.unreadable.append(json.dumps(entry))
            return
        time = entry.get("time")
        header = {
            "id": _meta_id(entry.get("id")),
            **({"time": time} if isinstance(time, int) else {}),
        }
        for change in entry["changes"]:
            try:
                self._add_change(header, as_object(change))
            except (UnreadableError, ValidationError):
                self._keep(header, change)

    def _add_change(self, header: Json, change: Json) -> None:
        field, value = required(change, "field"), as_object(change.get("value"))
        if field in CONVERSATION_FIELDS:
            self._add_conversation(header, field, value)
        elif field in ACCOUNT_FIELDS:
            self._add_account_update(header, field, value)
        else:
            logger.info(
                "a webhook field is not served", extra={"field": field[:MAX_LOGGED_CHARACTERS]}
            )

    def _add_conversation(self, header: Json, field: str, value: Json) -> None:
        number_id = _meta_id(part(value, "metadata").get("phone_number_id"))
        if number_id is None:
            raise UnreadableError
        account = self._account(number_id)
        if account is None:
            return
        for error in elements(value, "errors"):
            logger.warning(
                "an error in a webhook", extra={"provider_code": _code(error), **_names(account)}
            )
        contacts = _index(elements(value, "contacts"))
        metadata = {"phone_number_id": number_id}
        for element in elements(value, "messages"):
            contact = _contact_of(element, contacts)
            try:
                self.updates += self._message(account, as_object(element), contact)
            except (UnreadableError, ValidationError):
                alone = {"metadata": metadata, "contacts": [contact], "messages": [element]}
                self._keep(header, {"field": field, "value": alone})
        for name, read in (("statuses", self._receipt), ("user_id_update", self._user_id_update)):
            for element in elements(value, name):
                try:
                    self.updates += read(account, as_object(element))
                except (UnreadableError, ValidationError):
                    alone = {"metadata": metadata, name: [element]}
                    self._keep(header, {"field": field, "value": alone})

    def _add_account_update(self, header: Json, field: str, value: Json) -> None:
        """Account webhooks have no metadata: the entry names the business account."""
        if header["id"] is None:
            raise UnreadableError
        account = self._account(f"waba:{header['id']}")
        if account is None:
            return
        described = ACCOUNT_FIELDS[field]
        # The words of an alert stand in an object of their own, in older releases beside it.
        words = {**value, **part(value, "alert_info")}
        details = {
            name: words[name]
            for name in described.details
            if words.get(name) not in (None, "", "NONE")
        }
        detail = ", ".join(f"{name}: {_told(value)}" for name, value in details.items())
        self.updates.append(
            AccountUpdate(
                tenant_id=account.tenant_id,
                account_id=account.account_id,
                provider=account.provider,
                subject=described.subject or _template(value),
                event=required(words, described.event) if described.event else field,
                detail=detail[:MAX_DETAIL_CHARACTERS],
                at=moment(header.get("time"), otherwise=self._received_at),
                received_at=self._received_at,
            )
        )

    def _receipt(self, account: ChannelAccount, status: Json) -> list[Receipt]:
        message_id, word = required_id(status, "id"), required(status, "status")
        if word not in STATUSES:
            logger.warning(
                "an unknown status is left out",
                extra={"status": word[:MAX_LOGGED_CHARACTERS], **_names(account)},
            )
            return []
        reached = STATUSES[word]
        return [
            Receipt(
                tenant_id=account.tenant_id,
                account_id=account.account_id,
                provider=account.provider,
                provider_message_id=message_id,
                status=reached,
                at=moment(status.get("timestamp"), otherwise=self._received_at),
                received_at=self._received_at,
                tag=text_of(status.get("biz_opaque_callback_data")),
                failure=_failure(account, status) if reached is ReceiptStatus.FAILED else None,
                pricing_category=text_of(part(status, "pricing").get("category")),
            )
        ]

    def _message(self, account: ChannelAccount, message: Json, contact: Json) -> list[Update]:
        if message.get("group_id"):
            logger.info("a group's message is left out", extra=_names(account))
            return []
        if message.get("type") == "system":
            return [*self._system_message(account, message)]
        sender = _by_kind(
            (IdentityKind.PHONE, message.get("from")),
            (IdentityKind.PHONE, contact.get("wa_id")),
            (IdentityKind.META_USER, message.get("from_user_id")),
            (IdentityKind.META_USER, contact.get("user_id")),
            (IdentityKind.META_PARENT_USER, message.get("from_parent_user_id")),
            (IdentityKind.META_PARENT_USER, contact.get("parent_user_id")),
        )
        profile = part(contact, "profile")
        content = content_of(message)
        return [
            InboundMessage(
                tenant_id=account.tenant_id,
                account_id=account.account_id,
                provider=account.provider,
                provider_message_id=required_id(message, "id"),
                sender=tuple(sender[kind] for kind in _KINDS if kind in sender),
                sender_name=text_of(profile.get("name")) or text_of(profile.get("username")),
                at=moment(message.get("timestamp"), otherwise=self._received_at),
                received_at=self._received_at,
                type=content.type,
                text=content.text,
                payload=content.payload,
                refers_to=content.refers_to,
                media=content.media,
                location=content.location,
                contacts=content.contacts,
            )
        ]

    def _system_message(self, account: ChannelAccount, message: Json) -> list[IdentityChange]:
        """WhatsApp's own words in a conversation: the person has another number or user id."""
        system = as_object(message.get("system"))
        kind = required(system, "type")
        if kind in IDENTITY_CHECKS:
            logger.info("a change of a security code is left out", extra=_names(account))
            return []
        if kind not in NUMBER_CHANGES and kind != "user_changed_user_id":
            raise UnreadableError
        old = _by_kind(
            (IdentityKind.META_USER, system.get("previous_user_id")),
            (IdentityKind.META_USER, message.get("from_user_id")),
            (IdentityKind.META_PARENT_USER, message.get("from_parent_user_id")),
            (IdentityKind.PHONE, message.get("from")),
        )
        new = _by_kind(
            (IdentityKind.META_USER, system.get("user_id")),
            (IdentityKind.META_PARENT_USER, system.get("parent_user_id")),
            (IdentityKind.PHONE, system.get("new_wa_id")),
            (IdentityKind.PHONE, system.get("wa_id")),
        )
        pairs = [(old[name], new[name]) for name in _KINDS if name in old and name in new]
        has_hidden_number = IdentityKind.PHONE in old and IdentityKind.PHONE not in new
        if kind in NUMBER_CHANGES and has_hidden_number and IdentityKind.META_USER in new:
            pairs.append((old[IdentityKind.PHONE], new[IdentityKind.META_USER]))
        changes = self._identity_changes(account, pairs, message)
        if not changes:
            # Meta links the two names in a webhook of its own then, user_id_update.
            logger.info("a system message names no old identity", extra=_names(account))
        return changes

    def _user_id_update(self, account: ChannelAccount, update: Json) -> list[IdentityChange]:
        """What links a person's old and new user ids after a change of number."""
        names = {
            IdentityKind.META_USER: part(update, "user_id"),
            IdentityKind.META_PARENT_USER: part(update, "parent_user_id"),
        }
        old = _by_kind(*((kind, name.get("previous")) for kind, name in names.items()))
        new = _by_kind(*((kind, name.get("current")) for kind, name in names.items()))
        pairs = [(old[kind], new[kind]) for kind in _KINDS if kind in old and kind in new]
        if not pairs:
            raise UnreadableError
        return self._identity_changes(account, pairs, update)

    def _identity_changes(
        self, account: ChannelAccount, pairs: Iterable[tuple[Identity, Identity]], source: Json
    ) -> list[IdentityChange]:
        return [
            IdentityChange(
                tenant_id=account.tenant_id,
                account_id=account.account_id,
                provider=account.provider,
                old=old,
                new=new,
                at=moment(source.get("timestamp"), otherwise=self._received_at),
                received_at=self._received_at,
            )
            for old, new in pairs
            if old != new
        ]

    def _account(self, external_id: str) -> ChannelAccount | None:
        """The account of that id, if one of the apps that signed may speak for it."""
        if external_id in self._known:
            return self._known[external_id]
        account = self._accounts.by_external_id(Provider.WHATSAPP_CLOUD, external_id)
        if account is None:
            logger.warning("webhook for an unknown account", extra={"external_id": external_id})
        elif (app_id := account.settings.get("app_id")) and app_id not in self._apps:
            logger.warning("webhook of an app that is not the account's", extra=_names(account))
            account = None
        self._known[external_id] = account
        return account

    def _keep(self, header: Json, change: object) -> None:
        self.unreadable.append(json.dumps({**header, "changes": [change]}))


def _entries(body: bytes) -> list[object]:
    try:
        envelope = json.loads(body, parse_constant=_refuse)
    except ValueError:
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("object"), str):
        raise MalformedWebhookError("not a webhook")
    if envelope["object"] != OBJECT:
        logger.warning(
            "webhooks of another product are not served",
            extra={"object": envelope["object"][:MAX_LOGGED_CHARACTERS]},
        )
        return []
    entries = envelope.get("entry")
    if not isinstance(entries, list):
        raise MalformedWebhookError("not a list of entries")
    return entries


def _refuse(constant: str) -> NoReturn:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(constant)


def _meta_id(value: object) -> str | None:
    """An id of Meta's: digits, so that none can pass for an id of another kind."""
    return value if isinstance(value, str) and _META_ID.fullmatch(value) else None


def _names(account: ChannelAccount) -> dict[str, str]:
    return {"tenant_id": account.tenant_id, "account_id": account.account_id}


def _index(contacts: Iterable[object]) -> dict[str, Json]:
    """Contacts by each of their names."""
    found: dict[str, Json] = {}
    for contact in contacts:
        if isinstance(contact, dict):
            for name in ("wa_id", "user_id"):
                if key := text_of(contact.get(name)):
                    found.setdefault(key, contact)
    return found


def _contact_of(message: object, contacts: dict[str, Json]) -> Json:
    if not isinstance(message, dict):
        return {}
    names = (text_of(message.get("from")), text_of(message.get("from_user_id")))
    return next((contacts[name] for name in names if name in contacts), {})


def _by_kind(*given: tuple[IdentityKind, object]) -> dict[IdentityKind, Identity]:
    """The first identity of each kind. Where a phone is expected, a user id may stand."""
    found: dict[IdentityKind, Identity] = {}
    for kind, value in given:
        text = text_of(value)
        if text is None:
            continue
        if kind is IdentityKind.PHONE:
            if phone := _PHONE.fullmatch(text):
                text = f"+{phone[1]}"
            elif user := _USER_ID.fullmatch(text):
                kind = IdentityKind.META_PARENT_USER if user[1] else IdentityKind.META_USER
            else:
                continue
        found.setdefault(kind, Identity(kind=kind, value=text))
    return found


def _code(error: object) -> str:
    code = error.get("code") if isinstance(error, dict) else None
    return str(code) if type(code) is int and 0 <= code < 10_000_000 else _NO_CODE


def _failure(account: ChannelAccount, status: Json) -> Failure:
    code = _code(next(iter(elements(status, "errors")), None))
    verdict = ERRORS.get(code) or unlisted(account, code, _UNLISTED)
    return Failure.of(verdict.to_error(code))


def _template(value: Json) -> str:
    """A template as the sender names it; Meta writes its language as en_US and as en-US."""
    language = required(value, "message_template_language").replace("-", "_")
    return f"template:{required(value, 'message_template_name')}/{language}"


def _told(value: object) -> str:
    return text_of(value) or json.dumps(value)
