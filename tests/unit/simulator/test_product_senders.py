"""Every kind of message that the product sends arrives at the simulated providers as it was meant.

The senders are the product's own, connected over real sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import boto3
import httpx
import pytest

from recado.adapters.channels import ses
from recado.adapters.channels.evolution import EvolutionSender
from recado.adapters.channels.messenger import InstagramSender, MessengerSender
from recado.adapters.channels.slack import SlackSender
from recado.adapters.channels.smtp import SmtpSender
from recado.adapters.channels.telegram import TelegramSender
from recado.adapters.channels.twilio import TwilioSender
from recado.adapters.channels.web_push import WebPushSender
from recado.adapters.channels.whatsapp_cloud import WhatsAppCloudSender
from recado.domain.channels import CHANNEL_OF, Channel, ChannelAccount, Provider
from recado.domain.directory import Address, PushKeys
from recado.domain.errors import (
    DeliveryError,
    PermanentMessageError,
    PermanentRecipientError,
    WindowClosedError,
)
from recado.domain.messages import (
    ApprovedTemplateMessage,
    Attachment,
    AttachmentType,
    Button,
    ChatMessage,
    EmailMessage,
    Form,
    Menu,
    MenuRow,
    Message,
    PushMessage,
    Reaction,
    SmsMessage,
    WhatsAppMessage,
)
from recado.ports.channels import Acceptance, ChannelSender, OutboundMessage
from tests.unit.simulator.running import VAPID_KEY, RunningSimulator, base64url, public_key

CLOUD, EVOLUTION = Provider.WHATSAPP_CLOUD, Provider.EVOLUTION
TWILIO, SMS = Provider.TWILIO_WHATSAPP, Provider.TWILIO_SMS
MESSENGER, INSTAGRAM = Provider.MESSENGER, Provider.INSTAGRAM
TELEGRAM, SLACK = Provider.TELEGRAM, Provider.SLACK

Make = Callable[[ChannelAccount, Mapping[str, str], httpx.BaseTransport], ChannelSender]

OVER_HTTP: Mapping[Provider, Make] = {
    CLOUD: WhatsAppCloudSender,
    EVOLUTION: EvolutionSender,
    TWILIO: TwilioSender,
    SMS: TwilioSender,
    Provider.WEB_PUSH: WebPushSender,
    MESSENGER: MessengerSender,
    INSTAGRAM: InstagramSender,
    TELEGRAM: TelegramSender,
    SLACK: SlackSender,
}

GRAPH = "{url}/graph/v25.0"
MAIL = {"from_address": "avisos@example.com", "from_name": "Taller Ñandú"}
TWILIO_SETTINGS = {
    "base_url": "{url}/twilio",
    "account_sid": "AC1",
    "status_callback_url": "https://recado.example/webhook/twilio/status",
}
SETTINGS: Mapping[Provider, Mapping[str, str]] = {
    CLOUD: {"base_url": GRAPH, "phone_number_id": "1090"},
    EVOLUTION: {"base_url": "{url}/evolution", "instance": "taller"},
    TWILIO: {**TWILIO_SETTINGS, "from": "+15550002222"},
    SMS: {**TWILIO_SETTINGS, "from": "+15550001111"},
    Provider.SMTP: {"host": "127.0.0.1", "port": "{smtp_port}", "security": "none", **MAIL},
    Provider.SES: {"endpoint_url": "{url}/ses", "region": "us-east-1", **MAIL},
    Provider.WEB_PUSH: {"allowed_origins": "{url}", "subject": "mailto:avisos@example.com"},
    MESSENGER: {"base_url": GRAPH, "page_id": "4090"},
    INSTAGRAM: {"base_url": GRAPH, "instagram_id": "17841"},
    TELEGRAM: {"base_url": "{url}/telegram"},
    SLACK: {"base_url": "{url}/slack/api"},
}
SECRETS: Mapping[Provider, Mapping[str, str]] = {
    CLOUD: {"access_token": "meta-token"},
    EVOLUTION: {"api_key": "evolution-key"},
    TWILIO: {"auth_token": "twilio-token"},
    SMS: {"auth_token": "twilio-token"},
    Provider.SMTP: {"username": "recado", "password": "smtp-password"},
    Provider.SES: {},
    Provider.WEB_PUSH: {
        "vapid_private_key": base64url(VAPID_KEY.private_numbers().private_value.to_bytes(32)),
        "vapid_public_key": public_key(VAPID_KEY),
    },
    MESSENGER: {"access_token": "page-token"},
    INSTAGRAM: {"access_token": "instagram-token"},
    TELEGRAM: {"bot_token": "110201543:telegram-token"},
    SLACK: {"bot_token": "xoxb-slack-token"},
}
ANA: Mapping[Provider, str] = {
    CLOUD: "+593991234567",
    EVOLUTION: "+593991234567",
    TWILIO: "+593991234567",
    SMS: "+593991234567",
    Provider.SMTP: "ana@example.com",
    Provider.SES: "ana@example.com",
    MESSENGER: "900100",
    INSTAGRAM: "900100",
    TELEGRAM: "7001",
    SLACK: "U7ANA",
}
"""Her address at each provider."""

USER_ID = "US.13491208655302741918"
LID = "22334455@lid"
PHOTO_URL = "https://taller.example/haval.jpg"
THEIRS = "id-of-her-message"

YES_OR_NO = (Button(title="Sí", payload="yes"), Button(title="No", payload="no"))
LINK = Button(title="Ver", url="https://taller.example/1")
KEPT_YES_OR_NO = [
    {"title": "Sí", "payload": "yes", "kind": "reply", "url": None},
    {"title": "No", "payload": "no", "kind": "reply", "url": None},
]
KEPT_LINK = {"title": "Ver", "payload": None, "kind": "url", "url": "https://taller.example/1"}
HOURS = Menu(
    button="Horas",
    rows=(
        MenuRow(title="9:00", payload="h9", description="con Luis"),
        MenuRow(title="10:00", payload="h10"),
    ),
)
KEPT_HOURS = [
    {"title": "9:00", "payload": "h9", "kind": "row", "url": None},
    {"title": "10:00", "payload": "h10", "kind": "row", "url": None},
]
FORM = Form(flow_id="77", button="Llenar", token="t-1", screen="DATOS")
APPROVED = ApprovedTemplateMessage(
    name="cita", language="es", content_sid="HX1", parameters=("Ana", "lunes")
)
ONE_PARAMETER = APPROVED.model_copy(update={"parameters": ("Ana",)})


def account(simulator: RunningSimulator, provider: Provider) -> ChannelAccount:
    """The account that exists at a provider."""
    places = {"url": simulator.url, "smtp_port": str(simulator.smtp_port)}
    return ChannelAccount(
        tenant_id="andinos",
        account_id=provider.value,
        provider=provider,
        settings={name: text.format(**places) for name, text in SETTINGS[provider].items()},
    )


def handed_over(
    simulator: RunningSimulator, provider: Provider, message: OutboundMessage
) -> Acceptance:
    """What the product makes of the provider's answer."""
    ours, secret = account(simulator, provider), SECRETS[provider]
    if provider is Provider.SMTP:
        return SmtpSender(ours, secret).send(message)
    if provider is Provider.SES:
        with closing(ses.new_client(ours)) as client:
            return ses.SesSender(ours, secret, client).send(message)
    with httpx.HTTPTransport() as transport:
        return OVER_HTTP[provider](ours, secret, transport).send(message)


