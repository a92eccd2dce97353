"""WhatsApp messages of every kind, as Meta's Cloud API takes them.

Shapes and limits: developers.facebook.com/docs/whatsapp/cloud-api, page "Messages". Meta counts
characters; what is over a limit is refused here, since it would be refused there.
"""

from __future__ import annotations

from typing import NamedTuple

from recado.domain.errors import PermanentMessageError
from recado.domain.messages import (
    ApprovedTemplateMessage,
    Attachment,
    AttachmentType,
    Button,
    Form,
    Menu,
    MenuRow,
    Reaction,
    WhatsAppMessage,
)

BASE_URL = "https://graph.facebook.com/v25.0"

MAX_TEXT = 4096
"""Characters of a text message, and of the text over a list."""

MAX_SHORT_TEXT = 1024
"""Characters of a caption, and of the text over buttons, a form or a request for a place."""

MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20
MAX_BUTTON_PAYLOAD = 256

MAX_ROWS = 10
MAX_ROW_TITLE = 24
MAX_ROW_PAYLOAD = 200
MAX_ROW_DESCRIPTION = 72

MAX_FORM_BUTTON = 30

CHOICES = "Opciones · Options"
"""Opens the list that more than three buttons become: the message has no words for it, and it
may be in either of the product's languages."""


class _Kind(NamedTuple):
    """What of a message is sent, as the keys of the request's body."""

    name: str
    value: object


def request_body(content: WhatsAppMessage) -> dict[str, object]:
    """The part of the request that says what is sent: the template, or the free text.

    Raises
    ------
    PermanentMessageError
        Meta would not take it: something is too long or too many (`text_too_long`,
        `buttons_refused`, `menu_refused`, `form_refused`), there is no text where one must be
        (`text_missing`), a voice has a caption (`caption_refused`), or it is two kinds of message
        at once (`parts_refused`).
    """
    if content.approved_template and not content.free_text:
        kind = _Kind("template", _template(content.approved_template))
    else:
        kind = _free_text(content)
    body: dict[str, object] = {"type": kind.name, kind.name: kind.value}
    # A reaction names its message itself.
    if content.reply_to and kind.name != "reaction":
        body["context"] = {"message_id": content.reply_to}
    return body


def _template(template: ApprovedTemplateMessage) -> dict[str, object]:
    payload: dict[str, object] = {
        "name": template.name,
        "language": {"code": template.language},
    }
    if template.parameters:
        parameters = [{"type": "text", "text": value} for value in template.parameters]
        payload["components"] = [{"type": "body", "parameters": parameters}]
    return payload


def _free_text(content: WhatsAppMessage) -> _Kind:
    parts = (
        content.buttons,
        content.menu,
        content.form,
        content.asks_for_location,
        content.attachment,
        content.reaction,
    )
    if sum(map(bool, parts)) > 1:
        raise PermanentMessageError("parts_refused", "a message carries one kind of content")
    if content.reaction:
        return _reaction(content.reaction, content.text)
    if content.attachment:
        return _attachment(content.attachment, content.text)
    if content.buttons:
        return _Kind("interactive", _buttons(content.text, content.buttons))
    if content.menu:
        return _Kind("interactive", _menu(content.text, content.menu))
    if content.form:
        return _Kind("interactive", _form(content.text, content.form))
    if content.asks_for_location:
        action: dict[str, object] = {"name": "send_location"}
        return _Kind(
            "interactive",
            _interactive("location_request_message", content.text, action, MAX_SHORT_TEXT),
        )
    return _Kind("text", {"body": _text(content.text, MAX_TEXT), "preview_url": False})


def _text(text: str, limit: int) -> str:
    if not text.strip():
        raise PermanentMessageError("text_missing", "the message has no text")
    if len(text) > limit:
        raise PermanentMessageError("text_too_long", f"more than {limit} characters")
    return text


def _interactive(kind: str, text: str, action: dict[str, object], limit: int) -> dict[str, object]:
    return {"type": kind, "body": {"text": _text(text, limit)}, "action": action}


