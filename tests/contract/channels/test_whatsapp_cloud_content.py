"""Meta's Cloud API: every kind of message byte for byte, and the limits of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recado.adapters.channels.whatsapp_cloud_content import CHOICES
from recado.domain.errors import PermanentMessageError
from recado.domain.messages import (
    ApprovedTemplateMessage,
    Attachment,
    AttachmentType,
    Button,
    Form,
    Menu,
    MenuRow,
    Reaction,
    WhatsAppMessage,
)
from tests.contract.channels.providers.whatsapp_cloud import WhatsAppCloud, accepted

FRAME = {"messaging_product", "recipient_type", "to", "recipient", "biz_opaque_callback_data"}

YES, NO = Button(title="Sí", payload="yes"), Button(title="No", payload="no")
SITE = Button(title="Ver la cita", url="https://taller.example/c/1")
FORM = Form(flow_id="77", button="Llenar", token="t-1", screen="DATOS", data={"placa": "PBX-1"})
TEMPLATE = ApprovedTemplateMessage(name="cita", language="es")


def answers(count: int, *, title: str = "Opción", payload: str = "p") -> tuple[Button, ...]:
    return tuple(Button(title=title, payload=f"{payload}{n}") for n in range(count))


def rows(count: int) -> tuple[MenuRow, ...]:
    return tuple(MenuRow(title="Hora", payload=f"p{n}") for n in range(count))


def body_of(content: WhatsAppMessage, to: str = "+593991234567") -> dict[str, Any]:
    provider = WhatsAppCloud()
    address = provider.message.to.model_copy(update={"value": to})
    message = provider.message.model_copy(update={"content": content, "to": address})
    provider.answering(accepted()).send(message)
    body: dict[str, Any] = json.loads(provider.request.content)
    return body


def content_of(content: WhatsAppMessage) -> dict[str, Any]:
    """The part of the request that says what is sent."""
    return {name: value for name, value in body_of(content).items() if name not in FRAME}


def interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (
            WhatsAppMessage(text="¿Viene?", buttons=(YES, NO)),
            interactive(
                "button",
                "¿Viene?",
                {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "yes", "title": "Sí"}},
                        {"type": "reply", "reply": {"id": "no", "title": "No"}},
                    ]
                },
            ),
        ),
        (
            WhatsAppMessage(text="¿A qué hora?", buttons=answers(4)),
            interactive(
                "list",
                "¿A qué hora?",
                {
                    "button": CHOICES,
                    "sections": [{"rows": [{"id": f"p{n}", "title": "Opción"} for n in range(4)]}],
                },
            ),
        ),
        (
            WhatsAppMessage(text="Su cita", buttons=(SITE,)),
            interactive(
                "cta_url",
                "Su cita",
                {
                    "name": "cta_url",
                    "parameters": {
                        "display_text": "Ver la cita",
                        "url": "https://taller.example/c/1",
                    },
                },
            ),
        ),
        (
            WhatsAppMessage(
                text="Elija",
                menu=Menu(
                    button="Horas",
                    rows=(
                        MenuRow(title="9:00", payload="9", description="con Ana"),
                        MenuRow(title="10:00", payload="10"),
                    ),
                ),
            ),
            interactive(
                "list",
                "Elija",
                {
                    "button": "Horas",
                    "sections": [
                        {
                            "rows": [
                                {"id": "9", "title": "9:00", "description": "con Ana"},
                                {"id": "10", "title": "10:00"},
                            ]
                        }
                    ],
                },
            ),
        ),
        (
            WhatsAppMessage(text="Sus datos", form=FORM),
            interactive(
                "flow",
                "Sus datos",
                {
                    "name": "flow",
                    "parameters": {
                        "flow_message_version": "3",
                        "flow_id": "77",
                        "flow_cta": "Llenar",
                        "flow_token": "t-1",
                        "flow_action": "navigate",
                        "flow_action_payload": {"screen": "DATOS", "data": {"placa": "PBX-1"}},
                    },
                },
            ),
        ),
        (
            WhatsAppMessage(text="¿Dónde está?", asks_for_location=True),
            interactive("location_request_message", "¿Dónde está?", {"name": "send_location"}),
        ),
        (
            WhatsAppMessage(
                text="Su auto",
                attachment=Attachment(
                    type=AttachmentType.IMAGE, url="https://a.example/1.jpg", file_name="1.jpg"
                ),
            ),
            {
                "type": "image",
                "image": {"link": "https://a.example/1.jpg", "caption": "Su auto"},
            },
        ),
        (
            WhatsAppMessage(
                attachment=Attachment(
                    type=AttachmentType.DOCUMENT, media_id="998877", file_name="factura.pdf"
                )
            ),
            {"type": "document", "document": {"id": "998877", "filename": "factura.pdf"}},
        ),
        (
            WhatsAppMessage(attachment=Attachment(type=AttachmentType.AUDIO, media_id="5")),
            {"type": "audio", "audio": {"id": "5"}},
        ),
        (
            WhatsAppMessage(reaction=Reaction(message_id="wamid.q", emoji="👍")),
            {"type": "reaction", "reaction": {"message_id": "wamid.q", "emoji": "👍"}},
        ),
        (
            WhatsAppMessage(reaction=Reaction(message_id="wamid.q", emoji=""), reply_to="wamid.q"),
            {"type": "reaction", "reaction": {"message_id": "wamid.q", "emoji": ""}},
        ),
        (
            WhatsAppMessage(text="Sí, a las 5", reply_to="wamid.q"),
            {
                "type": "text",
                "text": {"body": "Sí, a las 5", "preview_url": False},
                "context": {"message_id": "wamid.q"},
            },
        ),
        (
            WhatsAppMessage(text="x", buttons=(YES,), approved_template=TEMPLATE),
            {"type": "template", "template": {"name": "cita", "language": {"code": "es"}}},
        ),
        (
            WhatsAppMessage(text="Hola", approved_template=TEMPLATE, free_text=True),
            {"type": "text", "text": {"body": "Hola", "preview_url": False}},
        ),
    ],
)
def test_each_kind_of_message_has_metas_shape(
    content: WhatsAppMessage, sent: dict[str, Any]
) -> None:
    assert content_of(content) == sent


def test_a_form_without_data_has_none() -> None:
    form = FORM.model_copy(update={"data": {}})
    action = content_of(WhatsAppMessage(text="x", form=form))["interactive"]["action"]
    assert action["parameters"]["flow_action_payload"] == {"screen": "DATOS"}


@pytest.mark.parametrize("user", ["US.13491208655302741918", "EC.ENT.11815799212886844830"])
def test_a_person_without_a_phone_number_is_the_recipient_by_the_user_id(user: str) -> None:
    body = body_of(WhatsAppMessage(text="Hola"), to=user)
    assert body["recipient"] == user
    assert "to" not in body


def test_a_phone_number_is_whom_it_goes_to() -> None:
    body = body_of(WhatsAppMessage(text="Hola"))
    assert body["to"] == "+593991234567"
    assert "recipient" not in body


@pytest.mark.parametrize(
    "content",
    [
        WhatsAppMessage(text="x" * 1024, buttons=(YES, NO, Button(title="x" * 20, payload="p"))),
        WhatsAppMessage(text="x", buttons=(Button(title="x", payload="p" * 256),)),
        WhatsAppMessage(text="x" * 4096, buttons=answers(10, title="x" * 24, payload="p" * 199)),
        WhatsAppMessage(text="x" * 4096, menu=Menu(button="x" * 20, rows=rows(10))),
        WhatsAppMessage(
            text="x",
            menu=Menu(button="x", rows=(MenuRow(title="x", payload="p", description="d" * 72),)),
        ),
        WhatsAppMessage(text="x" * 1024, form=FORM.model_copy(update={"button": "x" * 30})),
        WhatsAppMessage(text="x" * 1024, asks_for_location=True),
        WhatsAppMessage(
            text="x" * 1024, attachment=Attachment(type=AttachmentType.VIDEO, media_id="1")
        ),
    ],
)
def test_what_is_at_its_limit_is_sent(content: WhatsAppMessage) -> None:
    assert content_of(content)["type"] in ("interactive", "video")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": ""}, "text_missing"),
        ({"text": " \n"}, "text_missing"),
        ({"text": "", "buttons": (YES,)}, "text_missing"),
        ({"text": "", "menu": Menu(button="x", rows=rows(1))}, "text_missing"),
        ({"text": "x" * 1025, "buttons": (YES,)}, "text_too_long"),
        ({"text": "x" * 1025, "buttons": (SITE,)}, "text_too_long"),
        ({"text": "x" * 4097, "buttons": answers(4)}, "text_too_long"),
        ({"text": "x" * 4097, "menu": Menu(button="x", rows=rows(1))}, "text_too_long"),
        ({"text": "x" * 1025, "form": FORM}, "text_too_long"),
        ({"text": "x" * 1025, "asks_for_location": True}, "text_too_long"),
        (
            {
                "text": "x" * 1025,
                "attachment": Attachment(type=AttachmentType.IMAGE, media_id="1"),
            },
            "text_too_long",
        ),
        (
            {"attachment": Attachment(type=AttachmentType.AUDIO, media_id="1")},
            "caption_refused",
        ),
        ({"buttons": answers(11)}, "buttons_refused"),
        ({"buttons": (SITE, YES)}, "buttons_refused"),
        ({"buttons": (SITE, SITE)}, "buttons_refused"),
        ({"buttons": (YES, YES)}, "buttons_refused"),
        ({"buttons": (*answers(3), Button(title="x", payload="p0"))}, "buttons_refused"),
        ({"buttons": (Button(title="x" * 21, payload="p"),)}, "buttons_refused"),
        ({"buttons": (Button(title=" ", payload="p"),)}, "buttons_refused"),
        ({"buttons": (Button(title="x", payload="p" * 257),)}, "buttons_refused"),
        ({"buttons": (Button(title="x", payload=""),)}, "buttons_refused"),
        ({"buttons": (Button(title="x" * 21, url="https://a.example"),)}, "buttons_refused"),
        ({"buttons": answers(4, title="x" * 25)}, "buttons_refused"),
        ({"buttons": answers(4, payload="p" * 200)}, "buttons_refused"),
        ({"menu": Menu(button="x", rows=rows(11))}, "menu_refused"),
        ({"menu": Menu(button="x" * 21, rows=rows(1))}, "menu_refused"),
        ({"menu": Menu(button="x", rows=(*rows(1), *rows(1)))}, "menu_refused"),
        (
            {"menu": Menu(button="x", rows=(MenuRow(title="x" * 25, payload="p"),))},
            "menu_refused",
        ),
        (
            {"menu": Menu(button="x", rows=(MenuRow(title="x", payload="p" * 201),))},
            "menu_refused",
        ),
        (
            {
                "menu": Menu(
                    button="x", rows=(MenuRow(title="x", payload="p", description="d" * 73),)
                )
            },
            "menu_refused",
        ),
        ({"form": FORM.model_copy(update={"button": "x" * 31})}, "form_refused"),
        ({"buttons": (YES,), "form": FORM}, "parts_refused"),
        ({"asks_for_location": True, "menu": Menu(button="x", rows=rows(1))}, "parts_refused"),
        ({"reaction": Reaction(message_id="wamid.q", emoji="👍")}, "parts_refused"),
    ],
)
def test_what_meta_would_refuse_is_refused_before_it_is_sent(
    content: dict[str, Any], code: str
) -> None:
    provider = WhatsAppCloud()
    message = provider.message.model_copy(
        update={"content": WhatsAppMessage(**{"text": "Hola", **content})}
    )
    with pytest.raises(PermanentMessageError) as raised:
        provider.answering(accepted()).send(message)
    assert (raised.value.code, provider.requests) == (code, [])
