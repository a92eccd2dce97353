"""A simulator that runs in a thread of its own, so that tests talk to it as the product does."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.simulator.accounts import Accounts
from local.simulator.app import Simulator, build_simulator

HOST = "127.0.0.1"
VAPID_KEY = ec.derive_private_key(0x5EC4E7, ec.SECP256R1())


def base64url(data: bytes) -> str:
    """Without padding, as web push wants it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_key(private_key: ec.EllipticCurvePrivateKey) -> str:
    """The uncompressed point in base64url."""
    point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64url(point)


ACCOUNTS = Accounts.model_validate(
    {
        "meta": {
            "phone_number_id": "1090",
            "business_account_id": "2090",
            "access_token": "meta-token",
            "app_secret": "meta-secret",
            "display_phone_number": "+1 555 010 0100",
            "templates": [
                {
                    "name": "cita",
                    "language": "es",
                    "body_parameters": 2,
                    "body": "Hola {{1}}, lo esperamos el {{2}}.",
                },
                {"name": "sin_texto", "language": "es", "body_parameters": 1},
                {"name": "con_titulo", "language": "es", "header_parameters": 1},
                {"name": "pausada", "language": "es", "status": "PAUSED"},
                {"name": "apagada", "language": "es", "status": "DISABLED"},
                {"name": "pendiente", "language": "es", "status": "PENDING"},
            ],
        },
        "messenger": {
            "page_id": "4090",
            "access_token": "page-token",
            "app_secret": "meta-secret",
        },
        "instagram": {
            "instagram_id": "17841",
            "access_token": "instagram-token",
            "app_secret": "meta-secret",
        },
        "twilio": {
            "account_sid": "AC1",
            "auth_token": "twilio-token",
            "sms_from": "+15550001111",
            "whatsapp_from": "whatsapp:+15550002222",
            "contents": [{"sid": "HX1", "variables": ["1"], "body": "Hola {{1}}"}],
        },
        "evolution": {
            "instance": "taller",
            "api_key": "evolution-key",
            "not_on_whatsapp": ["+593990000000"],
        },
        "ses": {"verified_senders": ["avisos@example.com", "taller.example"]},
        "smtp": {"username": "recado", "password": "smtp-password"},
        "web_push": {"vapid_public_key": public_key(VAPID_KEY)},
        "telegram": {
            "bot_token": "110201543:telegram-token",
            "secret_token": "telegram-secret",
            "account": "telegram",
        },
        "slack": {
            "bot_token": "xoxb-slack-token",
            "signing_secret": "slack-secret",
            "team_id": "T1",
            "app_id": "A1",
        },
    }
)


@dataclass(frozen=True)
class RunningSimulator:
    """Its addresses, and shorthands for the control API."""

    http: httpx.Client
    url: str
    smtp_port: int

    def messages(self, **filters: str) -> list[dict[str, Any]]:
        """What the providers accepted."""
        found = self.http.get("/_sim/messages", params=filters).raise_for_status().json()
        messages: list[dict[str, Any]] = found["messages"]
        return messages

    def requests(self) -> list[dict[str, Any]]:
        """Everything that reached a provider."""
        logged: list[dict[str, Any]] = self.http.get("/_sim/requests").json()["requests"]
        return logged

    def misbehave(self, **behaviour: object) -> str:
        """Put a behaviour in force and return its id."""
        answer = self.http.post("/_sim/behaviour", json=behaviour).raise_for_status().json()
        return str(answer["id"])


@contextmanager
def running(simulator: Simulator) -> Iterator[RunningSimulator]:
    """Serve on two free ports until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = web.AppRunner(simulator.http, access_log=None, shutdown_timeout=0.01)

    async def start() -> tuple[int, asyncio.Server | None]:
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        mail = await simulator.mail.start(HOST, 0) if simulator.mail else None
        return runner.addresses[0][1], mail

    async def stop(mail: asyncio.Server | None) -> None:
        if mail:
            mail.close()
            mail.abort_clients()
        await runner.cleanup()

    try:
        port, mail = asyncio.run_coroutine_threadsafe(start(), loop).result()
        url = f"http://{HOST}:{port}"
        smtp_port = mail.sockets[0].getsockname()[1] if mail else 0
        with httpx.Client(base_url=url, trust_env=False) as client:
            yield RunningSimulator(client, url, smtp_port)
        asyncio.run_coroutine_threadsafe(stop(mail), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def fresh() -> Simulator:
    """A simulator with every account."""
    return build_simulator(ACCOUNTS)
