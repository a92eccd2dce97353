"""WhatsApp through Meta's Cloud API: what is sent, and what comes back."""

import hashlib
import hmac
from functools import cache
from typing import Any

import httpx
from django.conf import settings


class PassingError(Exception):
    """The provider may take it later."""


class PermanentError(Exception):
    """The provider will not take it; the text is its code."""


class UnknownOutcomeError(Exception):
    """The provider may have it, and must not be asked again."""


def send(to: str, message: dict[str, Any], tag: str) -> str:
    """Send a message and return the provider's id."""
    try:
        answer = _client().post(
            "messages",
            json={
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": to,
                "biz_opaque_callback_data": tag,
                **_content(message),
            },
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise PassingError("unreachable") from error
    except httpx.TransportError as error:
        raise UnknownOutcomeError(type(error).__name__) from error
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise PassingError(str(answer.status_code))
    if answer.is_error:
        raise PermanentError(str(answer.json()["error"]["code"]))
    return str(answer.json()["messages"][0]["id"])


def is_signed(body: bytes, signature: str) -> bool:
    """Whether Meta signed these bytes with our app's secret."""
    secret = settings.WHATSAPP["app_secret"].encode()
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}", signature)


@cache
def _client() -> httpx.Client:
    """One a process, made after the fork."""
    return httpx.Client(
        base_url=settings.WHATSAPP["url"],
        headers={"Authorization": f"Bearer {settings.WHATSAPP['access_token']}"},
        timeout=settings.WHATSAPP["timeout"],
        trust_env=False,
    )


def _content(message: dict[str, Any]) -> dict[str, Any]:
    approved = message.get("approved_template")
    if approved is None:
        return {"type": "text", "text": {"body": message["text"]}}
    parameters = [{"type": "text", "text": value} for value in approved["parameters"]]
    return {
        "type": "template",
        "template": {
            "name": approved["name"],
            "language": {"code": approved["language"]},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }
