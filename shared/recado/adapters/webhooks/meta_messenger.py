"""What Meta tells us of Messenger and Instagram: messages, reactions, and what was read.

Protocol: developers.facebook.com/docs/messenger-platform/webhooks, and the page of the same name
for Instagram. Both have one shape; people are known by ids that only one page or account uses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import ValidationError

from recado.adapters.webhooks.json_parts import (
    MAX_ID_CHARACTERS,
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
from recado.adapters.webhooks.meta_content import Content
from recado.adapters.webhooks.meta_messenger_content import content_of
from recado.adapters.webhooks.meta_reading import (
    MAX_LOGGED_CHARACTERS,
    Reading,
    header_of,
    meta_id,
    names_of,
)
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.updates import (
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    ReadUpTo,
    Update,
)

logger = logging.getLogger(__name__)

PARTS = frozenset({"messaging", "standby", "changes"})
"""Where the events of an entry stand."""

CHANGED_FIELDS = frozenset(
    {"messages", "messaging_postbacks", "message_reactions", "messaging_seen", "message_edit"}
)
"""Fields that Instagram may send as changes, each with an event as its value."""

_IDENTITY_KINDS = {
    Provider.MESSENGER: IdentityKind.MESSENGER_USER,
    Provider.INSTAGRAM: IdentityKind.INSTAGRAM_USER,
}
_NEVER = datetime.fromtimestamp(0, UTC)


def add_page_entry(reading: Reading, entry: object) -> None:
    """Read an entry of a Facebook page."""
    _add_entry(reading, Provider.MESSENGER, entry)


def add_instagram_entry(reading: Reading, entry: object) -> None:
    """Read an entry of an Instagram account."""
    _add_entry(reading, Provider.INSTAGRAM, entry)


def _add_entry(reading: Reading, provider: Provider, entry: object) -> None:
    if not isinstance(entry, dict) or not PARTS & entry.keys():
        reading.keep(entry)
        return
    header = header_of(entry)
    account_id = header["id"]
    if account_id is None:
        reading.keep(entry)
        return
    account = reading.account(provider, account_id)
    if account is None:
        return
    if "standby" in entry:
        # Another app has the conversation, such as people who answer in the page's own inbox.
        logger.info("what another app answers is left out", extra=names_of(account))
    for event in elements(entry, "messaging"):
        _add_event(reading, account, event, alone={**header, "messaging": [event]})
    for change in elements(entry, "changes"):
        alone = {**header, "changes": [change]}
        field = text_of(change.get("field")) if isinstance(change, dict) else None
        if not isinstance(change, dict) or field is None:
            reading.keep(alone)
        elif field in CHANGED_FIELDS:
            _add_event(reading, account, change.get("value"), alone=alone)
        else:
            logger.info(
                "a webhook field is not served", extra={"field": field[:MAX_LOGGED_CHARACTERS]}
            )


def _add_event(reading: Reading, account: ChannelAccount, event: object, *, alone: Json) -> None:
    """Read an event; `alone` is its entry without the others."""
    try:
        found = as_object(event)
        for name, read in _READERS.items():
            if name in found:
                reading.updates += read(reading, account, found)
                return
    except (UnreadableError, ValidationError):
        reading.keep(alone)
        return
    # Opt-ins, referrals and whatever comes next: nobody wrote anything.
    names = ", ".join(sorted(set(found) - {"sender", "recipient", "timestamp"}))
    logger.info(
        "an event is not served",
        extra={"event": names[:MAX_LOGGED_CHARACTERS], **names_of(account)},
    )


def _message(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    message = as_object(event.get("message"))
    # What the account itself sent comes back, with sender and recipient exchanged.
    if message.get("is_echo") is True:
        return []
    message_id = required_id(message, "mid")
    if message.get("is_deleted") is True:
        taken_back = Content(InboundType.REVOKE, refers_to=message_id)
        # The message that it takes back has the same id, and may have been kept already.
        return [_inbound(reading, account, event, f"{message_id}:deleted", taken_back)]
    return [_inbound(reading, account, event, message_id, content_of(message))]


def _postback(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    """A button of a template, of the menu, or the one that starts a conversation."""
    postback = as_object(event.get("postback"))
    payload = text_of(postback.get("payload"))
    title = text_of(postback.get("title")) or payload
    if title is None:
        raise UnreadableError
    content = Content(InboundType.BUTTON, title, payload)
    message_id = text_of(postback.get("mid")) or _event_id(event, "postback", title)
    return [_inbound(reading, account, event, message_id, content)]


def _reaction(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    """An emoji on a message; one that is taken back has none."""
    reaction = as_object(event.get("reaction"))
    message_id, action = required_id(reaction, "mid"), required(reaction, "action")
    if action not in ("react", "unreact"):
        raise UnreadableError
    emoji = text_of(reaction.get("emoji")) or text_of(reaction.get("reaction")) or ""
    content = Content(
        InboundType.REACTION, emoji if action == "react" else "", refers_to=message_id
    )
    return [_inbound(reading, account, event, _event_id(event, action, message_id), content)]


def _edit(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    edit = as_object(event.get("message_edit"))
    message_id, text = required_id(edit, "mid"), text_of(edit.get("text"))
    if text is None:
        # Instagram tells that something was edited and may not tell what it says now.
        logger.info("an edit without its text is left out", extra=names_of(account))
        return []
    content = Content(InboundType.EDIT, text, refers_to=message_id)
    return [_inbound(reading, account, event, _event_id(event, "edit", message_id), content)]


def _event_id(event: Json, kind: str, subject: str) -> str:
    """An id for an event that has none of its own: the same when Meta sends it again."""
    time = moment(event.get("timestamp"), otherwise=_NEVER).isoformat()
    # A digest, since ids are logged, and whom it is from is an address.
    digest = sha256("\n".join((_person(event), time, subject)).encode()).hexdigest()
    return f"{kind}:{digest}"


def _inbound(
    reading: Reading, account: ChannelAccount, event: Json, message_id: str, content: Content
) -> InboundMessage:
    if len(message_id) > MAX_ID_CHARACTERS:
        raise UnreadableError
    return InboundMessage(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        provider=account.provider,
        provider_message_id=message_id,
        sender=(_sender(account, event),),
        at=_at(reading, event),
        received_at=reading.received_at,
        type=content.type,
        text=content.text,
        payload=content.payload,
        refers_to=content.refers_to,
        media=content.media,
    )


def _delivery(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    """Messages that arrived. The watermark beside them, or alone, names none."""
    delivery = as_object(event.get("delivery"))
    at = moment(delivery.get("watermark"), otherwise=_at(reading, event))
    message_ids = elements(delivery, "mids")
    return [
        _receipt(reading, account, required_id({"mid": each}, "mid"), ReceiptStatus.DELIVERED, at)
        for each in message_ids
    ]


def _read(reading: Reading, account: ChannelAccount, event: Json) -> list[Update]:
    """A message that was read (Instagram), or all up to a moment (Messenger)."""
    read = as_object(event.get("read"))
    at = _at(reading, event)
    if "mid" in read:
        return [_receipt(reading, account, required_id(read, "mid"), ReceiptStatus.READ, at)]
    up_to = moment(read.get("watermark"), otherwise=_NEVER)
    if up_to == _NEVER:
        raise UnreadableError
    return [
        ReadUpTo(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            sender=(_sender(account, event),),
            up_to=up_to,
            at=at,
            received_at=reading.received_at,
        )
    ]


def _receipt(
    reading: Reading,
    account: ChannelAccount,
    message_id: str,
    status: ReceiptStatus,
    at: datetime,
) -> Receipt:
    return Receipt(
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        provider=account.provider,
        provider_message_id=message_id,
        status=status,
        at=at,
        received_at=reading.received_at,
    )


def _at(reading: Reading, event: Json) -> datetime:
    return moment(event.get("timestamp"), otherwise=reading.received_at)


def _sender(account: ChannelAccount, event: Json) -> Identity:
    return Identity(kind=_IDENTITY_KINDS[account.provider], value=_person(event))


def _person(event: Json) -> str:
    person = meta_id(part(event, "sender").get("id"))
    if person is None:
        raise UnreadableError
    return person


_READERS: dict[str, Callable[[Reading, ChannelAccount, Json], list[Update]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _read,
}