def send(
    simulator: RunningSimulator, provider: Provider, content: Message, to: str | None = None
) -> Acceptance:
    """Send to Ana, or to another address."""
    address = Address(channel=CHANNEL_OF[provider], value=to or ANA[provider])
    message = OutboundMessage(to=address, content=content, tag="ntf_1.1")
    return handed_over(simulator, provider, message)


def arrived(
    simulator: RunningSimulator, provider: Provider, content: Message, to: str | None = None
) -> dict[str, Any]:
    """The message as the provider keeps it, under the id that the product was given."""
    acceptance = send(simulator, provider, content, to)
    [message] = simulator.messages()
    assert message["to"] == (to or ANA[provider])
    assert message["provider_message_id"] == acceptance.provider_message_id
    return message


def file(kind: AttachmentType, url: str = PHOTO_URL) -> Attachment:
    return Attachment(type=kind, url=url, mime_type="image/jpeg", file_name="haval.jpg")


def whatsapp(text: str = "", **more: Any) -> WhatsAppMessage:
    return WhatsAppMessage(text=text, free_text=True, **more)


def chat(provider: Provider, text: str = "", **more: Any) -> ChatMessage:
    channel: Any = CHANNEL_OF[provider]
    return ChatMessage(channel=channel, text=text, **more)


