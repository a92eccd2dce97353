"""What the providers that speak HTTP have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx

from recado.domain.channels import ChannelAccount
from recado.ports.channels import ChannelSender
from tests.contract.channels.behaviour import Behaviour, SimulatedProvider

Wire = Callable[[httpx.Request], httpx.Response]


class HttpProvider(SimulatedProvider):
    """Answers requests from memory; what goes wrong on the way names the address, as httpx does."""

    @abstractmethod
    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        """The provider's own answers."""

    @abstractmethod
    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        """The adapter over a transport."""

    @contextmanager
    def sender(self, behaviour: Behaviour) -> Iterator[ChannelSender]:
        yield self.over(lambda request: self._behave(request, behaviour))

    def answering(self, response: httpx.Response) -> ChannelSender:
        """The adapter, wired to one answer."""
        return self.over(lambda request: response)

    def over(self, wire: Wire) -> ChannelSender:
        """The adapter over a wire; requests that reach it are kept."""

        def keep(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return wire(request)

        return self.adapter(httpx.MockTransport(keep))

    @property
    def request(self) -> httpx.Request:
        """The only request that came."""
        (request,) = self.requests
        assert isinstance(request, httpx.Request)
        return request

    def _behave(self, request: httpx.Request, behaviour: Behaviour) -> httpx.Response:
        text = f"failed at {request.url} with {request.headers}"
        match behaviour:
            case Behaviour.CANNOT_BE_REACHED:
                self.requests.remove(request)
                raise httpx.ConnectTimeout(text, request=request)
            case Behaviour.NEVER_ANSWERS:
                raise httpx.ReadTimeout(text, request=request)
            case Behaviour.DROPS_THE_CONNECTION:
                raise httpx.RemoteProtocolError(text, request=request)
            case _:
                return self.answers()[behaviour]

    def with_account(self, **changes: object) -> ChannelAccount:
        """The account with other settings."""
        return self.account.model_copy(
            update={"settings": {**self.account.settings, **changes}},
        )
