"""Slack's Web API: sending as one app in one workspace.

Protocol: https://docs.slack.dev/reference/methods/chat.postMessage. Every answer has the status
200; `ok` says whether it worked. Of the blocks the simulator knows section, image and actions with
buttons.
"""

import itertools
import json
import re
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import SlackAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Button, Message
from local.simulator.webhooks.slack import direct_channel

TEXT_LIMIT = 40_000
"""Characters of a text; what is more Slack cuts off."""
MAX_BLOCKS = 50
BLOCKS_LIMIT = 13_200
"""Characters of all blocks, by observation: Slack documents none."""
SECTION_LIMIT = 3000
URL_LIMIT = 3000
DESCRIPTION_LIMIT = 2000
MAX_BUTTONS = 25
TITLE_LIMIT = 75
PAYLOAD_LIMIT = 2000
CODE_OF_STATUS: Mapping[int, str] = {
    401: "invalid_auth",
    403: "restricted_action",
    429: "ratelimited",
    503: "service_unavailable",
}


class Slack(HttpProvider):
    """The Web API for one app."""

    name = "slack"

    def __init__(self, account: SlackAccount) -> None:
        self._account = account
        self._counted = itertools.count(1)

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's base URL is /slack/api."""
        return [
            (hdrs.METH_POST, "/slack/api/chat.postMessage", self.send),
            (hdrs.METH_POST, "/slack/api/auth.test", self.show_app),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """An error; its status says so only where a behaviour names one."""
        code = behaviour.code or CODE_OF_STATUS.get(behaviour.status or 200, "internal_error")
        return _error(code, behaviour.status or 200)

    def show_app(self, request: web.Request, _: bytes) -> Accepted:
        """What a connection test reads."""
        self._authorise(request)
        shown = {
            "ok": True,
            "url": f"{request.url.origin()}/",
            "team": "Taller",
            "user": "recado",
            "team_id": self._account.team_id,
            "user_id": "U0RECADO",
            "bot_id": "B0RECADO",
        }
        return Accepted(Answer(200, shown))

    def send(self, request: web.Request, body: bytes) -> Accepted:
        """A message to a person or a channel: where it stands, and its time stamp there."""
        self._authorise(request)
        given = _json_object(body)
        to = given.get("channel")
        if not isinstance(to, str) or not re.fullmatch(r"[CDGUW][A-Z0-9]{1,49}", to):
            _refuse("channel_not_found")
        channel = direct_channel(to) if to[0] in "UW" else to
        message = self._message(given, to, channel)
        time_stamp = message.provider_message_id.rpartition(":")[2]
        answer = {
            "ok": True,
            "channel": channel,
            "ts": time_stamp,
            "message": {"type": "message", "text": message.text, "ts": time_stamp},
        }
        return Accepted(Answer(200, answer), (message,))

    def _message(self, given: Mapping[str, Any], to: str, channel: str) -> Message:
        text, blocks = given.get("text"), given.get("blocks")
        if not isinstance(text, (str, type(None))):
            _refuse("invalid_arguments", "[ERROR] must be a string [json-pointer:/text]")
        if not text and not blocks:
            _refuse("no_text")
        thread = given.get("thread_ts")
        if not isinstance(thread, (str, type(None))):
            _refuse("invalid_arguments", "[ERROR] must be a string [json-pointer:/thread_ts]")
        checked = _blocks(blocks) if blocks else []
        shown = [each for each in checked if isinstance(each, str)]
        images = [each["image_url"] for each in checked if isinstance(each, dict)]
        buttons = tuple(each for each in checked if isinstance(each, Button))
        return Message(
            provider="slack",
            channel="slack",
            to=to,
            sender="recado",
            kind="media" if images else "text",
            text="\n".join(shown) if blocks else _unescaped((text or "")[:TEXT_LIMIT]),
            provider_message_id=f"{channel}:{int(time.time())}.{next(self._counted):06d}",
            buttons=buttons,
            media_url=images[0] if images else None,
            reply_to=f"{channel}:{thread}" if thread else None,
        )

    def _authorise(self, request: web.Request) -> None:
        given = request.headers.get(hdrs.AUTHORIZATION)
        if not given:
            _refuse("not_authed")
        if given != f"Bearer {self._account.bot_token}":
            _refuse("invalid_auth")


def _error(code: str, status: int = 200, *details: str) -> Answer:
    body: dict[str, object] = {"ok": False, "error": code}
    if details:
        body["response_metadata"] = {"messages": list(details)}
    return Answer(status, body, code)


def _refuse(code: str, *details: str) -> NoReturn:
    raise Refused(_error(code, 200, *details))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        _refuse("invalid_json")
    if not isinstance(given, dict):
        _refuse("json_not_object")
    return given


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _blocks(blocks: object) -> list[str | Button | dict[str, str]]:
    """What the blocks show, in their order: texts, images and buttons."""
    if not isinstance(blocks, list):
        _refuse("invalid_blocks_format")
    if len(blocks) > MAX_BLOCKS:
        _invalid("/blocks")
    if len(json.dumps(blocks, ensure_ascii=False)) > BLOCKS_LIMIT:
        _refuse("msg_blocks_too_long")
    return [part for place, block in enumerate(blocks) for part in _block(block, place)]


def _block(block: object, place: int) -> list[str | Button | dict[str, str]]:
    where = f"/blocks/{place}"
    match block:
        case {"type": "section", "text": text}:
            return [_text(text, SECTION_LIMIT, where, ("plain_text", "mrkdwn"))]
        case {"type": "image", "image_url": url, "alt_text": str(words)} if (
            _is_address(url) and 0 < len(words) <= DESCRIPTION_LIMIT
        ):
            return [{"image_url": url}]
        case {"type": "actions", "elements": list(elements)} if 0 < len(elements) <= MAX_BUTTONS:
            ids = [element.get("action_id") for element in elements if isinstance(element, dict)]
            if len(set(map(str, ids))) != len(elements):
                _invalid(where)
            return [_button(element, where) for element in elements]
        case _:
            _invalid(where)


def _button(element: object, where: str) -> Button:
    """A button that answers with its value, or a link, which needs none."""
    match element:
        case {"type": "button", "action_id": str(action_id), "text": text} if action_id:
            title = _text(text, TITLE_LIMIT, where)
        case _:
            _invalid(where)
    match element:
        case {"url": url}:
            if not _is_address(url):
                _invalid(where)
            return Button(title=title, kind="url", url=url)
        case {"value": str(value)} if 0 < len(value) <= PAYLOAD_LIMIT:
            return Button(title=title, payload=value)
        case _:
            _invalid(where)


def _is_address(url: object) -> bool:
    return isinstance(url, str) and len(url) <= URL_LIMIT and bool(re.match(r"https?://.", url))


def _text(given: object, limit: int, where: str, types: tuple[str, ...] = ("plain_text",)) -> str:
    match given:
        case {"type": kind, "text": str(text)} if kind in types and 0 < len(text) <= limit:
            return _unescaped(text) if kind == "mrkdwn" else text
        case _:
            _invalid(where)


def _invalid(where: str) -> NoReturn:
    _refuse("invalid_blocks", f"[ERROR] failed to match all allowed schemas [json-pointer:{where}]")