def shows(kind: str, text: str, **more: object) -> dict[str, object]:
    """The fields that a kept message must have; of these three, no others."""
    return {"kind": kind, "text": text, "buttons": None, "media_url": None, "reply_to": None} | more


def test_every_provider_of_the_product_is_tried_here() -> None:
    assert SETTINGS.keys() == set(Provider)


@pytest.mark.parametrize("provider", [CLOUD, EVOLUTION, TWILIO])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(whatsapp("Hola"), shows("text", "Hola"), id="text"),
        pytest.param(
            whatsapp("¿Dónde está?", asks_for_location=True),
            {"kind": "text", "text": "¿Dónde está?"},
            id="place",
        ),
        *(
            pytest.param(
                whatsapp("Su auto", attachment=file(kind)),
                shows("media", "Su auto", media_url=PHOTO_URL),
                id=kind.value,
            )
            for kind in AttachmentType
            if kind is not AttachmentType.AUDIO
        ),
        pytest.param(
            whatsapp(attachment=file(AttachmentType.AUDIO)),
            shows("media", "", media_url=PHOTO_URL),
            id="audio",
        ),
    ],
)
def test_what_all_of_whatsapps_providers_have_arrives_alike(
    simulator: RunningSimulator,
    provider: Provider,
    content: WhatsAppMessage,
    expected: dict[str, object],
) -> None:
    message = arrived(simulator, provider, content)
    assert {name: message.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            whatsapp("¿Viene?", buttons=YES_OR_NO),
            shows("text", "¿Viene?", buttons=KEPT_YES_OR_NO),
            id="buttons",
        ),
        pytest.param(
            whatsapp("Su factura", buttons=(LINK,)),
            shows("text", "Su factura", buttons=[KEPT_LINK]),
            id="link",
        ),
        pytest.param(
            whatsapp("¿Cuándo?", menu=HOURS),
            shows("text", "¿Cuándo?", buttons=KEPT_HOURS),
            id="menu",
        ),
        pytest.param(
            whatsapp("Sus datos", form=FORM),
            shows(
                "text",
                "Sus datos",
                buttons=[{"title": "Llenar", "payload": "t-1", "kind": "form", "url": None}],
            ),
            id="form",
        ),
        pytest.param(
            WhatsAppMessage(text="Hola", approved_template=APPROVED),
            shows("template", "Hola Ana, lo esperamos el lunes."),
            id="template",
        ),
    ],
)
def test_the_cloud_api_shows_what_can_be_pressed(
    simulator: RunningSimulator, content: WhatsAppMessage, expected: dict[str, object]
) -> None:
    message = arrived(simulator, CLOUD, content)
    assert {name: message.get(name) for name in expected} == expected
    assert message["tag"] == "ntf_1.1"


def test_the_cloud_api_makes_a_list_of_more_than_three_buttons(
    simulator: RunningSimulator,
) -> None:
    buttons = tuple(Button(title=f"{hour}:00", payload=f"h{hour}") for hour in range(4))
    message = arrived(simulator, CLOUD, whatsapp("¿Cuándo?", buttons=buttons))
    assert [button["kind"] for button in message["buttons"]] == ["row"] * 4


@pytest.mark.parametrize("provider", [EVOLUTION, TWILIO])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(whatsapp("¿Viene?", buttons=YES_OR_NO), "¿Viene?\n1. Sí\n2. No", id="buttons"),
        pytest.param(
            whatsapp("Su factura", buttons=(LINK,)),
            "Su factura\nVer: https://taller.example/1",
            id="link",
        ),
        pytest.param(
            whatsapp("¿Cuándo?", menu=HOURS), "¿Cuándo?\n1. 9:00 (con Luis)\n2. 10:00", id="menu"
        ),
    ],
)
def test_elsewhere_on_whatsapp_choices_are_lines_of_text(
    simulator: RunningSimulator, provider: Provider, content: WhatsAppMessage, text: str
) -> None:
    message = arrived(simulator, provider, content)
    assert (message["kind"], message["text"]) == ("text", text)


@pytest.mark.parametrize("provider", [CLOUD, EVOLUTION])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (whatsapp("Listo", reply_to=THEIRS), "text"),
        (whatsapp("Su auto", attachment=file(AttachmentType.IMAGE), reply_to=THEIRS), "media"),
    ],
)
def test_whatsapp_quotes_a_message(
    simulator: RunningSimulator, provider: Provider, content: WhatsAppMessage, kind: str
) -> None:
    message = arrived(simulator, provider, content)
    assert (message["kind"], message["reply_to"]) == (kind, THEIRS)


