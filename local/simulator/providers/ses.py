"""Amazon SES version 2, SendEmail with Simple content
(https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html).

The AWS signature must be there and well-formed; it is not recomputed. Raw and Template content are
not known here.
"""

import re
import secrets
from collections.abc import Mapping
from typing import NoReturn
from uuid import uuid4

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from local.simulator.accounts import SesAccount
from local.simulator.behaviour import Behaviour
from local.simulator.exchange import Accepted, Answer, Check, HttpProvider, Refused
from local.simulator.messages import Message

TAG_NAME = "recado_notification"
RECIPIENT_LIMIT = 50
HEADER_LIMIT = 15
HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
HEADER_VALUE = re.compile(r"[ -~]{1,995}")
HEADER_LENGTH_LIMIT = 996
"""Characters of a header's name and value together, as SES counts them (MessageHeader)."""
HEADERS_OF_OTHER_FIELDS = frozenset(
    {
        *("from", "to", "cc", "bcc", "subject", "reply-to", "return-path"),
        *("content-type", "content-transfer-encoding", "mime-version"),
    }
)
"""SES writes these from the request's other fields; SendEmail refuses them among `Headers`."""
TAG_LIMIT = 50
ADDRESS = re.compile(r"(?:[^<>]*<)?([^\s<>@,;]+@[^\s<>@,;]+\.?[^\s<>@,;]+)>?")
TAG_PART = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/\s]+)/\d{8}/([a-z0-9-]+)/ses/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}"
)

STATUS_OF_CODE: Mapping[str, int] = {
    "AccessDeniedException": 403,
    "NotFoundException": 404,
    "TooManyRequestsException": 429,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
}
CODE_OF_STATUS: Mapping[int, str] = {status: code for code, status in STATUS_OF_CODE.items()}


class _Data(BaseModel):
    Data: str


class _Body(BaseModel):
    Text: _Data | None = None
    Html: _Data | None = None


class _Pair(BaseModel):
    Name: str
    Value: str


class _Simple(BaseModel):
    Subject: _Data
    Body: _Body
    Headers: list[_Pair] = []


class _Content(BaseModel):
    Simple: _Simple


class _Destination(BaseModel):
    ToAddresses: list[str] = []
    CcAddresses: list[str] = []
    BccAddresses: list[str] = []


class _SendEmail(BaseModel):
    FromEmailAddress: str
    Destination: _Destination
    Content: _Content
    EmailTags: list[_Pair] = []


