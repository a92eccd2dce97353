"""Receipts on demand: `POST /_sim/receipts`, for messages of every provider that has them."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.simulator.messages import Message, MessageStore, Status
from local.simulator.problems import invalid, refused
from local.simulator.webhooks.calls import ImpossibleWebhook, Report, WebhookProvider
from local.simulator.webhooks.deliveries import Deliveries


class WantedReceipt(BaseModel):
    """What `POST /_sim/receipts` takes.

    `message` is the simulator's own id of an accepted message, or several ids of one provider's
    messages, told in as few requests as it would make. `code` says why it failed or bounced, in the
    provider's own words. `times` sends the same requests so often, as providers do when in doubt.
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    message: str | list[str] = Field(min_length=1)
    status: Status
    code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,60}$")
    times: int = Field(default=1, ge=1, le=20)


class Receipts:
    """Tells the product what became of messages."""

    def __init__(
        self,
        webhooks: Mapping[str, WebhookProvider],
        messages: MessageStore,
        deliveries: Deliveries,
    ) -> None:
        self._webhooks = webhooks
        self._messages = messages
        self._deliveries = deliveries

    def routes(self) -> list[web.RouteDef]:
        """The control API's part about receipts."""
        return [web.post("/_sim/receipts", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Send a receipt; answers with the status codes that the receiver gave first."""
        try:
            wanted = WantedReceipt.model_validate_json(await request.read())
        except ValidationError as error:
            return invalid(error)
        found = self._find(wanted)
        if found is None:
            return refused(404, "message", "no message with this id was accepted")
        reports = [
            Report(message=message, status=wanted.status, code=wanted.code) for message in found
        ]
        try:
            webhooks = self._webhooks[_one_provider(found)]
            calls = webhooks.receipt_calls(reports)
        except ImpossibleWebhook as error:
            return refused(error.status, error.field, error.message)
        except KeyError:
            return refused(400, "message", "its provider tells nothing about messages")
        for message in found:
            self._messages.tell(message.id, wanted.status)
        answers = [await self._deliveries.send(call) for call in calls for _ in range(wanted.times)]
        if None in answers:
            return refused(502, "webhook_url", "nobody answers there")
        return web.json_response({"answers": answers})

    def _find(self, wanted: WantedReceipt) -> list[Message] | None:
        ids = [wanted.message] if isinstance(wanted.message, str) else wanted.message
        found = [message for one in ids if (message := self._messages.get(one))]
        return found if len(found) == len(ids) else None


def _one_provider(messages: list[Message]) -> str:
    providers = {message.provider for message in messages}
    if len(providers) > 1:
        raise ImpossibleWebhook("message", "all must be of one provider")
    return providers.pop()
