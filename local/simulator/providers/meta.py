"""Meta's WhatsApp Cloud API: sending, files, the number and the template list (Graph API).

Protocol: https://developers.facebook.com/docs/whatsapp/cloud-api. A deliberate difference: `to`
must have its plus sign. Meta accepts bare digits, but may put the sender's own country code in
front of them; here the mistake is seen at once.
"""

import base64
import re
import secrets
from collections.abc import Collection, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NoReturn

from aiohttp import hdrs, web

from local.simulator.accounts import MetaAccount, MetaTemplate
from local.simulator.approved_templates import ApprovedTemplates
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.media import MediaFile, MediaStore
from local.simulator.messages import Message, Template
from local.simulator.providers.graph import (
    BASE,
    check_token,
    graph_answer,
    json_object,
    no_such_object,
)
from local.simulator.providers.meta_content import Content, InvalidContent, content_of
from local.simulator.providers.template_text import fill_in

TEMPLATE_BODY_LIMIT = 1024
"""Characters of a template's body once its parameters are filled in."""
TAG_LIMIT = 512
DEFAULT_PAGE = 25
PHONE = re.compile(r"\+[1-9]\d{6,14}")
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}")
"""A person whose number WhatsApp hides; such people are written to as `recipient`."""
MEGABYTE = 1_048_576
FILE_LIMITS = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "text": 100 * MEGABYTE,
    "application": 100 * MEGABYTE,
}
"""Bytes of a file that is uploaded, by the first half of its type; no others are taken."""
COMPONENT_TYPES = ("header", "body", "button")
BODY_FORMATS = ("text", "currency", "date_time")
"""The types of parameters that stand in a body; a header may have media too."""
UNTIDY = re.compile(r"[\n\t]| {5,}")
"""What a template parameter may not have: line breaks, tabs, more than four blanks in a row."""

# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
TITLES: Mapping[int, str] = {
    1: "An unknown error occurred",
    2: "Service temporarily unavailable",
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    190: "Invalid OAuth access token - Cannot parse access token",
    368: "Temporarily blocked for policies violations",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131005: "Access denied",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131030: "Recipient phone number not in allowed list",
    131031: "Business Account locked",
    131042: "Business eligibility payment issue",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "This message was not delivered to maintain healthy ecosystem engagement",
    131050: "User has stopped marketing messages",
    131051: "Unsupported message type",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131057: "Account in maintenance mode",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132005: "Translated text too long",
    132012: "Parameter format does not match format in the created template",
    132015: "Template is paused",
    132016: "Template is disabled",
    132018: "There is an issue with the parameters in your template",
    133010: "Phone number not registered",
}
STATUS_OF_CODE: Mapping[int, int] = {
    0: 401, 1: 400, 2: 503, 3: 500, 10: 403, 190: 401, 368: 403, 131000: 500, 131005: 403,
    131016: 500, 131031: 403, 131045: 500, 131057: 500, 132001: 404, 133004: 500,
}  # fmt: skip
"""HTTP status per code; every other code comes with 400, throttling too."""
CODE_OF_STATUS: Mapping[int, int] = {400: 100, 401: 190, 403: 10, 429: 130429, 503: 2}


