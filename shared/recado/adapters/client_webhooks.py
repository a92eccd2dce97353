"""Calls of clients' endpoints over HTTP, and the secrets that sign them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import httpx
from pydantic import ValidationError

from recado.adapters.channels.http import Answer
from recado.adapters.public_hosts import (
    PrivateHostError,
    PublicHostTransport,
    UnknownHostError,
    system_lookup,
)
from recado.adapters.secrets import SecretsManagerSource
from recado.domain.client_endpoints import PostOutcome, SigningSecrets, is_loopback, url_fault
from recado.domain.errors import AccountError

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
"""In seconds, for each piece of a call."""


class HttpWebhookPoster:
    """Implements `ports.WebhookPoster`.

    Requests go to the transport itself: an `httpx.Client` would carry cookies from one tenant's
    endpoint to another's on the same host. No redirect is followed, no body is read.

    Parameters
    ----------
    allow_loopback
        Whether endpoints may be on this machine, over http too.
    transport
        What carries a request to a checked address.
    lookup
        Finds the addresses of a host.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool,
        transport: httpx.BaseTransport | None = None,
        lookup: Callable[[str], Sequence[str]] = system_lookup,
    ) -> None:
        unshared = httpx.Limits(max_keepalive_connections=0)
        direct = transport or httpx.HTTPTransport(limits=unshared, trust_env=False)
        self._allow_loopback = allow_loopback
        self._direct = direct
        self._public = PublicHostTransport(direct, lookup=lookup)

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> PostOutcome:
        """See `ports.WebhookPoster`."""
        if url_fault(url, allow_loopback=self._allow_loopback):
            return PostOutcome(fault="bad_url")
        transport = self._direct if is_loopback(url) else self._public
        try:
            request = httpx.Request(
                "POST",
                url,
                headers={
                    "content-type": "application/json",
                    "user-agent": "Recado-Webhooks/1.0",
                    **headers,
                },
                content=body,
                extensions={"timeout": TIMEOUT.as_dict()},
            )
            response = transport.handle_request(request)
        except PrivateHostError:
            return PostOutcome(fault="private_host")
        except UnknownHostError:
            return PostOutcome(fault="unknown_host")
        except httpx.InvalidURL:
            return PostOutcome(fault="bad_url")
        except httpx.TimeoutException:
            return PostOutcome(fault="timeout")
        except httpx.ConnectError:
            return PostOutcome(fault="not_connected")
        except httpx.HTTPError:
            return PostOutcome(fault="no_answer")
        response.close()
        answer = Answer(response.status_code, response.headers, b"")
        return PostOutcome(status=answer.status, retry_after=answer.retry_after)


class SecretsManagerSigningSecrets:
    """Implements `ports.SigningSecretSource`."""

    def __init__(self, source: SecretsManagerSource) -> None:
        self._source = source

    def signing_secrets(self, name: str) -> SigningSecrets:
        """See `ports.SigningSecretSource`."""
        try:
            return SigningSecrets.model_validate_json(self._source.text(name))
        except ValidationError:
            raise AccountError("bad_secret", f"secret '{name}' holds no signing secrets") from None
