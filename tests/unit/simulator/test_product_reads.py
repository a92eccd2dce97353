"""What the simulated providers send is what the product's readers of webhooks take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from recado.adapters.webhooks.evolution import EvolutionWebhookReader
from recado.adapters.webhooks.meta import MetaWebhookReader
from recado.adapters.webhooks.ses import SesEventReader
from recado.adapters.webhooks.slack import SlackWebhookReader
from recado.adapters.webhooks.telegram import TelegramWebhookReader
from recado.adapters.webhooks.twilio import TwilioWebhookReader
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.receipts import Receipt, ReceiptStatus
from recado.domain.updates import (
    Identity,
    IdentityChange,
    IdentityKind,
    InboundMessage,
    InboundType,
    Update,
)
from recado.ports.webhooks import WebhookReader, WebhookRequest
from tests.fakes.webhooks import FakeWebhookAccounts, FakeWebhookSecrets
from tests.unit.simulator.receiver import Received, Receiver, receiving, talkative, talking
from tests.unit.simulator.running import RunningSimulator
from tests.unit.simulator.sending import ANA, by_evolution, by_meta, by_ses, by_twilio, with_buttons

PLACE = {"latitude": -0.18, "longitude": -78.47, "name": "Taller"}
CARD = {"name": "Bob", "phone": "+593987654321"}
PDF = {"type": "document", "file_name": "factura.pdf"}
EXTERNAL_IDS = {
    Provider.WHATSAPP_CLOUD: "1090",
    Provider.TWILIO_SMS: "+15550001111",
    Provider.TWILIO_WHATSAPP: "+15550002222",
    Provider.EVOLUTION: "taller",
    Provider.TELEGRAM: "bot",
    Provider.SLACK: "T1",
    Provider.MESSENGER: "5001",
    Provider.INSTAGRAM: "6001",
    Provider.SES: "avisos@example.com",
}
SECRETS = FakeWebhookSecrets(
    meta={
        "whatsapp": {"app_secret": "meta-secret"},
        "page": {"app_secret": "page-secret"},
        "instagram": {"app_secret": "instagram-secret"},
    },
    twilio={"AC1": {"auth_token": "twilio-token"}},
    evolution={"evolution": {"webhook_secret": "evolution-secret"}},
    telegram={"telegram": {"secret_token": "telegram-secret"}},
    slack={"A1": {"signing_secret": "slack-secret"}},
)
ACCOUNTS = FakeWebhookAccounts(
    *(
        (
            external_id,
            ChannelAccount(
                tenant_id="taller",
                account_id=provider.value,
                provider=provider,
                settings={"account_sid": "AC1"} if provider.value.startswith("twilio") else {},
            ),
        )
        for provider, external_id in EXTERNAL_IDS.items()
    )
)


class WallClock:
    """Implements `ports.Clock`; the simulator signs with the time that it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)


READERS: dict[str, Callable[[], WebhookReader]] = {
    "whatsapp": lambda: MetaWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "messenger": lambda: MetaWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "instagram": lambda: MetaWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "twilio": lambda: TwilioWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "status": lambda: TwilioWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "evolution": lambda: EvolutionWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "telegram": lambda: TelegramWebhookReader(SECRETS, ACCOUNTS, WallClock()),
    "slack": lambda: SlackWebhookReader(SECRETS, ACCOUNTS, WallClock()),
}
"""By the first part of the path to which the providers call."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[RunningSimulator]:
    """A simulator whose providers tell the receiver what happens."""
    with talking(talkative(receiver), receiver) as started:
        yield started


def read(receiver: Receiver, received: Received) -> Update:
    """The one update that the product's reader finds in a request."""
    parts = urlsplit(received.path)
    name = parts.path.removeprefix("/")
    request = WebhookRequest(
        method="POST",
        url=receiver.url + received.path,
        headers=received.headers,
        query=dict(parse_qsl(parts.query)),
        body=received.body,
        account_id=name,
    )
    webhook = READERS[name]().read(request)
    assert webhook.unreadable == ()
    [update] = webhook.updates
    return update


