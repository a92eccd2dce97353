"""What a message of Messenger or Instagram holds.

Types: developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages, and the
page of the same name for Instagram.
"""

from __future__ import annotations

from recado.adapters.webhooks.json_parts import Json, elements, part, required, text_of
from recado.adapters.webhooks.meta_content import UNKNOWN_MIME_TYPE, Content
from recado.domain.updates import InboundType, Media

MIME_TYPES = {
    "image": "image/*",
    "video": "video/*",
    "audio": "audio/*",
    "file": UNKNOWN_MIME_TYPE,
    # A story that mentions the account: a picture or a film.
    "story_mention": UNKNOWN_MIME_TYPE,
}
"""What Meta tells of a file before it is fetched."""

HEART = "❤️"


def content_of(message: Json) -> Content:
    """What a message holds; what Meta or we cannot show is unsupported, with its text.

    Raises
    ------
    UnreadableError
        A part is there and is not what its place says.
    """
    text = text_of(message.get("text")) or ""
    quoted = text_of(part(message, "reply_to").get("mid"))
    if "quick_reply" in message:
        payload = required(part(message, "quick_reply"), "payload")
        return Content(InboundType.BUTTON, text or payload, payload, quoted)
    attachments = [each for each in elements(message, "attachments") if isinstance(each, dict)]
    files = tuple(media for each in attachments if (media := _file(each)))
    if files:
        return Content(InboundType.MEDIA, text, refers_to=quoted, media=files)
    text = text or "\n".join(filter(None, map(_words, attachments)))
    is_shown = bool(text) and message.get("is_unsupported") is not True
    kind = InboundType.TEXT if is_shown else InboundType.UNSUPPORTED
    return Content(kind, text, refers_to=quoted)


def _file(attachment: Json) -> Media | None:
    kind = text_of(attachment.get("type"))
    url = text_of(part(attachment, "payload").get("url"))
    if kind not in MIME_TYPES or url is None:
        return None
    return Media(mime_type=MIME_TYPES[kind], url=url)


def _words(attachment: Json) -> str | None:
    """What an attachment that is no file says: a shared link, a heart."""
    match attachment.get("type"):
        case "like_heart":
            return HEART
        case "fallback" | "share":
            return text_of(part(attachment, "payload").get("url"))
        case _:
            return None
