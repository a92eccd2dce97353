"""The API's description for people: Swagger UI, ReDoc, and the OpenAPI document itself.

Everything comes from our own domain. Its files have a digest in their path, so browsers may keep
them for ever; a new release has another path.
"""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

_STATIC = "static/drf_spectacular_sidecar"

ASSETS = {
    "swagger-ui.css": ("swagger-ui-dist/swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui.js": ("swagger-ui-dist/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "redoc.js": ("redoc/bundles/redoc.standalone.js", "text/javascript; charset=utf-8"),
    "favicon.png": ("swagger-ui-dist/favicon-32x32.png", "image/png"),
}
"""What pages may load, with its place in the library and its type."""

_START = """SwaggerUIBundle({
  url: "/api/schema/",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  requestSnippetsEnabled: true,
  validatorUrl: null,
});
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Recado API</title>
<link rel="icon" type="image/png" href="{assets}/favicon.png">
{head}
</head>
<body>
{body}
</body>
</html>
"""

_SWAGGER_HEAD = '<link rel="stylesheet" href="{assets}/swagger-ui.css">'
_SWAGGER_BODY = """<div id="swagger-ui"></div>
<script src="{assets}/swagger-ui.js"></script>
<script src="{assets}/start.js"></script>"""

_REDOC_BODY = """<redoc spec-url="/api/schema/"></redoc>
<script src="{assets}/redoc.js"></script>"""

# Both set styles from scripts and carry small images in them; ReDoc searches in a worker that it
# makes of a blob. The picture that ReDoc wants from its makers' server is refused by img-src.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, max-age=300"
_COMMON = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


@dataclass(frozen=True)
class _Content:
    data: bytes
    headers: Mapping[str, str]

    @cached_property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.data).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.data, mtime=0)


class DocumentationPages:
    """Answers GET and HEAD under `/api/docs`, `/api/redoc` and `/api/schema`."""

    def __init__(self, library: Path) -> None:
        """Show them with the files of drf-spectacular-sidecar, which lies in `library`."""
        self._library = library
        self._contents: dict[str, _Content] = {}

    def __call__(self, event: dict[str, Any], *, document: Path) -> dict[str, Any]:
        """Answer a request of the HTTP API (payload 2.0) about an OpenAPI document."""
        self._contents = self._contents or self._read(document)
        method = event["requestContext"]["http"]["method"]
        content = self._contents.get(event["rawPath"].rstrip("/"))
        if content is None:
            return _empty(HTTPStatus.NOT_FOUND, {})
        if method not in ("GET", "HEAD"):
            return _empty(HTTPStatus.METHOD_NOT_ALLOWED, {"allow": "GET, HEAD"})
        headers = event.get("headers") or {}
        cached = {"etag": content.tag, "cache-control": content.headers["cache-control"]}
        if content.tag in (tag.strip() for tag in headers.get("if-none-match", "").split(",")):
            return _empty(HTTPStatus.NOT_MODIFIED, cached)
        return _answer(content, method=method, accepted=headers.get("accept-encoding", ""))

    def _read(self, document: Path) -> dict[str, _Content]:
        """What there is, by its path without the last slash."""
        assets = {"start.js": _asset(_START.encode(), "text/javascript; charset=utf-8")}
        for name, (file, kind) in ASSETS.items():
            assets[name] = _asset((self._library / _STATIC / file).read_bytes(), kind)
        digest = hashlib.sha256("".join(asset.tag for asset in assets.values()).encode())
        root = f"/api/docs/assets/{digest.hexdigest()[:16]}"
        return {
            "/api/docs": _page(root, _SWAGGER_HEAD, _SWAGGER_BODY),
            "/api/redoc": _page(root, "", _REDOC_BODY),
            "/api/schema": _Content(
                document.read_bytes(),
                {"content-type": "application/json", "cache-control": _ASK_AGAIN},
            ),
            **{f"{root}/{name}": asset for name, asset in assets.items()},
        }


def _page(root: str, head: str, body: str) -> _Content:
    page = _PAGE.format(assets=root, head=head.format(assets=root), body=body.format(assets=root))
    return _Content(
        page.encode(),
        {
            "content-type": "text/html; charset=utf-8",
            "cache-control": _ASK_AGAIN,
            "content-security-policy": _POLICY,
        },
    )


def _asset(data: bytes, kind: str) -> _Content:
    return _Content(data, {"content-type": kind, "cache-control": _FOR_EVER})


def _answer(content: _Content, *, method: str, accepted: str) -> dict[str, Any]:
    zipped = "gzip" in accepted
    data = content.compressed if zipped else content.data
    return {
        "statusCode": HTTPStatus.OK.value,
        "headers": {
            **_COMMON,
            **content.headers,
            "etag": content.tag,
            "vary": "Accept-Encoding",
            **({"content-encoding": "gzip"} if zipped else {}),
        },
        "body": b64encode(data).decode() if method == "GET" else "",
        "isBase64Encoded": method == "GET",
    }


def _empty(status: HTTPStatus, headers: dict[str, str]) -> dict[str, Any]:
    return {"statusCode": status.value, "headers": {**_COMMON, **headers}, "body": ""}