@pytest.mark.parametrize(
    ("provider", "to"),
    [(CLOUD, None), (CLOUD, USER_ID), (EVOLUTION, None), (EVOLUTION, LID)],
)
@pytest.mark.parametrize("emoji", ["👍", ""])
def test_a_reaction_is_put_on_her_message_and_taken_back(
    simulator: RunningSimulator, provider: Provider, to: str | None, emoji: str
) -> None:
    content = whatsapp(reaction=Reaction(message_id=THEIRS, emoji=emoji))
    message = arrived(simulator, provider, content, to)
    assert {name: message.get(name) for name in shows("", "")} == shows(
        "reaction", emoji, reply_to=THEIRS
    )


@pytest.mark.parametrize(
    ("provider", "hidden"), [(CLOUD, USER_ID), (TWILIO, USER_ID), (EVOLUTION, LID)]
)
@pytest.mark.parametrize(
    "content", [whatsapp("Hola"), whatsapp("Hola", attachment=file(AttachmentType.IMAGE))]
)
def test_who_hides_the_number_is_reached_all_the_same(
    simulator: RunningSimulator, provider: Provider, hidden: str, content: WhatsAppMessage
) -> None:
    assert arrived(simulator, provider, content, hidden)["text"] == "Hola"


def test_twilio_fills_in_the_approved_content_and_keeps_our_tag(
    simulator: RunningSimulator,
) -> None:
    content = WhatsAppMessage(text="Buen día", approved_template=ONE_PARAMETER)
    message = arrived(simulator, TWILIO, content)
    assert (message["kind"], message["text"], message["tag"]) == ("template", "Hola Ana", "ntf_1.1")


def test_evolution_has_no_templates_and_sends_the_text(simulator: RunningSimulator) -> None:
    content = WhatsAppMessage(text="Buen día", approved_template=APPROVED)
    message = arrived(simulator, EVOLUTION, content)
    assert (message["kind"], message["text"]) == ("text", "Buen día")


def test_an_sms_arrives_with_our_tag(simulator: RunningSimulator) -> None:
    message = arrived(simulator, SMS, SmsMessage(text="Su moto está lista"))
    assert (message["channel"], message["text"]) == ("sms", "Su moto está lista")
    assert message["tag"] == "ntf_1.1"


@pytest.mark.parametrize("provider", [MESSENGER, INSTAGRAM, TELEGRAM, SLACK])
def test_a_chat_shows_a_text(simulator: RunningSimulator, provider: Provider) -> None:
    message = arrived(simulator, provider, chat(provider, "Hola <Ana> & Luis"))
    expected = shows("text", "Hola <Ana> & Luis")
    assert {name: message.get(name) for name in expected} == expected


@pytest.mark.parametrize("provider", [MESSENGER, INSTAGRAM, TELEGRAM, SLACK])
def test_a_chat_shows_buttons_that_answer(simulator: RunningSimulator, provider: Provider) -> None:
    message = arrived(simulator, provider, chat(provider, "¿Viene?", buttons=YES_OR_NO))
    assert (message["text"], message["buttons"]) == ("¿Viene?", KEPT_YES_OR_NO)


@pytest.mark.parametrize("provider", [MESSENGER, INSTAGRAM, TELEGRAM, SLACK])
def test_a_chat_shows_a_link_beside_buttons(
    simulator: RunningSimulator, provider: Provider
) -> None:
    content = chat(provider, "Su factura", buttons=(*YES_OR_NO, LINK))
    message = arrived(simulator, provider, content)
    assert (message["text"], message["buttons"]) == ("Su factura", [*KEPT_YES_OR_NO, KEPT_LINK])


