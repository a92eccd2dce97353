"""One HTTP request to a simulated provider: check it, misbehave if told to, answer and log it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from aiohttp import hdrs, web

from local.simulator.behaviour import Behaviour, Behaviours
from local.simulator.messages import Message, MessageStore, Provider
from local.simulator.request_log import LoggedRequest, RequestLog, readable_body

GARBAGE = "<html><body><h1>It works!</h1></body></html>"


@dataclass(frozen=True)
class Answer:
    """What a provider answers: a JSON `body` (None for an empty one) and its own error `code`.

    `file` are bytes to send instead of JSON; the header Content-Type says what they are.
    """

    status: int
    body: object = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    file: bytes | None = None

    def response(self) -> web.Response:
        """The answer as aiohttp sends it."""
        if self.file is not None:
            return web.Response(status=self.status, headers=self.headers, body=self.file)
        if self.body is None:
            return web.Response(status=self.status, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


class Refused(Exception):
    """The provider refuses the request, as the real one would; `answer` says how."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


@dataclass(frozen=True)
class Accepted:
    """A request in order: the answer, and one message per recipient (none for a mere look)."""

    answer: Answer
    messages: tuple[Message, ...] = ()


Check = Callable[[web.Request, bytes], Accepted]
"""Examines a request and its body; raises Refused when the real provider would refuse it."""


class HttpProvider(ABC):
    """A provider that is reached over HTTP: its end points and the shape of its errors."""

    name: ClassVar[Provider]

    @abstractmethod
    def endpoints(self) -> list[tuple[str, str, Check]]:
        """Method, path pattern of aiohttp and check of everything that it serves."""

    @abstractmethod
    def failure(self, behaviour: Behaviour) -> Answer:
        """The error that this provider sends for the behaviour's status and code."""


class Exchange:
    """Serves HTTP providers. A request is checked first: only one in order can be misbehaved on,
    so `times` of a behaviour are never used up by a mistake of the sender."""

    def __init__(
        self, messages: MessageStore, requests: RequestLog, behaviours: Behaviours
    ) -> None:
        self._messages = messages
        self._requests = requests
        self._behaviours = behaviours

    def routes(self, provider: HttpProvider) -> list[web.RouteDef]:
        """The provider's end points, ready to be added to an application."""
        return [
            web.route(method, path, self._handler(provider, check))
            for method, path, check in provider.endpoints()
        ]

    def _handler(
        self, provider: HttpProvider, check: Check
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            log_entry = LoggedRequest(
                provider=provider.name,
                method=request.method,
                path=request.path_qs,
                status=None,
                body=readable_body(request.content_type, body),
            )
            try:
                accepted = check(request, body)
            except Refused as refused:
                return self._answer(log_entry, refused.answer)
            behaviour = self._behaviour_for(provider, accepted.messages)
            if behaviour is None:
                self._messages.add(accepted.messages, "accepted")
                return self._answer(log_entry, accepted.answer)
            return await self._misbehave(request, provider, accepted, behaviour, log_entry)

        return handle

    def _behaviour_for(
        self, provider: HttpProvider, messages: tuple[Message, ...]
    ) -> Behaviour | None:
        if not messages:
            return None
        recipients = {message.to for message in messages}
        return self._behaviours.take(provider.name, messages[0].channel, recipients)

    async def _misbehave(
        self,
        request: web.Request,
        provider: HttpProvider,
        accepted: Accepted,
        behaviour: Behaviour,
        log_entry: LoggedRequest,
    ) -> web.StreamResponse:
        # Whatever is accepted is accepted before the delay: a sender that does not wait for the
        # answer has reached the person all the same.
        if behaviour.drop:
            if behaviour.drop == "after":
                self._messages.add(accepted.messages, "accepted_then_dropped")
                self._requests.add(replace(log_entry, outcome="dropped_after"))
            else:
                self._requests.add(replace(log_entry, outcome="dropped_before"))
            await asyncio.sleep(behaviour.latency_ms / 1000)
            return _drop(request)
        if behaviour.accepts:
            self._messages.add(accepted.messages, "accepted")
            response = self._answer(log_entry, accepted.answer)
        elif behaviour.garbage:
            self._requests.add(replace(log_entry, status=200))
            response = web.Response(text=GARBAGE, content_type="text/html")
        else:
            response = self._answer(log_entry, provider.failure(behaviour))
            if behaviour.retry_after is not None:
                response.headers[hdrs.RETRY_AFTER] = str(behaviour.retry_after)
        await asyncio.sleep(behaviour.latency_ms / 1000)
        return response

    def _answer(self, log_entry: LoggedRequest, answer: Answer) -> web.Response:
        self._requests.add(replace(log_entry, status=answer.status, code=answer.code))
        return answer.response()


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