def _buttons(text: str, buttons: tuple[Button, ...]) -> dict[str, object]:
    """Buttons as Meta has them: up to 3 answers, one link alone, or up to 10 lines of a list."""
    if len(buttons) == 1 and buttons[0].url:
        return _link(text, buttons[0].title, buttons[0].url)
    answers = [(button.title, button.payload) for button in buttons if button.payload is not None]
    if len(answers) < len(buttons):
        raise PermanentMessageError("buttons_refused", "a link must be the only button")
    if len(answers) > MAX_BUTTONS:
        return _list_of(text, answers)
    action: dict[str, object] = {
        "buttons": [
            {
                "type": "reply",
                "reply": {
                    "id": _within("buttons_refused", payload, MAX_BUTTON_PAYLOAD),
                    "title": _within("buttons_refused", title, MAX_BUTTON_TITLE),
                },
            }
            for title, payload in answers
        ]
    }
    _refuse_repeated("buttons_refused", [payload for _, payload in answers])
    return _interactive("button", text, action, MAX_SHORT_TEXT)


def _link(text: str, title: str, url: str) -> dict[str, object]:
    parameters = {"display_text": _within("buttons_refused", title, MAX_BUTTON_TITLE), "url": url}
    action: dict[str, object] = {"name": "cta_url", "parameters": parameters}
    return _interactive("cta_url", text, action, MAX_SHORT_TEXT)


def _list_of(text: str, answers: list[tuple[str, str]]) -> dict[str, object]:
    rows = [_row("buttons_refused", title, payload) for title, payload in answers]
    return _list("buttons_refused", text, CHOICES, rows)


def _menu(text: str, menu: Menu) -> dict[str, object]:
    rows = [_menu_row(row) for row in menu.rows]
    return _list("menu_refused", text, menu.button, rows)


def _menu_row(row: MenuRow) -> dict[str, object]:
    shown = _row("menu_refused", row.title, row.payload)
    if row.description:
        shown["description"] = _within("menu_refused", row.description, MAX_ROW_DESCRIPTION)
    return shown


def _row(code: str, title: str, payload: str) -> dict[str, object]:
    return {
        "id": _within(code, payload, MAX_ROW_PAYLOAD),
        "title": _within(code, title, MAX_ROW_TITLE),
    }


def _list(code: str, text: str, button: str, rows: list[dict[str, object]]) -> dict[str, object]:
    if len(rows) > MAX_ROWS:
        raise PermanentMessageError(code, f"more than {MAX_ROWS} choices")
    _refuse_repeated(code, [row["id"] for row in rows])
    # A section needs a title only where there are several.
    action: dict[str, object] = {
        "button": _within(code, button, MAX_BUTTON_TITLE),
        "sections": [{"rows": rows}],
    }
    return _interactive("list", text, action, MAX_TEXT)


def _form(text: str, form: Form) -> dict[str, object]:
    opened: dict[str, object] = {"screen": form.screen}
    # Meta refuses data without anything in it.
    if form.data:
        opened["data"] = dict(form.data)
    parameters = {
        "flow_message_version": "3",
        "flow_id": form.flow_id,
        "flow_cta": _within("form_refused", form.button, MAX_FORM_BUTTON),
        "flow_token": form.token,
        "flow_action": "navigate",
        "flow_action_payload": opened,
    }
    action: dict[str, object] = {"name": "flow", "parameters": parameters}
    return _interactive("flow", text, action, MAX_SHORT_TEXT)


def _attachment(attachment: Attachment, caption: str) -> _Kind:
    file = {"link": attachment.url} if attachment.url else {"id": attachment.media_id}
    if caption and attachment.type is AttachmentType.AUDIO:
        raise PermanentMessageError("caption_refused", "a sound has no caption")
    if caption:
        file["caption"] = _text(caption, MAX_SHORT_TEXT)
    if attachment.file_name and attachment.type is AttachmentType.DOCUMENT:
        file["filename"] = attachment.file_name
    return _Kind(attachment.type.value, file)


def _reaction(reaction: Reaction, text: str) -> _Kind:
    if text:
        raise PermanentMessageError("parts_refused", "a reaction carries no text")
    return _Kind("reaction", {"message_id": reaction.message_id, "emoji": reaction.emoji})


def _within(code: str, text: str, limit: int) -> str:
    if not text.strip() or len(text) > limit:
        raise PermanentMessageError(code, f"empty, or more than {limit} characters")
    return text


def _refuse_repeated(code: str, payloads: list[object]) -> None:
    if len(set(payloads)) < len(payloads):
        raise PermanentMessageError(code, "two choices have the same payload")
