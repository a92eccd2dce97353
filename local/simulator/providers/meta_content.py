"""Free-form WhatsApp messages of every kind, checked as Meta checks them.

Shapes and limits: https://developers.facebook.com/docs/whatsapp/cloud-api, page "Messages".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulator.media import MediaStore
from local.simulator.messages import Button, Kind

TEXT_LIMIT = 4096
SHORT_TEXT_LIMIT = 1024
FOOTER_LIMIT = 60
MAX_BUTTONS = 3
BUTTON_TITLE_LIMIT = 20
BUTTON_ID_LIMIT = 256
MAX_ROWS = 10
ROW_TITLE_LIMIT = 24
ROW_ID_LIMIT = 200
ROW_DESCRIPTION_LIMIT = 72
FLOW_BUTTON_LIMIT = 30
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
WITH_CAPTION = ("image", "video", "document")


class InvalidContent(Exception):
    """Meta refuses the content: its code, and what it says about it."""

    def __init__(self, code: int, details: str | None = None, *, title: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.title = title


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a message shows, in the terms of `Message`."""

    kind: Kind
    text: str
    buttons: tuple[Button, ...] = ()
    media_url: str | None = None
    reply_to: str | None = None


def content_of(given: Mapping[str, Any], media: MediaStore) -> Content:
    """The content of a request; raises InvalidContent when Meta would refuse it."""
    kind = given.get("type", "text")
    if kind == "text":
        return Content(kind="text", text=_text(given.get("text")))
    if kind == "interactive":
        return _interactive(_part(given, "interactive"))
    if kind in MEDIA_TYPES:
        return _media(kind, _part(given, kind), media)
    if kind == "reaction":
        return _reaction(_part(given, "reaction"))
    raise InvalidContent(131051, f"The simulator does not know the type {kind}")


def _part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = given.get(name)
    if not isinstance(part, dict):
        raise InvalidContent(131008, f"Parameter '{name}' is mandatory")
    return part


def _text(given: object) -> str:
    body = given.get("body") if isinstance(given, dict) else None
    if not isinstance(body, str) or not body:
        raise InvalidContent(131008, "Parameter 'text' is mandatory for type 'text'")
    if len(body) > TEXT_LIMIT:
        title = f"Param text['body'] must be at most {TEXT_LIMIT} characters long."
        raise InvalidContent(100, title=title)
    return body


def _media(kind: str, part: Mapping[str, Any], media: MediaStore) -> Content:
    media_id, link = part.get("id"), part.get("link")
    if (media_id is None) == (link is None):
        raise InvalidContent(100, title=f"Param {kind} must have either id or link.")
    if link is not None and (not isinstance(link, str) or not re.match(r"https?://", link)):
        raise InvalidContent(100, title=f"Param {kind}['link'] is not a valid URI.")
    if media_id is not None and media.get(str(media_id)) is None:
        title = f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
        raise InvalidContent(100, title=title)
    caption = part.get("caption", "")
    if caption and kind not in WITH_CAPTION:
        raise InvalidContent(100, title=f'Unexpected key "caption" on param "{kind}".')
    if not isinstance(caption, str) or len(caption) > SHORT_TEXT_LIMIT:
        title = f"Param {kind}['caption'] must be at most {SHORT_TEXT_LIMIT} characters long."
        raise InvalidContent(100, title=title)
    if "filename" in part and kind != "document":
        raise InvalidContent(100, title=f'Unexpected key "filename" on param "{kind}".')
    return Content(kind="media", text=caption, media_url=link or str(media_id))


def _reaction(part: Mapping[str, Any]) -> Content:
    message_id, emoji = part.get("message_id"), part.get("emoji")
    if not isinstance(message_id, str) or not message_id:
        raise InvalidContent(131008, "Parameter 'message_id' is mandatory for type 'reaction'")
    if not isinstance(emoji, str):
        raise InvalidContent(131008, "Parameter 'emoji' is mandatory for type 'reaction'")
    return Content(kind="reaction", text=emoji, reply_to=message_id)


