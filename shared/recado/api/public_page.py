"""The frame of the pages that people open from a message: no scripts, nothing of others."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

_PAGE = """<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto;
  padding: 0 1.25rem; color: #1c2733; }}
p[lang=en] {{ color: #51606f; }}
button, a.button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .5rem;
  background: #1d5fd1; color: #fff; cursor: pointer; text-decoration: none; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def public_page(status: HTTPStatus, title: str, body: str) -> dict[str, Any]:
    """An answer of the HTTP API (payload 2.0); `title` is plain text, `body` is HTML."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "statusCode": status.value,
        "headers": {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "content-security-policy": policy,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        },
        "body": _PAGE.format(title=escape(title), body=body),
    }
