"""The simulated WhatsApp Cloud API takes every kind of message, and checks it as Meta does."""

from __future__ import annotations

from typing import Any

import pytest

from local.simulator.media import MediaStore
from local.simulator.messages import Button
from local.simulator.providers.meta_content import Content, InvalidContent, content_of

LINK = "https://taller.example/haval.jpg"
STORE = MediaStore()
STORED = STORE.put(b"jpg", "image/jpeg")


def interactive(kind: str, action: object, text: str = "Elija", **more: object) -> dict[str, Any]:
    part = {"type": kind, "body": {"text": text}, "action": action, **more}
    return {"type": "interactive", "interactive": part}


def buttons(*titles: str, payload: str | None = None) -> dict[str, Any]:
    return {
        "buttons": [
            {"type": "reply", "reply": {"id": payload or f"p{n}", "title": title}}
            for n, title in enumerate(titles)
        ]
    }


def rows(count: int, **row: str) -> list[dict[str, str]]:
    return [{"id": f"p{n}", "title": "Hora", **row} for n in range(count)]


def a_list(*sections: object, button: str = "Horas") -> dict[str, Any]:
    return {"button": button, "sections": list(sections)}


def link(title: str = "Ver", url: str = "https://a.example") -> dict[str, Any]:
    return {"name": "cta_url", "parameters": {"display_text": title, "url": url}}


def flow(button: str = "Llenar", **more: object) -> dict[str, Any]:
    parameters = {
        "flow_message_version": "3",
        "flow_id": "77",
        "flow_cta": button,
        "flow_token": "t-1",
        "flow_action": "navigate",
        "flow_action_payload": {"screen": "DATOS"},
        **more,
    }
    return {"name": "flow", "parameters": parameters}


def media(kind: str, **part: object) -> dict[str, Any]:
    return {"type": kind, kind: part}


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({"type": "text", "text": {"body": "Hola"}}, Content(kind="text", text="Hola")),
        (
            media("image", link=LINK, caption="Su auto"),
            Content(kind="media", text="Su auto", media_url=LINK),
        ),
        (media("sticker", id=STORED), Content(kind="media", text="", media_url=STORED)),
        (
            media("document", link=LINK, filename="factura.pdf"),
            Content(kind="media", text="", media_url=LINK),
        ),
        (
            {"type": "reaction", "reaction": {"message_id": "wamid.in", "emoji": ""}},
            Content(kind="reaction", text="", reply_to="wamid.in"),
        ),
        (
            interactive("button", buttons("Sí", "No"), footer={"text": "Taller"}),
            Content(
                kind="text",
                text="Elija",
                buttons=(Button(title="Sí", payload="p0"), Button(title="No", payload="p1")),
            ),
        ),
        (
            interactive("list", a_list({"rows": rows(1, description="con Ana")})),
            Content(
                kind="text",
                text="Elija",
                buttons=(Button(title="Hora", payload="p0", kind="row"),),
            ),
        ),
        (
            interactive("cta_url", link()),
            Content(
                kind="text",
                text="Elija",
                buttons=(Button(title="Ver", kind="url", url="https://a.example"),),
            ),
        ),
        (
            interactive("flow", flow()),
            Content(
                kind="text",
                text="Elija",
                buttons=(Button(title="Llenar", payload="t-1", kind="form"),),
            ),
        ),
        (
            interactive("location_request_message", {"name": "send_location"}),
            Content(
                kind="text",
                text="Elija",
                buttons=(Button(title="send_location", kind="location"),),
            ),
        ),
    ],
)
def test_each_kind_is_taken(given: dict[str, Any], content: Content) -> None:
    assert content_of(given, STORE) == content


@pytest.mark.parametrize(
    "given",
    [
        interactive("button", buttons("x" * 20, "y", "z"), text="x" * 1024),
        interactive("list", a_list({"rows": rows(10)}, button="x" * 20), text="x" * 4096),
        interactive("flow", flow("x" * 30)),
        media("video", link=LINK, caption="x" * 1024),
    ],
)
def test_what_is_at_its_limit_is_taken(given: dict[str, Any]) -> None:
    assert content_of(given, STORE).text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"type": "image"}, 131008),
        (media("image"), 100),
        (media("image", link=LINK, id=STORED), 100),
        (media("image", link="file:///etc/passwd"), 100),
        (media("image", id="1"), 100),
        (media("image", link=LINK, caption="x" * 1025), 100),
        (media("image", link=LINK, filename="a.jpg"), 100),
        (media("audio", link=LINK, caption="x"), 100),
        ({"type": "reaction", "reaction": {"emoji": "👍"}}, 131008),
        ({"type": "reaction", "reaction": {"message_id": "wamid.in"}}, 131008),
        ({"type": "interactive"}, 131008),
        (interactive("button", None), 131008),
        (interactive("hologram", {}), 131009),
        (interactive("button", buttons()), 131009),
        (interactive("button", buttons("a", "b", "c", "d")), 131009),
        (interactive("button", buttons("a", "b", payload="p")), 131009),
        (interactive("button", buttons("x" * 21)), 131009),
        (interactive("button", buttons("a", payload="p" * 257)), 131009),
        (interactive("button", {"buttons": [{"type": "reply"}]}), 131008),
        (interactive("button", buttons("a"), text=""), 131009),
        (interactive("button", buttons("a"), text="x" * 1025), 131009),
        (interactive("button", buttons("a"), footer={"text": "x" * 61}), 131009),
        (interactive("list", a_list({"rows": rows(11)})), 131009),
        (interactive("list", a_list({"rows": rows(1)}, {"rows": rows(1)})), 131009),
        (interactive("list", a_list({"rows": [*rows(1), *rows(1)]})), 131009),
        (interactive("list", a_list({"rows": rows(1, title="x" * 25)})), 131009),
        (interactive("list", a_list({"rows": rows(1, id="x" * 201)})), 131009),
        (interactive("list", a_list({"rows": rows(1, description="x" * 73)})), 131009),
        (interactive("list", a_list({"rows": rows(1)}, button="x" * 21)), 131009),
        (interactive("list", a_list({"rows": rows(1)}), text="x" * 4097), 131009),
        (interactive("list", a_list()), 131009),
        (interactive("cta_url", link("x" * 21)), 131009),
        (interactive("cta_url", link(url="ftp://a.example")), 131009),
        (interactive("cta_url", {"name": "cta"}), 131009),
        (interactive("flow", flow("x" * 31)), 131009),
        (interactive("flow", flow(flow_token="")), 131009),
        (interactive("flow", flow(flow_action_payload={"screen": "A", "data": {}})), 131009),
        (interactive("location_request_message", {"name": "send"}), 131009),
    ],
)
def test_what_meta_refuses_is_refused_with_its_code(given: dict[str, Any], code: int) -> None:
    with pytest.raises(InvalidContent) as raised:
        content_of(given, STORE)
    assert raised.value.code == code
