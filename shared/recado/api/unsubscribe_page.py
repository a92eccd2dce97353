"""The page behind an unsubscribe link (RFC 8058), in Spanish and English.

A GET only shows it: programs that look for viruses open every link in a mail. A POST, by the
page's button or by the mail program itself, unsubscribes.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from recado.services.unsubscribe import Unsubscribe

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
button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .5rem;
  background: #1d5fd1; color: #fff; cursor: pointer; }}
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

_ASK = """<p>¿Desea dejar de recibir correos de <strong>{sender}</strong>?</p>
<p lang="en">Do you want to stop getting mail from <strong>{sender}</strong>?</p>
<form method="post"><button>Dejar de recibir / Unsubscribe</button></form>
"""

_DONE = """<p>Listo. Ya no recibirá correos de <strong>{sender}</strong>.</p>
<p lang="en">Done. You will get no more mail from <strong>{sender}</strong>.</p>
"""

_UNKNOWN = """<p>Este enlace no es válido o está incompleto. Ábralo de nuevo desde el correo.</p>
<p lang="en">This link is not valid, or a part of it is missing. Open it again from the mail.</p>
"""

_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class UnsubscribePage:
    """Answers the requests for unsubscribe links."""

    def __init__(self, unsubscribe: Unsubscribe) -> None:
        self._unsubscribe = unsubscribe

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer a request of the HTTP API (payload 2.0)."""
        token = (event.get("pathParameters") or {}).get("token") or ""
        sender = self._unsubscribe.sender(token)
        method = event["requestContext"]["http"]["method"]
        if sender is None:
            return _answer(HTTPStatus.NOT_FOUND, "Recado", _UNKNOWN)
        if method in ("GET", "HEAD"):
            return _answer(HTTPStatus.OK, sender, _ASK.format(sender=escape(sender)))
        if method != "POST":
            return _answer(
                HTTPStatus.METHOD_NOT_ALLOWED, sender, _ASK.format(sender=escape(sender))
            )
        self._unsubscribe(token)
        return _answer(HTTPStatus.OK, sender, _DONE.format(sender=escape(sender)))


def _answer(status: HTTPStatus, title: str, body: str) -> dict[str, Any]:
    page = _PAGE.format(title=escape(title), body=body)
    return {"statusCode": status.value, "headers": _HEADERS, "body": page}
