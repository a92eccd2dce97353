"""Twilio's Messages API for SMS and WhatsApp (https://www.twilio.com/docs/messaging/api).

Also the account itself and, under the same address, the list of the Content API, which Twilio has
on a host of its own (https://www.twilio.com/docs/content/content-api-resources).

Deliberate differences: files are not fetched, and of several only the first is shown.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal, NoReturn
from urllib.parse import parse_qsl, urlsplit

from aiohttp import hdrs, web

from local.simulator.accounts import TwilioAccount, TwilioContent
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Kind, Message, Template
from local.simulator.providers.meta import USER_ID
from local.simulator.providers.template_text import fill_in
from local.simulator.sms_segments import sms_segments

BODY_LIMIT = 1600
MAX_MEDIA = 10
"""Files of one message (https://www.twilio.com/docs/api/errors/21623)."""
PHONE = re.compile(r"\+[1-9]\d{6,14}")
WHATSAPP = "whatsapp:"
RECIPIENT = re.compile(rf"(?:{WHATSAPP})?{PHONE.pattern}|{WHATSAPP}{USER_ID.pattern}")
"""A number, or on WhatsApp the user id of a person who hides theirs."""
TAG_PARAMETER = "recado_tag"
CONTENT_PAGE = 50
LARGEST_CONTENT_PAGE = 1000

# https://www.twilio.com/docs/api/errors
STATUS_OF_CODE: Mapping[int, int] = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}
CODE_OF_STATUS: Mapping[int, int] = {status: code for code, status in STATUS_OF_CODE.items()}