class Meta(HttpProvider):
    """The Graph API for one WhatsApp number.

    `media` are the files that people sent, and those that are uploaded to be sent; `templates` are
    those of the account, as they are just now.
    """

    name = "meta"

    def __init__(
        self, account: MetaAccount, media: MediaStore, templates: ApprovedTemplates
    ) -> None:
        self._account = account
        self._media = media
        self._templates = templates

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's base URL is /graph/v25.0, or any other version."""
        base = f"{BASE}/{{object_id}}"
        return [
            (hdrs.METH_POST, f"{base}/messages", self.send),
            (hdrs.METH_POST, f"{base}/media", self.upload),
            (hdrs.METH_GET, f"{base}/message_templates", self.list_templates),
            (hdrs.METH_GET, base, self.show_object),
            (hdrs.METH_GET, "/graph/attachments/{media_id}", self.download),
        ]

    def failure(self, behaviour: Behaviour) -> Answer:
        """Graph's error envelope."""
        if behaviour.code is not None:
            return graph_error(int(behaviour.code), status=behaviour.status)
        status = behaviour.status or 500
        return graph_error(CODE_OF_STATUS.get(status, 131000), status=status)

    def send(self, request: web.Request, body: bytes) -> Accepted:
        """A message to one person: 200 with its wamid, which means accepted and no more."""
        self._authorise(request, self._account.phone_number_id)
        given = json_object(body)
        _check_product(given)
        if "status" in given:
            return _read(given)
        to = _recipient(given)
        wamid = "wamid." + base64.b64encode(secrets.token_bytes(30)).decode()
        if given.get("type") == "template":
            text, template = self._template_text(given.get("template"))
            content = Content(kind="template", text=text)
        else:
            template = None
            content = self._free_content(given)
        is_phone = PHONE.fullmatch(to) is not None
        message = Message(
            provider="meta",
            channel="whatsapp",
            to=to,
            sender=self._account.display_phone_number,
            kind=content.kind,
            text=content.text,
            buttons=content.buttons,
            media_url=content.media_url,
            reply_to=content.reply_to or _quoted(given),
            template=template,
            provider_message_id=wamid,
            tag=_tag(given),
            wa_id=whatsapp_id(to) if is_phone else None,
            # Until the person writes.
            window_closed=None if template else True,
        )
        sent = {"id": wamid, "message_status": "accepted"} if template else {"id": wamid}
        known_as = {"wa_id": message.wa_id} if is_phone else {"user_id": to}
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, **known_as}],
            "messages": [sent],
        }
        return Accepted(Answer(200, answer), (message,))

    def upload(self, request: web.Request, body: bytes) -> Accepted:
        """A file to be sent later by its id: a form with messaging_product, type and file."""
        self._authorise(request, self._account.phone_number_id)
        form = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + request.headers.get(hdrs.CONTENT_TYPE, "").encode() + b"\n\n" + body
        )
        parts = {part.get_param("name", header="content-disposition"): part for part in form.walk()}
        product, file = parts.get("messaging_product"), parts.get("file")
        if product is None or product.get_payload() != "whatsapp":
            _refuse(100, title="Param messaging_product must be one of {WHATSAPP}")
        if file is None:
            _refuse(100, title="The parameter file is required.")
        mime_type = file.get_content_type()
        content = file.get_payload(decode=True)
        limit = FILE_LIMITS.get(mime_type.partition("/")[0])
        if limit is None:
            _refuse(100, title="Param file must be a file with one of the supported types.")
        if not isinstance(content, bytes) or not 0 < len(content) <= limit:
            _refuse(131053, f"file: 1 to {limit} bytes of {mime_type}")
        return Accepted(Answer(200, {"id": self._media.put(content, mime_type)}))

    def list_templates(self, request: web.Request, _: bytes) -> Accepted:
        """A page of the business account's templates, with Graph's cursors."""
        self._authorise(request, self._account.business_account_id)
        query = request.query
        wanted = [
            (number, template)
            for number, template in enumerate(self._templates)
            if query.get("name", template.name) == template.name
            and query.get("language", template.language) == template.language
            and query.get("status", template.status) == template.status
        ]
        start = _offset(query.get("after"))
        end = start + _page_size(query.get("limit"))
        listing: dict[str, object] = {
            "data": [_described(number, template) for number, template in wanted[start:end]]
        }
        if wanted[start:end]:
            paging: dict[str, object] = {
                "cursors": {"before": _cursor(start), "after": _cursor(min(end, len(wanted)))}
            }
            if end < len(wanted):
                paging["next"] = str(request.url.update_query(after=_cursor(end)))
            listing["paging"] = paging
        return Accepted(Answer(200, listing))

    def show_object(self, request: web.Request, _: bytes) -> Accepted:
        """The number, as a connection test reads it, or where a file can be fetched."""
        check_token(request, self._account.access_token)
        asked = request.match_info["object_id"]
        if asked == self._account.phone_number_id:
            return Accepted(Answer(200, self._number()))
        file = self._file(request, asked)
        ours = self._account.phone_number_id
        if request.query.get("phone_number_id", ours) != ours:
            raise Refused(no_such_object(request.method, asked))
        described = {
            "messaging_product": "whatsapp",
            "url": f"{request.url.origin()}/graph/attachments/{file.id}",
            "mime_type": file.mime_type,
            "sha256": file.sha256.hex(),
            "file_size": len(file.content),
            "id": file.id,
        }
        return Accepted(Answer(200, described))

    def download(self, request: web.Request, _: bytes) -> Accepted:
        """The bytes of a file; Meta wants the token here, too."""
        check_token(request, self._account.access_token)
        file = self._file(request, request.match_info["media_id"])
        # Whoever opens it in a browser gets a download, not a page.
        headers = {
            hdrs.CONTENT_TYPE: file.mime_type,
            hdrs.CONTENT_DISPOSITION: "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        return Accepted(Answer(200, headers=headers, file=file.content))

    def _file(self, request: web.Request, media_id: str) -> MediaFile:
        file = self._media.get(media_id)
        if file is None:
            raise Refused(no_such_object(request.method, media_id))
        return file

    def _number(self) -> dict[str, object]:
        return {
            "verified_name": self._account.verified_name,
            "display_phone_number": self._account.display_phone_number,
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
            "id": self._account.phone_number_id,
        }

    def _authorise(self, request: web.Request, object_id: str) -> None:
        check_token(request, self._account.access_token)
        asked = request.match_info["object_id"]
        if asked != object_id:
            raise Refused(no_such_object(request.method, asked))

    def _free_content(self, given: Mapping[str, Any]) -> Content:
        try:
            return content_of(given, self._media)
        except InvalidContent as invalid:
            _refuse(invalid.code, invalid.details, title=invalid.title)

    def _template_text(self, given: object) -> tuple[str, Template]:
        if not isinstance(given, dict):
            _refuse(131008, "Parameter 'template' is mandatory for type 'template'")
        name, language = given.get("name"), given.get("language")
        code = language.get("code") if isinstance(language, dict) else None
        if not name or not code:
            _refuse(131008, "template['name'] and template['language']['code'] are mandatory")
        template = self._approved(str(name), str(code))
        components = _components(given.get("components", []))
        header = _parameters(components, "header", template.header_parameters)
        body = _parameters(components, "body", template.body_parameters, BODY_FORMATS)
        _parameters(components, "button", expected=0)
        values = {str(place): value for place, value in enumerate(body, start=1)}
        text = fill_in(template.body, values)
        if len(text) > TEMPLATE_BODY_LIMIT:
            _refuse(132005, f"body: at most {TEMPLATE_BODY_LIMIT} characters, not {len(text)}")
        used = Template(name=template.name, language=template.language, parameters=(*header, *body))
        return text, used

    def _approved(self, name: str, language: str) -> MetaTemplate:
        for template in self._templates:
            if (template.name, template.language) != (name, language):
                continue
            if template.status == "APPROVED":
                return template
            if template.status == "PAUSED":
                _refuse(132015, f"template ({name}) is paused due to low quality")
            if template.status == "DISABLED":
                _refuse(132016, f"template ({name}) is disabled due to low quality")
        _refuse(132001, f"template name ({name}) does not exist in {language}")


def whatsapp_id(phone: str) -> str:
    """The id under which WhatsApp knows a number: mobiles of Mexico and Argentina have one more
    digit (52 1 …, 54 9 …) than people dial."""
    digits = phone.removeprefix("+")
    for country, mobile in (("52", "521"), ("54", "549")):
        if digits.startswith(country) and len(digits) == len(country) + 10:
            return mobile + digits.removeprefix(country)
    return digits


def graph_error(
    code: int, details: str | None = None, *, title: str | None = None, status: int | None = None
) -> Answer:
    """An error as Graph words it; status and title follow from the code unless given."""
    more: dict[str, object] = {}
    if details:
        more["error_data"] = {"messaging_product": "whatsapp", "details": details}
    if code in (1, 2):
        more["is_transient"] = True
    return graph_answer(
        status or STATUS_OF_CODE.get(code, 400),
        code,
        f"(#{code}) {title or TITLES.get(code, 'Simulated error')}",
        more=more,
    )


def _refuse(code: int, details: str | None = None, *, title: str | None = None) -> NoReturn:
    raise Refused(graph_error(code, details, title=title))


def _check_product(given: Mapping[str, Any]) -> None:
    product = given.get("messaging_product")
    if product is None:
        _refuse(100, title="The parameter messaging_product is required.")
    if product != "whatsapp":
        _refuse(100, title="Param messaging_product must be one of {WHATSAPP}")


def _recipient(given: Mapping[str, Any]) -> str:
    """Whom it goes to: `to` wins where both are there."""
    if given.get("recipient_type", "individual") != "individual":
        _refuse(100, title="Param recipient_type must be one of {INDIVIDUAL}")
    to, user_id = given.get("to"), given.get("recipient")
    if not to and user_id:
        if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
            _refuse(131009, "The recipient must be a business-scoped user id")
        return user_id
    if not to:
        _refuse(100, title="The parameter to is required.")
    if not isinstance(to, str) or not PHONE.fullmatch(to):
        _refuse(131009, "The recipient must be a phone number with + and country code")
    return to


def _read(given: Mapping[str, Any]) -> Accepted:
    """A message of theirs was read; with a sign that the answer is being written."""
    if given["status"] != "read":
        _refuse(100, title="Param status must be one of {READ}")
    if not isinstance(given.get("message_id"), str) or not given["message_id"]:
        _refuse(131009, "message_id: the message that was read")
    if given.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        _refuse(100, title="Param typing_indicator['type'] must be one of {TEXT}")
    return Accepted(Answer(200, {"success": True}))


def _quoted(given: Mapping[str, Any]) -> str | None:
    context = given.get("context")
    if context is None:
        return None
    message_id = context.get("message_id") if isinstance(context, dict) else None
    if not isinstance(message_id, str) or not message_id:
        _refuse(131009, "context['message_id']: the message that is quoted")
    return message_id


def _components(components: object) -> list[dict[str, Any]]:
    if not isinstance(components, list) or not all(map(_is_component, components)):
        _refuse(100, title="Param template['components'] must be an array of objects.")
    for place, component in enumerate(components):
        if str(component.get("type")).lower() not in COMPONENT_TYPES:
            _refuse(
                100,
                title=f"Param template['components'][{place}]['type'] must be one of "
                f"{{{', '.join(COMPONENT_TYPES).upper()}}}",
            )
    return components


def _parameters(
    components: list[dict[str, Any]],
    component_type: str,
    expected: int,
    formats: Collection[str] | None = None,
) -> list[str]:
    """The texts of one component's parameters: as many as the template has, in its formats."""
    given: list[object] = []
    for component in components:
        if str(component.get("type")).lower() == component_type:
            given += component.get("parameters", [])
    if len(given) != expected:
        _refuse(
            132000,
            f"{component_type}: number of localizable_params ({len(given)}) does not match "
            f"the expected number of params ({expected})",
        )
    return [_parameter_text(parameter, component_type, formats) for parameter in given]


def _is_component(component: object) -> bool:
    return isinstance(component, dict) and isinstance(component.get("parameters", []), list)


def _parameter_text(parameter: object, component_type: str, formats: Collection[str] | None) -> str:
    if not isinstance(parameter, dict) or "type" not in parameter:
        _refuse(131008, f"{component_type}: every parameter needs its type")
    if formats is not None and parameter["type"] not in formats:
        received = str(parameter["type"]).upper()
        _refuse(132012, f"{component_type}: Format mismatch, expected TEXT, received {received}")
    if parameter["type"] != "text":
        return f"[{parameter['type']}]"
    text = parameter.get("text")
    if not isinstance(text, str) or not text.strip():
        _refuse(131008, f"{component_type}: parameter of type text is missing text value")
    if UNTIDY.search(text):
        _refuse(
            132018,
            f"{component_type}: Param text cannot have new-line/tab characters "
            "or more than 4 consecutive spaces",
        )
    return text


def _tag(request_body: Mapping[str, Any]) -> str | None:
    tag = request_body.get("biz_opaque_callback_data")
    if tag is None:
        return None
    if not isinstance(tag, str) or len(tag) > TAG_LIMIT:
        _refuse(100, title=f"Param biz_opaque_callback_data: at most {TAG_LIMIT} characters.")
    return tag


def _described(number: int, template: MetaTemplate) -> dict[str, object]:
    placeholders = " ".join(f"{{{{{place}}}}}" for place in range(1, template.body_parameters + 1))
    return {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": "POSITIONAL",
        "components": [{"type": "BODY", "text": template.body or placeholders}],
        "id": str(1_000_000_000_000_000 + number),
    }


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor))
    except ValueError:
        _refuse(100, title="Invalid cursor")


def _page_size(limit: str | None) -> int:
    if limit is None:
        return DEFAULT_PAGE
    if not limit.isdecimal() or int(limit) == 0:
        _refuse(100, title="Param limit must be a positive integer")
    return int(limit)