@pytest.mark.parametrize("kind", AttachmentType)
@pytest.mark.parametrize("provider", [MESSENGER, INSTAGRAM, TELEGRAM])
def test_a_chat_shows_a_file(
    simulator: RunningSimulator, provider: Provider, kind: AttachmentType
) -> None:
    message = arrived(simulator, provider, chat(provider, attachment=file(kind)))
    assert (message["kind"], message["media_url"]) == ("media", PHOTO_URL)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (AttachmentType.IMAGE, shows("media", "Su auto", media_url=PHOTO_URL)),
        (AttachmentType.DOCUMENT, shows("text", f"Su auto\n{PHOTO_URL}")),
    ],
)
def test_slack_shows_an_image_and_names_the_address_of_another_file(
    simulator: RunningSimulator, kind: AttachmentType, expected: dict[str, object]
) -> None:
    message = arrived(simulator, SLACK, chat(SLACK, "Su auto", attachment=file(kind)))
    assert {name: message.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("provider", "theirs"),
    [(MESSENGER, "m_1"), (INSTAGRAM, "m_1"), (TELEGRAM, "7001:5"), (SLACK, "D7ANA:1700.000100")],
)
def test_a_chat_quotes_a_message(
    simulator: RunningSimulator, provider: Provider, theirs: str
) -> None:
    message = arrived(simulator, provider, chat(provider, "Listo", reply_to=theirs))
    assert message["reply_to"].rpartition(":")[2] == theirs.rpartition(":")[2]


@pytest.mark.parametrize(
    ("provider", "tag"), [(Provider.SMTP, "ntf_1.1"), (Provider.SES, "ntf_1-1")]
)
def test_a_mail_arrives_in_both_its_parts_with_our_tag(
    simulator: RunningSimulator, provider: Provider, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    content = EmailMessage(subject="Su cita", text="Hola Ana", html="<p>Hola Ana</p>")
    message = arrived(simulator, provider, content)
    assert (message["kind"], message["subject"]) == ("email", "Su cita")
    assert (message["text"].strip(), message["html"].strip()) == ("Hola Ana", "<p>Hola Ana</p>")
    assert message["tag"] == tag


def test_a_push_is_read_by_the_browser_that_it_is_for(simulator: RunningSimulator) -> None:
    wanted = {"customer": "customer-001"}
    subscription = simulator.http.post("/_sim/push-subscriptions", json=wanted).json()
    message = OutboundMessage(
        to=Address(
            channel=Channel.PUSH,
            value=subscription["endpoint"],
            push_keys=PushKeys(**subscription["keys"]),
        ),
        content=PushMessage(title="Su cita", body="Hoy a las 9", url="https://taller.example/1"),
        tag="ntf_1.1",
    )
    acceptance = handed_over(simulator, Provider.WEB_PUSH, message)
    [kept] = simulator.messages()
    assert (kept["subject"], kept["text"]) == ("Su cita", "Hoy a las 9")
    assert kept["payload"]["url"] == "https://taller.example/1"
    assert acceptance.provider_message_id.endswith(kept["provider_message_id"])


@pytest.mark.parametrize(
    ("provider", "content", "to", "error", "code"),
    [
        (EVOLUTION, whatsapp(" "), None, PermanentMessageError, "http_400"),
        (
            EVOLUTION,
            whatsapp(attachment=file(AttachmentType.IMAGE, "haval.jpg")),
            None,
            PermanentMessageError,
            "http_400",
        ),
        (EVOLUTION, whatsapp("x"), "+593990000000", PermanentRecipientError, "not_on_whatsapp"),
        (
            TWILIO,
            whatsapp(attachment=file(AttachmentType.IMAGE, "haval.jpg")),
            None,
            PermanentMessageError,
            "21620",
        ),
        (SMS, SmsMessage(text="Hola"), USER_ID, PermanentRecipientError, "21211"),
    ],
)
def test_a_refusal_is_understood(
    simulator: RunningSimulator,
    provider: Provider,
    content: Message,
    to: str | None,
    error: type[DeliveryError],
    code: str,
) -> None:
    with pytest.raises(error) as raised:
        send(simulator, provider, content, to)
    assert raised.value.code == code
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("provider", "name", "code"),
    [
        (CLOUD, "meta", "131047"),
        (TWILIO, "twilio", "63016"),
        (MESSENGER, "messenger", "10/2018278"),
    ],
)
def test_a_closed_window_is_understood(
    simulator: RunningSimulator, provider: Provider, name: str, code: str
) -> None:
    simulator.misbehave(provider=name, code=code)
    content = chat(MESSENGER, "Hola") if provider is MESSENGER else whatsapp("Hola")
    with pytest.raises(WindowClosedError):
        send(simulator, provider, content)


def test_a_lid_that_evolution_does_not_find_is_not_suppressed(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", recipient=LID, code="exists:false")
    with pytest.raises(PermanentRecipientError) as raised:
        send(simulator, EVOLUTION, whatsapp("Hola"), LID)
    assert (raised.value.code, raised.value.suppression) == ("not_on_whatsapp", None)
