"""What every operation shares: texts, parameters, headers, the problem document, keys."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from recado.api import idempotency, problems

ABOUT = """\
Recado takes an event, chooses channel and template, sends the notification **once**, falls back to
the next channel, follows it until it was read, and takes the answer in.

- Every path is served with and without its last slash.
- Send JSON in UTF-8 (`application/json`). Times are RFC 3339 in UTC; those without an offset are
  refused.
- Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents: `code` is stable,
  the texts are Spanish or English by `Accept-Language`. Another method than those described here is
  answered with 405 and `Allow`.
- Lists are read page by page: send `next_cursor` as `cursor`. A cursor is opaque, and null at the
  end. `limit` is 1 to 100.
- What has a version has an `ETag`. Send it as `If-Match` with a change, and the change is refused
  (412) when somebody else was faster.
- Send an `Idempotency-Key` with what creates something, and it is safe to send it again for 24
  hours.
- A key may ask 50 times a second, unless another limit was agreed; more is answered with 429 and
  `Retry-After`.
- A test key (`rk_test_…`) never sends anything, and gets receipts that look real.
"""

TAGS = {
    "Notifications": "Hand events in, and read what became of them.",
    "Templates": "What is said, by service type, phase, target, channel and language; versioned.",
    "Catalogue": "The service types and phases of a tenant.",
    "Orchestration": "Which channels are used for which service type and phase.",
    "Customers": "People, their addresses and preferences; import, export and erasure.",
    "Vehicles": "What customers own.",
    "Reminders": "Maintenance that falls due.",
    "Appointments": "What customers are expected to, and reminded of the day before.",
    "Push": "Browsers that take web push.",
    "Communications": "Single messages, in both directions.",
    "WhatsApp": "Accounts and templates as WhatsApp's providers describe them.",
    "Analytics": "Counts, rates and times, from counters that equal the log.",
    "Health": "Whether the service can work; without a key.",
    "Internal": "From service to service, with a secret of its own.",
}
"""Every tag, in the order in which the groups are shown."""

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {
            "type": "string",
            "pattern": "^[a-z0-9_]+$",
            "description": "What programs decide by; it never changes.",
        },
        "detail": {
            "type": "string",
            "description": "A sentence for people, in Spanish or English.",
        },
        "request_id": {
            "type": "string",
            "description": "The answer's `X-Request-Id`; name it when you ask us.",
        },
        "errors": {
            "type": "array",
            "description": "The fields at fault.",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "Where it stands in the request, with dots between.",
                        "examples": ["context.Placa"],
                    },
                    "code": {"type": "string", "examples": ["missing"]},
                    "message": {
                        "type": "string",
                        "description": "What is wrong with it, in Spanish or English.",
                    },
                },
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
            "status": 422,
            "code": "invalid",
            "detail": "invalid: customer_id",
            "request_id": "7c9f1f3e-5a2b-4f0e-9d55-0f6b0a4d3c11",
            "errors": [
                {"field": "customer_id", "code": "missing", "message": "Field required"},
            ],
        }
    ],
}

REQUEST_ID = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", "X-Correlation-Id")
}
HEADERS = {
    "X-Request-Id": {
        "description": "Names this request in our logs.",
        "schema": {"type": "string"},
    },
    "X-Correlation-Id": {
        "description": "The request's own, or the one that we chose.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "The version; send it as `If-Match` with a change.",
        "schema": {"type": "string", "pattern": '^(W/)?"[^"]*"$'},
        "example": '"3"',
    },
    "Location": {
        "description": "Where to read what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotency-Replayed": {
        "description": "This is the answer to an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}},
}
PARAMETERS = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "The language of errors and warnings: Spanish or English.",
        "schema": {"type": "string", "default": "en"},
        "example": "es",
    },
    "TenantId": {
        "name": "X-Tenant-Id",
        "in": "header",
        "description": (
            "The tenant that is meant, for services and for keys of super administrators; any "
            "other key may name its own."
        ),
        "schema": {"type": "string"},
    },
    "CorrelationId": {
        "name": "X-Correlation-Id",
        "in": "header",
        "description": (
            "What you call this request in your own logs: up to 128 letters, digits and `._:-`. "
            "Ours have it too, from here to the last receipt; without it we choose one."
        ),
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Any text that names this request, a UUID for instance. Sent again within 24 hours, "
            "it gets the first answer again."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that was read: refuses (412) to change any other version.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of the answer that is already there: 304 when it still holds.",
        "schema": {"type": "string"},
    },
}
SECURITY_SCHEMES = {
    "bearerKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "rk_<live|test>_<id>_<secret>",
        "description": "An API key, made with `recado keys create`.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, for clients that cannot send `Authorization`.",
    },
    "internalSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Internal-Secret",
        "description": "The secret that services of the same company share.",
    },
}

MEANING = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON document, or a header cannot be read.",
    HTTPStatus.UNAUTHORIZED: "No key was shown, or one that does not hold (any more).",
    HTTPStatus.FORBIDDEN: "The key may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such thing, or it is another tenant's or division's.",
    HTTPStatus.CONFLICT: "What is stored does not allow it now; `code` says why.",
    HTTPStatus.PRECONDITION_FAILED: "It was changed since it was read.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large: 256 KB; 1 MB from services.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body has another type than those described here.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields have wrong values; `errors` names them.",
    HTTPStatus.TOO_MANY_REQUESTS: "The key asked too often.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something failed on our side.",
    HTTPStatus.BAD_GATEWAY: "A provider failed or refused.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something that is needed does not answer; try again.",
}


_WITH_RETRY_AFTER = (
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""A conflict has it while a request with the same Idempotency-Key is being worked on."""


def problem(status: HTTPStatus, description: str | None = None) -> dict[str, Any]:
    """The answer with a problem document."""
    headers = dict(REQUEST_ID)
    if status in _WITH_RETRY_AFTER:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWW-Authenticate"}
    return {
        "description": description or MEANING[status],
        "headers": headers,
        "content": {
            problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }


def name(status: HTTPStatus) -> str:
    """What the answer is called among the components."""
    return re.sub(r"\W", "", status.phrase)
