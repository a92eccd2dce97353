"""Providers' files in memory: a wire that answers by address, and what was asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from recado.adapters.media.http_download import MediaHttp
from recado.adapters.media.registry import MediaSourceRegistry
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.media import MEGABYTE
from recado.domain.updates import Media
from recado.ports.media import FetchedMedia

PNG = b"\x89PNG\r\n\x1a\n a picture"
PUBLIC_ADDRESS = "93.184.215.14"

SETTINGS = {
    "phone_number_id": "100000000000001",
    "account_sid": "AC00000000000000000000000000000001",
    "instance": "taller",
    "page_id": "1",
    "instagram_id": "2",
    "team_id": "T1",
}
CREDENTIALS = {
    "access_token": "s3cret-meta",
    "auth_token": "s3cret-twilio",
    "api_key": "s3cret-evolution",
    "bot_token": "1:s3cret-bot",
}

type Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeWire:
    """Answers GET and POST by address: a list is answered one after another, its last for ever."""

    answers: Mapping[str, Answer | list[Answer]]
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    seconds: list[float] = field(default_factory=lambda: [0.0])

    def fetch(self, account: ChannelAccount, media: Media, limit: int = MEGABYTE) -> FetchedMedia:
        """Fetch a file as the function does, with every credential in the account's secret."""
        return MediaSourceRegistry(self, self.http).source_for(account).fetch(media, limit)

    @property
    def http(self) -> MediaHttp:
        return MediaHttp(
            httpx.MockTransport(self._answer), lookup=self._look_up, now=lambda: self.seconds[-1]
        )

    def credentials(self, name: str) -> Mapping[str, str]:
        """The wire is the secret store as well."""
        return CREDENTIALS

    @property
    def asked(self) -> list[str]:
        """The addresses that were asked, by their hosts' names."""
        return [_address(request) for request in self.requests]

    def sent(self, header: str) -> list[str | None]:
        """What each request had in a header."""
        return [request.headers.get(header) for request in self.requests]

    def _look_up(self, host: str) -> tuple[str, ...]:
        return self.hosts.get(host, (PUBLIC_ADDRESS,))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[_address(request)]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def _address(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}{request.url.path}"


def account(provider: Provider, **settings: str) -> ChannelAccount:
    """An account with the settings of all providers."""
    return ChannelAccount(
        tenant_id="workshop",
        account_id="main",
        provider=provider,
        settings={**SETTINGS, **settings},
        secret_name="recado/test/accounts/main",
    )


def png() -> httpx.Response:
    """A picture."""
    return httpx.Response(200, content=PNG, headers={"content-type": "image/png"})


def redirect(to: str) -> httpx.Response:
    """The way to another address."""
    return httpx.Response(302, headers={"location": to})
