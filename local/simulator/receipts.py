"""Receipts as Meta sends them: signed webhooks about messages that the simulator accepted."""

import hashlib
import hmac
import json
from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.simulator.accounts import MetaAccount
from local.simulator.messages import Message, MessageStore
from local.simulator.providers.meta import TITLES, whatsapp_id

_TIMEOUT = ClientTimeout(total=10)


class WantedReceipt(BaseModel):
    """What `POST /_sim/receipts` takes.

    `message` is the simulator's own id of an accepted message; `code` says why it failed;
    `times` sends the same request so often, as Meta does when in doubt.
    """

    model_config = ConfigDict(extra="forbid")

    message: str
    status: Literal["sent", "delivered", "read", "failed"]
    code: int | None = None
    times: int = Field(default=1, ge=1, le=20)


class Receipts:
    """Sends receipts on demand: `POST /_sim/receipts`."""

    def __init__(self, account: MetaAccount, messages: MessageStore) -> None:
        self._account = account
        self._messages = messages

    def routes(self) -> list[web.RouteDef]:
        """The control API's part about receipts."""
        return [web.post("/_sim/receipts", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Send a receipt; answers with the status codes that the receiver gave."""
        try:
            wanted = WantedReceipt.model_validate_json(await request.read())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return _refused(400, ".".join(map(str, first["loc"])), first["msg"])
        message = self._messages.get(wanted.message)
        if message is None or message.provider != "meta":
            return _refused(404, "message", "no message of Meta's with this id was accepted")
        if self._account.webhook_url is None:
            return _refused(409, "webhook_url", "the accounts file names no address for webhooks")
        body = self._body(message, wanted)
        try:
            answers = [
                await self._post(self._account.webhook_url, body) for _ in range(wanted.times)
            ]
        except (ClientError, TimeoutError):
            return _refused(502, "webhook_url", "nobody answers there")
        return web.json_response({"answers": answers})

    def _body(self, message: Message, wanted: WantedReceipt) -> bytes:
        status: dict[str, object] = {
            "id": message.provider_message_id,
            "status": wanted.status,
            "timestamp": str(int(message.received_at.timestamp())),
            "recipient_id": message.wa_id or whatsapp_id(message.to),
        }
        if message.tag is not None:
            status["biz_opaque_callback_data"] = message.tag
        if wanted.status == "failed":
            code = wanted.code or 131000
            status["errors"] = [{"code": code, "title": TITLES.get(code, "Simulated error")}]
        else:
            status["pricing"] = {"pricing_model": "PMP", "billable": True, "category": "utility"}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self._account.display_phone_number,
                "phone_number_id": self._account.phone_number_id,
            },
            "statuses": [status],
        }
        change = {"field": "messages", "value": value}
        entry = {"id": self._account.business_account_id, "changes": [change]}
        # Meta writes what is not ASCII as escapes, and signs just that.
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    async def _post(self, url: str, body: bytes) -> int:
        signature = hmac.new(self._account.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        async with (
            ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status


def _refused(status: int, field: str, message: str) -> web.Response:
    return web.json_response({"error": {"field": field, "message": message}}, status=status)
