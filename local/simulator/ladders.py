"""What becomes of messages by themselves: the receipts that follow each accepted one."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.simulator.messages import Channel, Message, MessageStore, Provider, Status
from local.simulator.problems import invalid, refused
from local.simulator.webhooks.calls import ImpossibleWebhook, Report, WebhookProvider
from local.simulator.webhooks.deliveries import Deliveries

BATCH_SECONDS = 0.5
"""How long a batch that is not full waits for more."""

WINDOW_CODES: Mapping[str, str] = {"meta": "131047", "twilio": "63016"}
"""How each provider says, after it accepted free text, that the 24-hour window was closed."""


class Ladder(BaseModel):
    """To which messages it applies, and what follows each of them.

    Parameters
    ----------
    provider, channel, recipient
        Which messages; all when left out.
    steps
        In this order; one that the provider does not tell (an SMS is never read) is left out.
    code
        The provider's reason where a step is a failure.
    delay_ms
        The wait before each step.
    late_ms
        A further wait before the first one.
    duplicate
        How often each receipt is sent.
    shuffle
        Whether they come in any order; their times still tell the right one.
    batch
        How many receipts, of any messages, Meta puts into one request. One that is not full is
        sent after half a second.
    missing
        How likely a step never comes.
    closed_window_fails
        Free text to a closed 24-hour window fails after all, in place of the steps.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    provider: Provider | None = None
    channel: Channel | None = None
    recipient: str | None = Field(default=None, min_length=1)
    steps: tuple[Status, ...] = ("sent", "delivered", "read")
    code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,60}$")
    delay_ms: int = Field(default=200, ge=0, le=600_000)
    late_ms: int = Field(default=0, ge=0, le=3_600_000)
    duplicate: int = Field(default=1, ge=1, le=20)
    shuffle: bool = False
    batch: int = Field(default=1, ge=1, le=1000)
    missing: float = Field(default=0, ge=0, le=1)
    closed_window_fails: bool = False

    def applies_to(self, message: Message) -> bool:
        """True when provider, channel and recipient are those that the ladder names."""
        return (
            self.provider in (None, message.provider)
            and self.channel in (None, message.channel)
            and self.recipient in (None, message.to)
        )


@dataclass
class _Active:
    ladder: Ladder
    id: str = field(default_factory=lambda: uuid4().hex)
    matched: int = 0
    waiting: list[Report] = field(default_factory=list)


class Ladders:
    """The ladders in force; the newest that applies to a message wins."""

    def __init__(
        self,
        webhooks: Mapping[str, WebhookProvider],
        messages: MessageStore,
        deliveries: Deliveries,
        chance: random.Random | None = None,
    ) -> None:
        self._webhooks = webhooks
        self._messages = messages
        self._deliveries = deliveries
        self._chance = chance or random.Random()  # noqa: S311
        self._active: list[_Active] = []
        self._climbing: set[asyncio.Task[None]] = set()
        messages.listen(self._start)

    def routes(self) -> list[web.RouteDef]:
        """The control API's part about ladders."""
        return [
            web.get("/_sim/ladder", self.list_all),
            web.post("/_sim/ladder", self.put),
            web.delete("/_sim/ladder", self.remove_all),
            web.delete("/_sim/ladder/{id}", self.remove_one),
        ]

    async def list_all(self, _: web.Request) -> web.Response:
        """The ladders in force, newest first, each with how many messages it took."""
        return web.json_response(
            {
                "ladders": [
                    {
                        "id": active.id,
                        "matched": active.matched,
                        **active.ladder.model_dump(exclude_unset=True),
                    }
                    for active in self._active
                ]
            }
        )

    async def put(self, request: web.Request) -> web.Response:
        """Put a ladder in force; messages that are on their way keep the one they have."""
        try:
            ladder = Ladder.model_validate_json(await request.read())
        except ValidationError as error:
            return invalid(error)
        return web.json_response({"id": self.add(ladder)}, status=201)

    async def remove_one(self, request: web.Request) -> web.Response:
        """Withdraw a ladder."""
        if not self.remove(request.match_info["id"]):
            return refused(404, "id", "there is no ladder with this id")
        return web.Response(status=204)

    async def remove_all(self, _: web.Request) -> web.Response:
        """Withdraw all ladders; messages that are on their way stay on it."""
        self._active.clear()
        return web.Response(status=204)

    def add(self, ladder: Ladder) -> str:
        """Put a ladder in force and return its id."""
        active = _Active(ladder)
        self._active.insert(0, active)
        return active.id

    def remove(self, ladder_id: str) -> bool:
        """Withdraw a ladder; False when there is none with this id."""
        before = len(self._active)
        self._active = [active for active in self._active if active.id != ladder_id]
        return len(self._active) < before

    def forget(self) -> None:
        """Withdraw every ladder, and stop where messages are now."""
        self._active.clear()
        for climb in self._climbing:
            climb.cancel()

    async def close(self) -> None:
        """Stop everything."""
        self.forget()
        await asyncio.gather(*self._climbing, return_exceptions=True)

    def _start(self, message: Message) -> None:
        active = next((one for one in self._active if one.ladder.applies_to(message)), None)
        webhooks = self._webhooks.get(message.provider)
        if active is None or webhooks is None:
            return
        active.matched += 1
        reports = self._reports(active.ladder, message, webhooks)
        climb = asyncio.create_task(self._climb(active, reports, webhooks))
        self._climbing.add(climb)
        climb.add_done_callback(self._climbing.discard)

    def _reports(self, ladder: Ladder, message: Message, webhooks: WebhookProvider) -> list[Report]:
        """A message's receipts in the order in which they are sent."""
        steps, code = ladder.steps, ladder.code
        if ladder.closed_window_fails and message.window_closed:
            steps, code = ("failed",), WINDOW_CODES.get(message.provider)
        start = datetime.now(UTC) + timedelta(milliseconds=ladder.late_ms)
        reports = [
            Report(
                message=message,
                status=step,
                code=code if step in ("failed", "bounce", "complaint") else None,
                at=start + timedelta(milliseconds=ladder.delay_ms * number),
            )
            for number, step in enumerate(steps, start=1)
            if step in webhooks.statuses(message) and self._chance.random() >= ladder.missing
            for _ in range(ladder.duplicate)
        ]
        if ladder.shuffle:
            self._chance.shuffle(reports)
        return reports

    async def _climb(
        self, active: _Active, reports: list[Report], webhooks: WebhookProvider
    ) -> None:
        await asyncio.sleep(active.ladder.late_ms / 1000)
        for report in reports:
            await asyncio.sleep(active.ladder.delay_ms / 1000)
            active.waiting.append(report)
            if len(active.waiting) >= active.ladder.batch:
                await self._send(active, webhooks)
        if active.waiting:
            await asyncio.sleep(BATCH_SECONDS)
            await self._send(active, webhooks)

    async def _send(self, active: _Active, webhooks: WebhookProvider) -> None:
        """Send what waits for this provider; what waits for others is theirs to send."""
        ready = [one for one in active.waiting if one.message.provider == webhooks.name]
        active.waiting = [one for one in active.waiting if one not in ready]
        # A message without an address for its callbacks has no receipts, like Twilio's.
        with suppress(ImpossibleWebhook):
            for call in webhooks.receipt_calls(ready) if ready else []:
                for report in ready:
                    self._messages.tell(report.message.id, report.status)
                await self._deliveries.send(call)
