"""Telegram's Bot API: sending as one bot, and the files that people sent to it.

Protocol: https://core.telegram.org/bots/api, with the texts of github.com/tdlib/telegram-bot-api.
Deliberate differences: parameters come as JSON only, and no parse mode is known.
"""

import itertools
import json
import re
import time
from collections.abc import Mapping
from http.client import responses
from typing import Any, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import TelegramAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.media import MediaStore
from local.simulator.messages import Button, Kind, Message

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PAYLOAD_LIMIT = 64
"""Bytes of what a button answers."""
MAX_BUTTONS = 100
FILE_LIMIT = 20 * 2**20
"""Bytes of a file that a bot may fetch."""
FILES: Mapping[str, str] = {
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendDocument": "document",
}
"""The methods that send a file, and the parameter that names it."""
BLOCKED = "Forbidden: bot was blocked by the user"
STATUS_OF_WORDS: Mapping[str, int] = {
    "Unauthorized": 401,
    "Forbidden": 403,
    "Not Found": 404,
    "Conflict": 409,
    "Too Many Requests": 429,
    "Internal Server Error": 500,
}
"""How a description begins, and its code; every other one is a bad request."""


class Telegram(HttpProvider):
    """The Bot API for one bot."""

    name = "telegram"

    def __init__(self, account: TelegramAccount, media: MediaStore) -> None:
        self._token = account.bot_token
        self._media = media
        self._numbers = itertools.count(1)
        bot_id = int("0" + re.sub(r"\D", "", account.bot_token.partition(":")[0]))
        self._bot = {
            "id": bot_id,
            "is_bot": True,
            "first_name": "Recado",
            "username": "recado_bot",
        }

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's base URL is /telegram."""
        bot = r"/telegram/bot{token:[^/]+}"
        return [
            (hdrs.METH_GET, f"{bot}/getMe", self.show_bot),
            (hdrs.METH_POST, f"{bot}/getMe", self.show_bot),
            (hdrs.METH_POST, f"{bot}/sendMessage", self.send_text),
            *((hdrs.METH_POST, f"{bot}/{method}", self.send_file) for method in FILES),
            (hdrs.METH_POST, f"{bot}/answerCallbackQuery", self.answer_press),
            (hdrs.METH_POST, f"{bot}/getFile", self.find_file),
            (hdrs.METH_GET, r"/telegram/file/bot{token:[^/]+}/files/{media_id}", self.download),
            (hdrs.METH_POST, f"{bot}/{{method}}", self.no_method),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """Telegram's error; its text stands for a code, as it has none beside HTTP's."""
        status = behaviour.status or _status_of(behaviour.code or "")
        text = behaviour.code or (BLOCKED if status == 403 else responses.get(status, "Error"))
        if behaviour.retry_after is not None:
            text = behaviour.code or f"Too Many Requests: retry after {behaviour.retry_after}"
            return _error(status, text, {"retry_after": behaviour.retry_after})
        return _error(status, text)

    def show_bot(self, request: web.Request, _: bytes) -> Accepted:
        """What a connection test reads."""
        self._authorise(request)
        return _result(self._bot)

    def send_text(self, request: web.Request, body: bytes) -> Accepted:
        """A text: the message as Telegram stored it."""
        self._authorise(request)
        given = _json_object(body)
        chat = _chat(given)
        text = given.get("text")
        if not isinstance(text, str) or not text.strip():
            _refuse("message text is empty")
        if len(text) > TEXT_LIMIT:
            _refuse("message is too long")
        return self._accepted(given, chat, text, "text", {"text": text}, None)

    def send_file(self, request: web.Request, body: bytes) -> Accepted:
        """A file by its address, or by the id of one that Telegram has."""
        self._authorise(request)
        given = _json_object(body)
        chat = _chat(given)
        name = FILES[request.path.rpartition("/")[2]]
        file, caption = given.get(name), given.get("caption", "")
        if not isinstance(file, str) or not file:
            _refuse(f"there is no {name} in the request")
        if not re.match(r"https?://[^/]+", file) and self._media.get(file) is None:
            _refuse("wrong file identifier/HTTP URL specified")
        if not isinstance(caption, str) or len(caption) > CAPTION_LIMIT:
            _refuse("message caption is too long")
        return self._accepted(given, chat, caption, "media", {"caption": caption}, file)

    def answer_press(self, request: web.Request, body: bytes) -> Accepted:
        """The end of the waiting sign on a pressed button."""
        self._authorise(request)
        if not _json_object(body).get("callback_query_id"):
            _refuse("query is too old and response timeout expired or query ID is invalid")
        return _result(True)

    def find_file(self, request: web.Request, body: bytes) -> Accepted:
        """Where a file can be fetched."""
        self._authorise(request)
        file = self._media.get(str(_json_object(body).get("file_id")))
        if file is None:
            _refuse("invalid file_id")
        if len(file.content) > FILE_LIMIT:
            _refuse("file is too big")
        return _result(
            {
                "file_id": file.id,
                "file_unique_id": f"u{file.id}",
                "file_size": len(file.content),
                "file_path": f"files/{file.id}",
            }
        )

    def download(self, request: web.Request, _: bytes) -> Accepted:
        """The bytes of a file, whose type Telegram does not tell."""
        self._authorise(request)
        file = self._media.get(request.match_info["media_id"])
        if file is None:
            raise Refused(_error(404, "Not Found"))
        headers = {"Content-Type": "application/octet-stream"}
        return Accepted(Answer(200, file=file.content, headers=headers))

    def no_method(self, request: web.Request, _: bytes) -> Accepted:
        """Whatever else is called."""
        self._authorise(request)
        raise Refused(_error(404, "Not Found"))

    def _authorise(self, request: web.Request) -> None:
        if request.match_info["token"] != self._token:
            raise Refused(_error(401, "Unauthorized"))

    def _accepted(
        self,
        given: Mapping[str, Any],
        chat: int,
        text: str,
        kind: Kind,
        words: Mapping[str, str],
        file: str | None,
    ) -> Accepted:
        if "parse_mode" in given:
            _refuse("unsupported parse_mode")
        number = next(self._numbers)
        message = Message(
            provider="telegram",
            channel="telegram",
            to=str(chat),
            sender=str(self._bot["username"]),
            kind=kind,
            text=text,
            provider_message_id=f"{chat}:{number}",
            buttons=_buttons(given.get("reply_markup")),
            media_url=file,
            reply_to=_quoted(given.get("reply_parameters"), chat),
        )
        stored = {
            "message_id": number,
            "from": self._bot,
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
            "date": int(time.time()),
            **words,
        }
        return Accepted(_result(stored).answer, (message,))


def _result(result: object) -> Accepted:
    return Accepted(Answer(200, {"ok": True, "result": result}))


def _error(status: int, text: str, parameters: Mapping[str, object] | None = None) -> Answer:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": text}
    if parameters:
        body["parameters"] = parameters
    return Answer(status, body, text)


def _refuse(text: str) -> NoReturn:
    raise Refused(_error(400, f"Bad Request: {text}"))


def _status_of(text: str) -> int:
    return next((code for words, code in STATUS_OF_WORDS.items() if text.startswith(words)), 400)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        _refuse("can't parse JSON object")
    return given


def _chat(given: Mapping[str, Any]) -> int:
    """The chat, by its number; the simulator knows no public names."""
    chat = given.get("chat_id")
    if chat is None or chat == "":
        _refuse("chat_id is empty")
    if isinstance(chat, bool) or not re.fullmatch(r"-?[1-9]\d{0,17}", str(chat)):
        _refuse("chat not found")
    return int(chat)


def _quoted(given: object, chat: int) -> str | None:
    if given is None:
        return None
    number = given.get("message_id") if isinstance(given, dict) else None
    if type(number) is not int:
        _refuse("can't parse reply parameters JSON object")
    return f"{chat}:{number}"


def _buttons(markup: object) -> tuple[Button, ...]:
    if markup is None:
        return ()
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        _refuse("can't parse reply keyboard markup JSON object")
    buttons = tuple(_button(button) for row in rows for button in row)
    if len(buttons) > MAX_BUTTONS:
        _refuse("REPLY_MARKUP_TOO_LONG")
    return buttons


def _button(given: object) -> Button:
    match given:
        case {"text": str(title), "callback_data": str(payload), **rest} if title and not rest:
            if not 0 < len(payload.encode()) <= PAYLOAD_LIMIT:
                _refuse("BUTTON_DATA_INVALID")
            return Button(title=title, payload=payload)
        case {"text": str(title), "url": str(url), **rest} if title and not rest:
            if not re.match(r"(https?|tg)://[^/]+", url):
                _refuse(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
            return Button(title=title, kind="url", url=url)
        case _:
            _refuse("can't parse inline keyboard button: text buttons are unallowed")
