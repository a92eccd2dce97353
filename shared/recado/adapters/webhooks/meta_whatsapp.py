"""What Meta tells us of WhatsApp through the Cloud API: statuses and messages.

Protocol: developers.facebook.com/documentation/business-messaging/whatsapp, pages "Webhooks" and
"Business-scoped user IDs".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

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
from recado.adapters.webhooks.meta_reading import (
    MAX_LOGGED_CHARACTERS,
    Reading,
    header_of,
    meta_id,
    names_of,
)
from recado.adapters.webhooks.meta_whatsapp_accounts import ACCOUNT_FIELDS, add_account_update
from recado.domain.addresses import META_USER_ID
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.domain.updates import Identity, IdentityChange, IdentityKind, InboundMessage, Update

logger = logging.getLogger(__name__)

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

CONVERSATION_FIELDS = frozenset({"messages", "user_id_update"})

_UNLISTED = message_refused("a code that is not in the error table")
_NO_CODE = "no_error_code"
_KINDS = (IdentityKind.PHONE, IdentityKind.META_USER, IdentityKind.META_PARENT_USER)
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})")


def add_business_entry(reading: Reading, entry: object) -> None:
    """Read an entry; it belongs to one business account, its changes to any number of it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
        reading.keep(entry)
        return
    header = header_of(entry)
    for change in entry["changes"]:
        try:
            _add_change(reading, header, as_object(change))
        except (UnreadableError, ValidationError):
            _keep(reading, header, change)


def _add_change(reading: Reading, header: Json, change: Json) -> None:
    field, value = required(change, "field"), as_object(change.get("value"))
    if field in CONVERSATION_FIELDS:
        _add_conversation(reading, header, field, value)
    elif field in ACCOUNT_FIELDS:
        add_account_update(reading, header, field, value)
    else:
        logger.info("a webhook field is not served", extra={"field": field[:MAX_LOGGED_CHARACTERS]})


def _add_conversation(reading: Reading, header: Json, field: str, value: Json) -> None:
    number_id = meta_id(part(value, "metadata").get("phone_number_id"))
    if number_id is None:
        raise UnreadableError
    account = reading.account(Provider.WHATSAPP_CLOUD, number_id)
    if account is None:
        return
    for error in elements(value, "errors"):
        logger.warning(
            "an error in a webhook", extra={"provider_code": _code(error), **names_of(account)}
        )
    contacts = _index(elements(value, "contacts"))
    metadata = {"phone_number_id": number_id}
    for element in elements(value, "messages"):
        contact = _contact_of(element, contacts)
        try:
            reading.updates += _message(reading, account, as_object(element), contact)
        except (UnreadableError, ValidationError):
            alone = {"metadata": metadata, "contacts": [contact], "messages": [element]}
            _keep(reading, header, {"field": field, "value": alone})
    for name, read in (("statuses", _receipt), ("user_id_update", _user_id_update)):
        for element in elements(value, name):
            try:
                reading.updates += read(reading, account, as_object(element))
            except (UnreadableError, ValidationError):
                alone = {"metadata": metadata, name: [element]}
                _keep(reading, header, {"field": field, "value": alone})


def _receipt(reading: Reading, account: ChannelAccount, status: Json) -> list[Receipt]:
    message_id, word = required_id(status, "id"), required(status, "status")
    if word not in STATUSES:
        logger.warning(
            "an unknown status is left out",
            extra={"status": word[:MAX_LOGGED_CHARACTERS], **names_of(account)},
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
            at=moment(status.get("timestamp"), otherwise=reading.received_at),
            received_at=reading.received_at,
            tag=text_of(status.get("biz_opaque_callback_data")),
            failure=_failure(account, status) if reached is ReceiptStatus.FAILED else None,
            pricing_category=text_of(part(status, "pricing").get("category")),
        )
    ]


def _message(
    reading: Reading, account: ChannelAccount, message: Json, contact: Json
) -> list[Update]:
    if message.get("group_id"):
        logger.info("a group's message is left out", extra=names_of(account))
        return []
    if message.get("type") == "system":
        return [*_system_message(reading, account, message)]
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
            at=moment(message.get("timestamp"), otherwise=reading.received_at),
            received_at=reading.received_at,
            type=content.type,
            text=content.text,
            payload=content.payload,
            refers_to=content.refers_to,
            media=content.media,
            location=content.location,
            contacts=content.contacts,
        )
    ]


def _system_message(
    reading: Reading, account: ChannelAccount, message: Json
) -> list[IdentityChange]:
    """WhatsApp's own words in a conversation: the person has another number or user id."""
    system = as_object(message.get("system"))
    kind = required(system, "type")
    if kind in IDENTITY_CHECKS:
        logger.info("a change of a security code is left out", extra=names_of(account))
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
    changes = _identity_changes(reading, account, pairs, message)
    if not changes:
        # Meta links the two names in a webhook of its own then, user_id_update.
        logger.info("a system message names no old identity", extra=names_of(account))
    return changes


def _user_id_update(
    reading: Reading, account: ChannelAccount, update: Json
) -> list[IdentityChange]:
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
    return _identity_changes(reading, account, pairs, update)


def _identity_changes(
    reading: Reading,
    account: ChannelAccount,
    pairs: Iterable[tuple[Identity, Identity]],
    source: Json,
) -> list[IdentityChange]:
    return [
        IdentityChange(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            old=old,
            new=new,
            at=moment(source.get("timestamp"), otherwise=reading.received_at),
            received_at=reading.received_at,
        )
        for old, new in pairs
        if old != new
    ]


def _keep(reading: Reading, header: Json, change: object) -> None:
    reading.keep({**header, "changes": [change]})


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
            elif user := META_USER_ID.fullmatch(text):
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
