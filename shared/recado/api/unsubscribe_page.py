"""The page behind an unsubscribe link (RFC 8058), in Spanish and English.

A GET only shows it: programs that look for viruses open every link in a mail. A POST, by the
page's button or by the mail program itself, unsubscribes.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from recado.api.public_page import public_page
from recado.services.unsubscribe import Unsubscribe

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
            return public_page(HTTPStatus.NOT_FOUND, "Recado", _UNKNOWN)
        if method in ("GET", "HEAD"):
            return public_page(HTTPStatus.OK, sender, _ASK.format(sender=escape(sender)))
        if method != "POST":
            return public_page(
                HTTPStatus.METHOD_NOT_ALLOWED, sender, _ASK.format(sender=escape(sender))
            )
        self._unsubscribe(token)
        return public_page(HTTPStatus.OK, sender, _DONE.format(sender=escape(sender)))
