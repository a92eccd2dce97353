"""The HTTP API inside the process, as a WSGI application: what API Gateway is in the cloud."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from http import HTTPStatus
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from functions.api_docs import handler as api_docs
from tests.cloud import Cloud, serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DOCUMENTATION = ("/api/docs", "/api/redoc", "/api/schema")


class Gateway:
    """Calls the function that serves a path, as Lambda would, and gives what it answered."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        event = _event(environ)
        answer = self._cloud.run(_function(event["rawPath"]), event)
        body = (answer.get("body") or "").encode()
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body)
        headers = {name: str(value) for name, value in (answer.get("headers") or {}).items()}
        status = HTTPStatus(answer["statusCode"])
        start_response(f"{status.value} {status.phrase}", list(headers.items()))
        return [body]


def _function(path: str) -> ModuleType:
    return api_docs if path.startswith(DOCUMENTATION) else serving(path)


def _event(environ: WSGIEnvironment) -> dict[str, Any]:
    """A request as payload 2.0 has it."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    query = environ.get("QUERY_STRING", "")
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    named: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        named.setdefault(name, []).append(value)
    method = environ["REQUEST_METHOD"]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        **(
            {"queryStringParameters": {name: ",".join(many) for name, many in named.items()}}
            if named
            else {}
        ),
        "headers": {name: value for name, value in headers.items() if value},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "requestId": "id",
            "stage": "$default",
        },
        **({"body": base64.b64encode(body).decode()} if body else {}),
        "isBase64Encoded": bool(body),
    }
