"""Sends webhooks, sends them again as their providers do, and keeps a log of it."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout

from local.simulator.request_log import readable_body, strike_out
from local.simulator.webhooks.calls import WebhookCall

RETRY_SECONDS = (1.0, 4.0, 16.0)
"""The waits before each further try. Providers go on for minutes or days; here it ends early, so
that a laptop comes to rest."""

LOGGED = 1000
_TIMEOUT = ClientTimeout(total=10)


@dataclass
class _Delivery:
    call: WebhookCall
    tries: list[dict[str, object]] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid4().hex)

    def note(self, status: int | None) -> None:
        self.tries.append({"at": datetime.now(UTC).isoformat(), "status": status})


class Deliveries:
    """The way of webhooks to their receivers.

    Parameters
    ----------
    secrets
        What the log must not show.
    retry_seconds
        The wait before each further try.
    """

    def __init__(
        self, secrets: Collection[str], retry_seconds: Sequence[float] = RETRY_SECONDS
    ) -> None:
        self._secrets = secrets
        self._retry_seconds = retry_seconds
        self._log: deque[_Delivery] = deque(maxlen=LOGGED)
        self._session: ClientSession | None = None
        self._retries: set[asyncio.Task[None]] = set()

    async def send(self, call: WebhookCall) -> int | None:
        """Send a request once and return the answer's status; None when nobody answered.

        If the provider would try again, that happens later by itself.
        """
        delivery = _Delivery(call)
        self._log.append(delivery)
        status = await self._try(delivery, number=0, earlier=None)
        if call.wants_retry(status):
            retries = asyncio.create_task(self._try_again(delivery, status))
            self._retries.add(retries)
            retries.add_done_callback(self._retries.discard)
        return status

    def to_json(self) -> list[dict[str, object]]:
        """What was sent, newest last, with the status of each try (null: nobody answered)."""
        return [
            {
                "id": delivery.id,
                "provider": delivery.call.provider,
                "kind": delivery.call.kind,
                "url": strike_out(delivery.call.url, self._secrets),
                "body": strike_out(
                    readable_body(
                        delivery.call.headers["Content-Type"].partition(";")[0], delivery.call.body
                    ),
                    self._secrets,
                ),
                "status": delivery.tries[-1]["status"] if delivery.tries else None,
                "tries": list(delivery.tries),
            }
            for delivery in self._log
        ]

    def forget(self) -> None:
        """Empty the log and try nothing again."""
        self._log.clear()
        for retries in self._retries:
            retries.cancel()

    async def close(self) -> None:
        """Try nothing again, and close the connections."""
        self.forget()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def _try_again(self, delivery: _Delivery, status: int | None) -> None:
        for number, seconds in enumerate(self._retry_seconds, start=1):
            await asyncio.sleep(seconds)
            status = await self._try(delivery, number=number, earlier=status)
            if not delivery.call.wants_retry(status):
                return

    async def _try(self, delivery: _Delivery, *, number: int, earlier: int | None) -> int | None:
        if self._session is None:
            self._session = ClientSession(timeout=_TIMEOUT)
        call = delivery.call
        headers = {**call.headers, **(call.retry_headers(number, earlier) if number else {})}
        status: int | None = None
        try:
            async with self._session.post(
                call.url, data=call.body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            status = None
        delivery.note(status)
        return status
