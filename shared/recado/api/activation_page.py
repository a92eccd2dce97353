"""The page and the picture behind an invitation to WhatsApp, in Spanish and English."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from html import escape
from http import HTTPStatus
from typing import Any

from recado.api.public_page import public_page
from recado.services.show_activation import ShowActivation

PICTURE = ".png"
"""What a code ends with where its picture is asked for."""

_PICTURE_KEPT = timedelta(days=1)
"""How long a person's own mail program or browser may keep a picture, at most."""

_OPEN = """<p>Abra el chat de WhatsApp de <strong>{sender}</strong> y envíe el mensaje que ya está \
escrito: desde entonces le escribirá por allí.</p>
<p lang="en">Open the WhatsApp chat of <strong>{sender}</strong> and send the message that is \
already written: from then on they will write to you there.</p>
<p><a class="button" href="{link}">Abrir WhatsApp / Open WhatsApp</a></p>
<p>¿Está en un computador? Escanee este código con su teléfono.</p>
<p lang="en">On a computer? Scan this code with your phone.</p>
<p><img src="{picture}" alt="QR" width="280" height="280"></p>
"""

_UNKNOWN = """<p>Este enlace no es válido o ya venció. Pida uno nuevo a quien se lo envió.</p>
<p lang="en">This link is not valid, or has expired. Ask whoever sent it for a new one.</p>
"""


class ActivationPage:
    """Answers the requests for `/a/{code}` and `/a/{code}.png`.

    A GET changes nothing: what activates the channel is the person's own message. `draw` makes
    the picture of a QR code.
    """

    def __init__(self, show: ShowActivation, draw: Callable[[str], bytes]) -> None:
        self._show = show
        self._draw = draw

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer a request of the HTTP API (payload 2.0)."""
        name = (event.get("pathParameters") or {}).get("code") or ""
        code = name.removesuffix(PICTURE)
        chat = self._show(code)
        if chat is None:
            return public_page(HTTPStatus.NOT_FOUND, "Recado", _UNKNOWN)
        if name.endswith(PICTURE):
            return _picture(self._draw(chat.link), min(_PICTURE_KEPT, chat.good_for))
        page = _OPEN.format(
            sender=escape(chat.sender), link=escape(chat.link), picture=f"{code}{PICTURE}"
        )
        return public_page(HTTPStatus.OK, chat.sender, page)


def _picture(png: bytes, kept: timedelta) -> dict[str, Any]:
    return {
        "statusCode": HTTPStatus.OK.value,
        "headers": {
            "content-type": "image/png",
            "cache-control": f"private, max-age={int(kept.total_seconds())}",
            "x-content-type-options": "nosniff",
        },
        "body": base64.b64encode(png).decode(),
        "isBase64Encoded": True,
    }