def said(simulator: RunningSimulator, receiver: Receiver, **wanted: Any) -> Update:
    """What the product makes of what a person did."""
    simulator.http.post("/_sim/inbound", json=wanted).raise_for_status()
    return read(receiver, receiver.next())


def reported(
    simulator: RunningSimulator, receiver: Receiver, message: dict[str, Any], status: str
) -> Receipt:
    """What the product makes of a receipt."""
    wanted = {"message": message["id"], "status": status}
    simulator.http.post("/_sim/receipts", json=wanted).raise_for_status()
    update = read(receiver, receiver.next())
    assert isinstance(update, Receipt)
    return update


TALKERS: dict[str, tuple[dict[str, str], Identity]] = {
    "meta": ({"provider": "meta", "from": ANA}, Identity(kind=IdentityKind.PHONE, value=ANA)),
    "sms": ({"channel": "sms", "from": ANA}, Identity(kind=IdentityKind.PHONE, value=ANA)),
    "twilio": (
        {"provider": "twilio", "channel": "whatsapp", "from": ANA},
        Identity(kind=IdentityKind.PHONE, value=ANA),
    ),
    "evolution": (
        {"provider": "evolution", "from": ANA},
        Identity(kind=IdentityKind.PHONE, value=ANA),
    ),
    "telegram": (
        {"channel": "telegram", "from": "7000"},
        Identity(kind=IdentityKind.TELEGRAM_CHAT, value="7000"),
    ),
    "slack": (
        {"channel": "slack", "from": "U123"},
        Identity(kind=IdentityKind.SLACK_USER, value="U123"),
    ),
    "messenger": (
        {"channel": "messenger", "from": "900100"},
        Identity(kind=IdentityKind.MESSENGER_USER, value="900100"),
    ),
    "instagram": (
        {"channel": "instagram", "from": "900100"},
        Identity(kind=IdentityKind.INSTAGRAM_USER, value="900100"),
    ),
}


@pytest.mark.parametrize("talker", TALKERS)
def test_a_text_is_read_with_who_wrote_it(
    simulator: RunningSimulator, receiver: Receiver, talker: str
) -> None:
    wanted, person = TALKERS[talker]
    update = said(simulator, receiver, **wanted, text="Mañana 🙂 & más")
    assert isinstance(update, InboundMessage)
    assert (update.type, update.text) == (InboundType.TEXT, "Mañana 🙂 & más")
    assert update.sender[0] == person


@pytest.mark.parametrize("talker", [name for name in TALKERS if name != "sms"])
def test_a_press_is_read_with_its_payload(
    simulator: RunningSimulator, receiver: Receiver, talker: str
) -> None:
    wanted, person = TALKERS[talker]
    update = said(simulator, receiver, **wanted, button={"title": "Sí", "payload": "si"})
    assert isinstance(update, InboundMessage)
    assert (update.type, update.payload) == (InboundType.BUTTON, "si")
    assert update.sender[0] == person


@pytest.mark.parametrize("talker", TALKERS)
def test_a_file_is_read_with_where_to_fetch_it(
    simulator: RunningSimulator, receiver: Receiver, talker: str
) -> None:
    update = said(simulator, receiver, **TALKERS[talker][0], media=PDF)
    assert isinstance(update, InboundMessage)
    assert update.type is InboundType.MEDIA
    [file] = update.media
    assert file.media_id or file.url


@pytest.mark.parametrize("talker", ["meta", "twilio", "evolution", "telegram"])
def test_a_place_is_read(simulator: RunningSimulator, receiver: Receiver, talker: str) -> None:
    update = said(simulator, receiver, **TALKERS[talker][0], location=PLACE)
    assert isinstance(update, InboundMessage)
    assert update.location
    assert (update.location.latitude, update.location.longitude) == (-0.18, -78.47)