class Ses(HttpProvider):
    """One SES account in one region."""

    name = "ses"

    def __init__(self, account: SesAccount) -> None:
        self._account = account

    def endpoints(self) -> list[tuple[str, str, Check]]:
        """The product's endpoint URL is /ses."""
        return [(hdrs.METH_POST, "/ses/v2/email/outbound-emails", self.send)]

    def failure(self, behaviour: Behaviour) -> Answer:
        """An AWS error: its name travels in the header x-amzn-ErrorType."""
        if behaviour.code is not None:
            status = behaviour.status or STATUS_OF_CODE.get(behaviour.code, 400)
            return ses_error(behaviour.code, "Simulated error", status)
        status = behaviour.status or 500
        unnamed = "BadRequestException" if status < 500 else "InternalFailure"
        return ses_error(CODE_OF_STATUS.get(status, unnamed), "Simulated error", status)

    def send(self, request: web.Request, body: bytes) -> Accepted:
        """A mail: 200 with its MessageId, and one message for every recipient."""
        region = self._authorise(request)
        request_body = _read(body)
        simple = request_body.Content.Simple
        recipients = _recipients(request_body.Destination)
        headers, tags = _headers(simple.Headers), _tags(request_body.EmailTags)
        self._check_sender(request_body.FromEmailAddress, region)
        message_id = f"01000{secrets.token_hex(5)}-{uuid4()}-000000"
        messages = tuple(
            Message(
                provider="ses",
                channel="email",
                to=recipient,
                sender=request_body.FromEmailAddress,
                kind="email",
                subject=simple.Subject.Data,
                text=simple.Body.Text.Data if simple.Body.Text else "",
                html=simple.Body.Html.Data if simple.Body.Html else None,
                headers=headers,
                provider_message_id=message_id,
                tag=tags.get(TAG_NAME),
            )
            for recipient in recipients
        )
        return Accepted(Answer(200, {"MessageId": message_id}), messages)

    def _authorise(self, request: web.Request) -> str:
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        if authorization is None:
            _refuse("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        signature = SIGNATURE.fullmatch(authorization)
        if signature is None or "X-Amz-Date" not in request.headers:
            _refuse(
                "IncompleteSignatureException",
                "Authorization header needs Credential, SignedHeaders, Signature and X-Amz-Date",
                403,
            )
        access_key_id, region = signature.groups()
        if self._account.access_key_id not in (None, access_key_id):
            _refuse(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
            )
        return region

    def _check_sender(self, sender: str, region: str) -> None:
        address = _address(sender)
        # Addresses are compared with their case, domains without.
        local_part, _, domain = address.partition("@")
        verified = {_with_lower_domain(identity) for identity in self._account.verified_senders}
        if verified.isdisjoint({f"{local_part}@{domain.lower()}", domain.lower()}):
            _refuse(
                "MessageRejected",
                "Email address is not verified. The following identities failed the check "
                f"in region {region.upper()}: {address}",
            )


def ses_error(code: str, message: str, status: int) -> Answer:
    """An error as botocore reads it: type in a header, text in the body."""
    return Answer(status, {"message": message}, code, {"x-amzn-ErrorType": code})


def _refuse(code: str, message: str, status: int = 400) -> NoReturn:
    raise Refused(ses_error(code, message, status))


def _bad_request(message: str) -> NoReturn:
    _refuse("BadRequestException", message)


def _read(body: bytes) -> _SendEmail:
    try:
        request_body = _SendEmail.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        _bad_request(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}")
    simple = request_body.Content.Simple
    if simple.Body.Text is None and simple.Body.Html is None:
        _bad_request("Body needs Text or Html")
    if re.search(r"[\r\n]", simple.Subject.Data):
        _bad_request("Subject must not have line breaks")
    return request_body


def _recipients(destination: _Destination) -> list[str]:
    mailboxes = destination.ToAddresses + destination.CcAddresses + destination.BccAddresses
    if not mailboxes:
        _bad_request("Destination needs at least one address")
    if len(mailboxes) > RECIPIENT_LIMIT:
        _bad_request(f"Recipient count exceeds {RECIPIENT_LIMIT}.")
    return [_address(mailbox) for mailbox in mailboxes]


def _address(mailbox: str) -> str:
    """The bare address of `Name <address>`."""
    found = ADDRESS.fullmatch(mailbox.strip())
    if found is None:
        _bad_request("Missing final '@domain'" if "@" not in mailbox else "Illegal address")
    local_part, _, _ = found[1].partition("@")
    if not local_part.isascii():
        _bad_request("Local address contains control or whitespace")
    return found[1]


def _with_lower_domain(identity: str) -> str:
    local_part, at, domain = identity.rpartition("@")
    return f"{local_part}{at}{domain.lower()}"


def _headers(headers: list[_Pair]) -> dict[str, str]:
    if len(headers) > HEADER_LIMIT:
        _bad_request(f"At most {HEADER_LIMIT} headers are allowed")
    for header in headers:
        if not HEADER_NAME.fullmatch(header.Name) or not HEADER_VALUE.fullmatch(header.Value):
            _bad_request("Header names and values take printable ASCII only, names no colon")
        if len(header.Name) + len(header.Value) > HEADER_LENGTH_LIMIT:
            _bad_request(f"Header {header.Name} exceeds {HEADER_LENGTH_LIMIT} characters")
        if header.Name.lower() in HEADERS_OF_OTHER_FIELDS:
            _bad_request(f"Header {header.Name} is not allowed here")
    return {header.Name: header.Value for header in headers}


def _tags(tags: list[_Pair]) -> dict[str, str]:
    if len(tags) > TAG_LIMIT:
        _bad_request(f"At most {TAG_LIMIT} tags are allowed")
    for tag in tags:
        if not TAG_PART.fullmatch(tag.Name) or not TAG_PART.fullmatch(tag.Value):
            _bad_request("Tag names and values take letters, digits, '_', '-', '.' and '@' only")
    return {tag.Name: tag.Value for tag in tags}