def _interactive(given: Mapping[str, Any]) -> Content:
    kind, action = given.get("type"), _part(given, "action")
    match kind:
        case "button":
            buttons = _reply_buttons(action.get("buttons"))
        case "list":
            buttons = _rows(action)
        case "cta_url":
            buttons = (_link(_parameters(action, "cta_url")),)
        case "flow":
            buttons = (_flow(_parameters(action, "flow")),)
        case "location_request_message":
            if action.get("name") != "send_location":
                raise InvalidContent(131009, "action['name'] must be send_location")
            buttons = (Button(title="send_location", kind="location"),)
        case _:
            raise InvalidContent(131009, f"The simulator does not know the interactive {kind}")
    limit = TEXT_LIMIT if kind == "list" else SHORT_TEXT_LIMIT
    text = _words("body text", _part(given, "body").get("text"), limit)
    if "footer" in given:
        _words("footer text", _part(given, "footer").get("text"), FOOTER_LIMIT)
    return Content(kind="text", text=text, buttons=buttons)


def _reply_buttons(given: object) -> tuple[Button, ...]:
    buttons = _some("buttons", given, MAX_BUTTONS)
    found = tuple(
        Button(
            title=_words("button title", reply.get("title"), BUTTON_TITLE_LIMIT),
            payload=_words("button id", reply.get("id"), BUTTON_ID_LIMIT),
        )
        for reply in (_part(button, "reply") for button in buttons)
    )
    _check_unique(found)
    return found


def _rows(action: Mapping[str, Any]) -> tuple[Button, ...]:
    _words("list button", action.get("button"), BUTTON_TITLE_LIMIT)
    sections = _some("sections", action.get("sections"), MAX_ROWS)
    if len(sections) > 1:
        for section in sections:
            _words("section title", section.get("title"), ROW_TITLE_LIMIT)
    rows = _some(
        "rows",
        [row for section in sections for row in _some("rows", section.get("rows"), MAX_ROWS)],
        MAX_ROWS,
    )
    for row in rows:
        if "description" in row:
            _words("row description", row["description"], ROW_DESCRIPTION_LIMIT)
    found = tuple(
        Button(
            title=_words("row title", row.get("title"), ROW_TITLE_LIMIT),
            payload=_words("row id", row.get("id"), ROW_ID_LIMIT),
            kind="row",
        )
        for row in rows
    )
    _check_unique(found)
    return found


def _link(parameters: Mapping[str, Any]) -> Button:
    url = parameters.get("url")
    if not isinstance(url, str) or not re.match(r"https?://", url):
        raise InvalidContent(131009, "parameters['url'] must be an address")
    title = _words("display_text", parameters.get("display_text"), BUTTON_TITLE_LIMIT)
    return Button(title=title, kind="url", url=url)


def _flow(parameters: Mapping[str, Any]) -> Button:
    for name in ("flow_message_version", "flow_token", "flow_id"):
        _words(name, parameters.get(name), SHORT_TEXT_LIMIT)
    if parameters.get("flow_action", "navigate") == "navigate":
        opened = _part(parameters, "flow_action_payload")
        _words("screen", opened.get("screen"), SHORT_TEXT_LIMIT)
        if opened.get("data", {"": ""}) == {}:
            raise InvalidContent(131009, "flow_action_payload['data'] must not be empty")
    title = _words("flow_cta", parameters.get("flow_cta"), FLOW_BUTTON_LIMIT)
    return Button(title=title, payload=parameters["flow_token"], kind="form")


def _parameters(action: Mapping[str, Any], name: str) -> dict[str, Any]:
    if action.get("name") != name:
        raise InvalidContent(131009, f"action['name'] must be {name}")
    return _part(action, "parameters")


def _some(name: str, given: object, limit: int) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise InvalidContent(131008, f"Parameter '{name}' is mandatory")
    if not 0 < len(given) <= limit:
        raise InvalidContent(131009, f"Invalid {name} count. Min allowed: 1, Max allowed: {limit}")
    return given


def _words(name: str, given: object, limit: int) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= limit:
        raise InvalidContent(131009, f"{name} length invalid. Min length: 1, Max length: {limit}")
    return given


def _check_unique(buttons: tuple[Button, ...]) -> None:
    if len({button.payload for button in buttons}) < len(buttons):
        raise InvalidContent(131009, "Duplicated ids are not allowed")
