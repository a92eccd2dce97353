"""What a WhatsApp message of the Cloud API holds, by its type.

Types: developers.facebook.com/documentation/business-messaging/whatsapp, page "messages webhook
reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    as_object,
    elements,
    part,
    required,
    required_id,
    text_of,
)
from recado.domain.updates import InboundType, Location, Media, SharedContact

UNKNOWN_MIME_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message holds, as `InboundMessage` names it."""

    type: InboundType
    text: str = ""
    payload: str | None = None
    refers_to: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    contacts: tuple[SharedContact, ...] = ()


def content_of(message: Json) -> Content:
    """What a message holds.

    Types that we do not know are unsupported, and so is one whose part is missing: that is how
    Meta hands over what it cannot show, such as a file over 100 MB.

    Raises
    ------
    UnreadableError
        The part is there and is not what the type says.
    """
    name = text_of(message.get("type")) or ""
    read, found = _READERS.get(name), message.get(name)
    content = read(found) if read and found is not None else Content(InboundType.UNSUPPORTED)
    # An id of the message that it quotes; a forwarded message has a context without one.
    quoted = text_of(part(message, "context").get("id"))
    return replace(content, refers_to=content.refers_to or quoted)


def _text(found: object) -> Content:
    return Content(InboundType.TEXT, required(as_object(found), "body"))


def _file(found: object) -> Content:
    file = as_object(found)
    caption = text_of(file.get("caption")) or ""
    media = Media(
        mime_type=text_of(file.get("mime_type")) or UNKNOWN_MIME_TYPE,
        media_id=text_of(file.get("id")),
        url=text_of(file.get("url")),
        file_name=text_of(file.get("filename")),
        sha256=text_of(file.get("sha256")),
    )
    if not (media.media_id or media.url):
        return Content(InboundType.UNSUPPORTED, caption)
    return Content(InboundType.MEDIA, caption, media=(media,))


def _location(found: object) -> Content:
    place = as_object(found)
    location = Location(
        latitude=_degrees(place.get("latitude"), limit=90),
        longitude=_degrees(place.get("longitude"), limit=180),
        name=text_of(place.get("name")),
        address=text_of(place.get("address")),
    )
    return Content(InboundType.LOCATION, location=location)


def _degrees(value: object, *, limit: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= limit:
        raise UnreadableError
    return float(value)


def _contacts(found: object) -> Content:
    if not isinstance(found, list):
        raise UnreadableError
    return Content(InboundType.CONTACTS, contacts=tuple(_card(as_object(card)) for card in found))


def _card(card: Json) -> SharedContact:
    """A contact card, with its phones in E.164 where WhatsApp knows them."""
    name = part(card, "name")
    phones: list[str] = []
    for phone in elements(card, "phones"):
        entry = phone if isinstance(phone, dict) else {}
        if known := text_of(entry.get("wa_id")):
            phones.append(f"+{known.removeprefix('+')}")
        elif written := text_of(entry.get("phone")):
            phones.append(re.sub(r"[\s().-]", "", written))
    return SharedContact(
        name=text_of(name.get("formatted_name")) or text_of(name.get("first_name")) or "",
        phones=tuple(phones),
    )


def _interactive(found: object) -> Content:
    interactive = as_object(found)
    kind = text_of(interactive.get("type"))
    reply = part(interactive, kind or "")
    match kind:
        case "button_reply":
            return Content(InboundType.BUTTON, required(reply, "title"), required(reply, "id"))
        case "list_reply":
            return Content(InboundType.LIST, required(reply, "title"), required(reply, "id"))
        case "nfm_reply":
            answers = reply.get("response_json")
            payload = text_of(answers) if isinstance(answers, str | None) else json.dumps(answers)
            return Content(InboundType.FORM, text_of(reply.get("body")) or "", payload)
        case _:
            return Content(InboundType.UNSUPPORTED)


def _template_button(found: object) -> Content:
    button = as_object(found)
    return Content(InboundType.BUTTON, required(button, "text"), text_of(button.get("payload")))


def _reaction(found: object) -> Content:
    """A reaction; one that was taken back has an empty emoji, or none."""
    reaction = as_object(found)
    emoji = text_of(reaction.get("emoji")) or ""
    return Content(InboundType.REACTION, emoji, refers_to=required_id(reaction, "message_id"))


def _order(found: object) -> Content:
    order = as_object(found)
    return Content(InboundType.ORDER, text_of(order.get("text")) or "", json.dumps(order))


def _edit(found: object) -> Content:
    edit = as_object(found)
    message = as_object(edit.get("message"))
    # Else an edit in an edit in an edit would end in a RecursionError.
    if message.get("type") == "edit":
        raise UnreadableError
    content = content_of(message)
    is_readable = content.type is not InboundType.UNSUPPORTED
    return replace(
        content,
        type=InboundType.EDIT if is_readable else InboundType.UNSUPPORTED,
        refers_to=required_id(edit, "original_message_id"),
    )


def _revoke(found: object) -> Content:
    return Content(
        InboundType.REVOKE, refers_to=required_id(as_object(found), "original_message_id")
    )


_READERS: dict[str, Callable[[object], Content]] = {
    "text": _text,
    **dict.fromkeys(("audio", "document", "image", "sticker", "video"), _file),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _template_button,
    "reaction": _reaction,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
}