class Twilio(HttpProvider):
    """One Twilio account, asked with its own SID and token."""

    name = "twilio"

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        login = f"{account.account_sid}:{account.auth_token}"
        self._authorization = "Basic " + base64.b64encode(login.encode()).decode()

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's base URL is /twilio."""
        accounts = "/twilio/2010-04-01/Accounts/{sid}"
        return [
            (hdrs.METH_POST, f"{accounts}/Messages.json", self.send),
            (hdrs.METH_GET, f"{accounts}.json", self.show_account),
            (hdrs.METH_GET, "/twilio/v1/ContentAndApprovals", self.list_contents),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """Twilio's error body, which repeats the HTTP status."""
        status = behaviour.status
        if behaviour.code is not None:
            code = int(behaviour.code)
            return twilio_error(code, "Simulated error", status or STATUS_OF_CODE.get(code, 400))
        status = status or 500
        return twilio_error(CODE_OF_STATUS.get(status, 20001), "Simulated error", status)

    def send(self, request: web.Request, body: bytes) -> Accepted:
        """A message on either channel: 201 with the queued message."""
        self._authorise(request)
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        form = dict(fields)
        channel, to = self._addresses(form)
        content = self._content(form, [url for name, url in fields if name == "MediaUrl" and url])
        message = Message(
            provider="twilio",
            channel=channel,
            to=to,
            sender=form["From"].removeprefix(WHATSAPP),
            kind=content.kind,
            text=content.text,
            media_url=next(iter(content.media_urls), None),
            template=content.template,
            provider_message_id=("MM" if content.media_urls else "SM") + secrets.token_hex(16),
            tag=_tag(form.get("StatusCallback")),
            status_callback=form.get("StatusCallback") or None,
            segments=sms_segments(content.text)
            if channel == "sms" and content.kind == "text"
            else None,
            # Until the person writes.
            window_closed=True if channel == "whatsapp" and not content.template else None,
        )
        resource = self._resource(message, form, len(content.media_urls))
        return Accepted(Answer(201, resource), (message,))

    def show_account(self, request: web.Request, _: bytes) -> Accepted:
        """What a connection test reads: the account, which is active."""
        self._authorise(request)
        account = {
            "sid": self._account.account_sid,
            "friendly_name": "Simulated account",
            "status": "active",
            "type": "Full",
        }
        return Accepted(Answer(200, account))

    def list_contents(self, request: web.Request, _: bytes) -> Accepted:
        """A page of the Content templates, all of them in Spanish and approved by WhatsApp."""
        self._authorise(request)
        page = _number(request, "Page", default=0)
        size = _number(request, "PageSize", default=CONTENT_PAGE)
        if not 1 <= size <= LARGEST_CONTENT_PAGE:
            _refuse(20001, f"Page size must be between 1 and {LARGEST_CONTENT_PAGE}")
        contents = self._account.contents
        end = (page + 1) * size
        following = request.url.update_query(PageSize=size, Page=page + 1)
        listing = {
            "meta": {
                "page": page,
                "page_size": size,
                "url": str(request.url),
                "next_page_url": str(following) if end < len(contents) else None,
                "key": "contents",
            },
            "contents": [self._described(content) for content in contents[page * size : end]],
        }
        return Accepted(Answer(200, listing))

    def _described(self, content: TwilioContent) -> dict[str, object]:
        return {
            "sid": content.sid,
            "account_sid": self._account.account_sid,
            "friendly_name": content.name or content.sid,
            "language": "es",
            "variables": {name: name for name in content.variables},
            "types": {"twilio/text": {"body": content.body or ""}},
            "approval_requests": {
                "name": content.name or content.sid.lower(),
                "category": "UTILITY",
                "content_type": "twilio/text",
                "status": "approved",
                "rejection_reason": "",
            },
        }

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get(hdrs.AUTHORIZATION) != self._authorization:
            _refuse(20003, "Authenticate")
        if request.match_info.get("sid", self._account.account_sid) != self._account.account_sid:
            _refuse(20404, f"The requested resource {request.path} was not found")

    def _addresses(self, form: Mapping[str, str]) -> tuple[Literal["whatsapp", "sms"], str]:
        to, sender = form.get("To", ""), form.get("From", "")
        if not to:
            _refuse(21604, "A 'To' phone number is required.")
        if not RECIPIENT.fullmatch(to):
            _refuse(21211, f"Invalid 'To' Phone Number: {to}")
        if not sender:
            _refuse(21603, "A 'From' phone number is required.")
        if not PHONE.fullmatch(sender.removeprefix(WHATSAPP)):
            _refuse(21212, f"Invalid 'From' Phone Number: {sender}")
        if to.startswith(WHATSAPP) != sender.startswith(WHATSAPP):
            _refuse(21910, "Invalid From and To pair. From and To should be of the same channel")
        if to == sender:
            _refuse(21266, "'To' and 'From' number cannot be the same")
        if to.startswith(WHATSAPP):
            if sender != self._account.whatsapp_from:
                _refuse(63007, "Twilio could not find a Channel with the specified From address")
            return "whatsapp", to.removeprefix(WHATSAPP)
        if sender != self._account.sms_from:
            _refuse(21606, f"The 'From' phone number provided ({sender}) is not a valid sender")
        return "sms", to

    def _content(self, form: Mapping[str, str], media_urls: Sequence[str]) -> "_Content":
        callback = form.get("StatusCallback")
        if callback and not _is_web_url(callback):
            _refuse(21609, f"The StatusCallback URL {callback} is not a valid URL.")
        if form.get("ContentSid"):
            return self._template(form["ContentSid"], form.get("ContentVariables", ""))
        if form.get("ContentVariables"):
            _refuse(21654, "The ContentSid is required when ContentVariables are given.")
        if len(media_urls) > MAX_MEDIA:
            _refuse(21623, "Number of media files exceeds allowed limit")
        if not all(map(_is_web_url, media_urls)):
            _refuse(21620, "Invalid media URL(s)")
        body = form.get("Body", "")
        if not body.strip() and not media_urls:
            _refuse(21602, "Message body is required.")
        if len(body) > BODY_LIMIT:
            _refuse(
                21617, f"The concatenated message body exceeds the {BODY_LIMIT} character limit."
            )
        return _Content("media" if media_urls else "text", body, media_urls=tuple(media_urls))

    def _template(self, sid: str, variables_json: str) -> "_Content":
        content = next((known for known in self._account.contents if known.sid == sid), None)
        if content is None:
            _refuse(21655, "The ContentSid is invalid.")
        variables = _variables(content, variables_json)
        template = Template(
            name=content.name or sid,
            language=None,
            parameters=tuple(variables[name] for name in content.variables),
        )
        return _Content("template", fill_in(content.body, variables), template)

    def _resource(
        self, message: Message, form: Mapping[str, str], num_media: int
    ) -> dict[str, object]:
        now = format_datetime(datetime.now(UTC))
        sid, account_sid = message.provider_message_id, self._account.account_sid
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}"
        return {
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": message.text,
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form["From"],
            "messaging_service_sid": None,
            "num_media": str(num_media),
            "num_segments": str(message.segments or 1),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": form["To"],
            "uri": f"{uri}.json",
        }


@dataclass(frozen=True)
class _Content:
    kind: Kind
    text: str
    template: Template | None = None
    media_urls: tuple[str, ...] = ()


def twilio_error(code: int, message: str, status: int) -> Answer:
    """An error as Twilio words it."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Answer(status, body, str(code))


def _refuse(code: int, message: str) -> NoReturn:
    raise Refused(twilio_error(code, message, STATUS_OF_CODE.get(code, 400)))


def _variables(content: TwilioContent, variables_json: str) -> dict[str, str]:
    """The variables by name, which must be exactly those that the content has."""
    try:
        variables = json.loads(variables_json or "{}")
    except ValueError:
        variables = None
    if (
        not isinstance(variables, dict)
        or set(variables) != set(content.variables)
        or not all(isinstance(value, str) and value for value in variables.values())
    ):
        _refuse(21656, "The ContentVariables parameter is invalid.")
    return variables


def _number(request: web.Request, name: str, default: int) -> int:
    value = request.query.get(name, str(default))
    if not (value.isascii() and value.isdecimal()):
        _refuse(20001, f"{name} must be a number")
    return int(value)


def _is_web_url(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _tag(status_callback: str | None) -> str | None:
    """The sender's mark: Twilio has no field for it, so it travels in the callback's query."""
    return dict(parse_qsl(urlsplit(status_callback or "").query)).get(TAG_PARAMETER)
