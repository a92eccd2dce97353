"""The control API under /_sim: what arrived, how to misbehave, and starting afresh."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, get_args

from aiohttp import web

from local.simulator.behaviour import Behaviour, Behaviours, InvalidBehaviour
from local.simulator.messages import Channel, MessageStore, Provider
from local.simulator.push_subscriptions import PushSubscriptions
from local.simulator.request_log import RequestLog
from local.simulator.webhooks.deliveries import Deliveries


class Forgetful(Protocol):
    """Something that a reset empties."""

    def forget(self) -> None:
        """Drop everything."""


class _BadField(Exception):
    """A parameter that cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field)
        self.field = field
        self.message = message


class Control:
    """Handlers of the control API."""

    def __init__(
        self,
        messages: MessageStore,
        requests: RequestLog,
        behaviours: Behaviours,
        subscriptions: PushSubscriptions,
        deliveries: Deliveries,
        forgetful: Sequence[Forgetful],
    ) -> None:
        self._messages = messages
        self._requests = requests
        self._behaviours = behaviours
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._forgetful = forgetful

    def routes(self) -> list[web.RouteDef]:
        """Everything under /_sim."""
        return [
            web.get("/_sim/health", self.health),
            web.get("/_sim/messages", self.list_messages),
            web.get("/_sim/requests", self.list_requests),
            web.get("/_sim/webhooks", self.list_webhooks),
            web.get("/_sim/behaviour", self.list_behaviours),
            web.post("/_sim/behaviour", self.add_behaviour),
            web.delete("/_sim/behaviour/{id}", self.remove_behaviour),
            web.post("/_sim/push-subscriptions", self.subscribe),
            web.delete("/_sim/push-subscriptions/{id}", self.expire_subscription),
            web.post("/_sim/reset", self.reset),
        ]

    async def health(self, _: web.Request) -> web.Response:
        """200 while the simulator serves."""
        return web.json_response({"status": "ok", "messages": len(self._messages)})

    async def list_messages(self, request: web.Request) -> web.Response:
        """Accepted messages, newest last; `epoch` changes when the store forgets."""
        query = request.query
        try:
            found = self._messages.find(
                provider=_one_of(query.get("provider"), "provider", get_args(Provider)),
                channel=_one_of(query.get("channel"), "channel", get_args(Channel)),
                to=_plus_restored(query.get("to")),
                since=_instant(query.get("since")),
            )
        except _BadField as error:
            return _bad_request(error.field, error.message)
        return web.json_response(
            {
                "messages": [self._messages.shown(message) for message in found],
                "epoch": self._messages.epoch,
            }
        )

    async def list_requests(self, _: web.Request) -> web.Response:
        """Every request to a provider, refused ones too, newest last."""
        return web.json_response({"requests": self._requests.to_json()})

    async def list_webhooks(self, _: web.Request) -> web.Response:
        """Every webhook that the providers sent, with the status of each try, newest last."""
        return web.json_response({"webhooks": self._deliveries.to_json()})

    async def list_behaviours(self, _: web.Request) -> web.Response:
        """The behaviours in force, newest first."""
        return web.json_response({"behaviours": self._behaviours.to_json()})

    async def add_behaviour(self, request: web.Request) -> web.Response:
        """Put a behaviour in force."""
        try:
            behaviour = Behaviour.parse(await _json(request))
        except (_BadField, InvalidBehaviour) as error:
            return _bad_request(error.field, error.message)
        return web.json_response({"id": self._behaviours.add(behaviour)}, status=201)

    async def remove_behaviour(self, request: web.Request) -> web.Response:
        """Withdraw a behaviour."""
        if not self._behaviours.remove(request.match_info["id"]):
            return _not_found("There is no behaviour with this id (it may be used up)")
        return web.Response(status=204)

    async def subscribe(self, request: web.Request) -> web.Response:
        """Make a browser that subscribes to push; answers what PushSubscription.toJSON() would."""
        try:
            body = await _json(request)
        except _BadField as error:
            return _bad_request(error.field, error.message)
        customer = body.get("customer") if isinstance(body, dict) else None
        if not isinstance(customer, str) or not customer:
            return _bad_request("customer", "a label for the person is required")
        subscription = self._subscriptions.add(customer)
        origin = str(request.url.origin())
        return web.json_response(
            {"endpoint": subscription.endpoint(origin), "keys": subscription.keys()}, status=201
        )

    async def expire_subscription(self, request: web.Request) -> web.Response:
        """End a subscription: its end point answers 410 from now on."""
        if not self._subscriptions.expire(request.match_info["id"]):
            return _not_found("There is no subscription with this id")
        return web.Response(status=204)

    async def reset(self, _: web.Request) -> web.Response:
        """Forget what was sent and received, and behave again; browsers stay subscribed."""
        for forgetful in self._forgetful:
            forgetful.forget()
        return web.json_response({"status": "reset"})


async def _json(request: web.Request) -> object:
    try:
        body: object = await request.json()
    except ValueError:
        raise _BadField("body", "is no JSON") from None
    return body


def _one_of(value: str | None, field: str, allowed: tuple[str, ...]) -> str | None:
    if value is not None and value not in allowed:
        raise _BadField(field, f"must be one of {', '.join(allowed)}")
    return value


def _plus_restored(value: str | None) -> str | None:
    # In a query string a bare plus sign means a blank, and people type ?to=+593991234567.
    return None if value is None else value.replace(" ", "+")


def _instant(value: str | None) -> datetime | None:
    text = _plus_restored(value)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _BadField("since", "must be an ISO 8601 time") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _bad_request(field: str, message: str) -> web.Response:
    return web.json_response({"error": {"field": field, "message": message}}, status=400)


def _not_found(message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=404)