@pytest.mark.parametrize("talker", ["meta", "evolution", "telegram"])
def test_a_contact_is_read(simulator: RunningSimulator, receiver: Receiver, talker: str) -> None:
    update = said(simulator, receiver, **TALKERS[talker][0], contact=CARD)
    assert isinstance(update, InboundMessage)
    [contact] = update.contacts
    assert (contact.name, contact.phones) == ("Bob", ("+593987654321",))


def test_a_press_refers_to_the_message_that_asked(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    asked = by_meta(simulator, **with_buttons("Sí", "No"))
    update = said(simulator, receiver, provider="meta", button="No", **{"from": ANA})
    assert isinstance(update, InboundMessage)
    assert (update.payload, update.refers_to) == ("boton-1", asked["provider_message_id"])


def test_a_person_without_a_number_is_read(simulator: RunningSimulator, receiver: Receiver) -> None:
    update = said(simulator, receiver, provider="meta", identity="US.13491208", text="Hola")
    assert isinstance(update, InboundMessage)
    assert update.sender == (Identity(kind=IdentityKind.META_USER, value="US.13491208"),)


def test_a_new_number_is_read(simulator: RunningSimulator, receiver: Receiver) -> None:
    wanted = {"provider": "meta", "from": ANA, "event": "changed_number"}
    update = said(simulator, receiver, **wanted, new_number="+593981111111")
    assert isinstance(update, IdentityChange)
    assert (update.old.value, update.new.value) == (ANA, "+593981111111")


@pytest.mark.parametrize("event", ["blocked", "unblocked"])
def test_a_block_on_telegram_is_read(
    simulator: RunningSimulator, receiver: Receiver, event: str
) -> None:
    update = said(simulator, receiver, channel="telegram", event=event, **{"from": "7000"})
    assert update.kind == "contact_update"
    assert update.event == event


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_a_receipt_of_metas_is_read(
    simulator: RunningSimulator, receiver: Receiver, status: str
) -> None:
    message = by_meta(simulator)
    receipt = reported(simulator, receiver, message, status)
    assert receipt.status is ReceiptStatus(status)
    assert receipt.provider_message_id == message["provider_message_id"]
    assert receipt.tag == "notification.1"


@pytest.mark.parametrize(
    ("channel", "status"), [("sms", "delivered"), ("sms", "failed"), ("whatsapp", "read")]
)
def test_a_callback_of_twilios_is_read(
    simulator: RunningSimulator, receiver: Receiver, channel: str, status: str
) -> None:
    message = by_twilio(simulator, channel, f"{receiver.url}/status?recado_tag=notification.1")
    receipt = reported(simulator, receiver, message, status)
    assert (receipt.status, receipt.tag) == (ReceiptStatus(status), "notification.1")


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_a_receipt_of_evolutions_is_read(
    simulator: RunningSimulator, receiver: Receiver, status: str
) -> None:
    receipt = reported(simulator, receiver, by_evolution(simulator), status)
    assert receipt.status is ReceiptStatus(status)


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("delivered", ReceiptStatus.DELIVERED),
        ("bounce", ReceiptStatus.FAILED),
        ("complaint", ReceiptStatus.FAILED),
        ("failed", ReceiptStatus.FAILED),
    ],
)
def test_an_event_of_ses_is_read(
    simulator: RunningSimulator, receiver: Receiver, status: str, read_as: ReceiptStatus
) -> None:
    messages = by_ses(simulator, "ana@taller.example", "bob@taller.example")
    wanted = {"message": [message["id"] for message in messages], "status": status}
    simulator.http.post("/_sim/receipts", json=wanted).raise_for_status()
    event = receiver.next().form()["Message"]
    webhook = SesEventReader(ACCOUNTS, WallClock()).read_notification(event)
    assert webhook.unreadable == ()
    assert {update.status for update in webhook.updates if isinstance(update, Receipt)} == {read_as}
    about_each = 1 if status == "failed" else 2
    assert len(webhook.updates) == about_each
