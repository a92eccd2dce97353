"""Files at the simulated Graph API: uploaded, looked up, and fetched with the token only."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest

from tests.unit.simulator.running import RunningSimulator

BEARER = {"Authorization": "Bearer meta-token"}
PHOTO = b"\xff\xd8\xff\xe0 a photo \r\n--of-a-car-- \n"


def upload(
    simulator: RunningSimulator, content: bytes = PHOTO, mime_type: str = "image/jpeg"
) -> httpx.Response:
    return simulator.http.post(
        "/graph/v25.0/1090/media",
        data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": ("haval.jpg", content, mime_type)},
        headers=BEARER,
    )


def test_an_uploaded_file_is_found_and_fetched_byte_for_byte(simulator: RunningSimulator) -> None:
    media_id = upload(simulator).json()["id"]
    found = simulator.http.get(f"/graph/v25.0/{media_id}", headers=BEARER).json()
    assert {name: found[name] for name in found if name != "url"} == {
        "messaging_product": "whatsapp",
        "mime_type": "image/jpeg",
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "file_size": len(PHOTO),
        "id": media_id,
    }
    file = simulator.http.get(found["url"], headers=BEARER)
    assert (file.status_code, file.content) == (200, PHOTO)
    assert file.headers["Content-Type"] == "image/jpeg"
    assert file.headers["Content-Disposition"] == "attachment"


def test_an_uploaded_file_is_sent_by_its_id(simulator: RunningSimulator) -> None:
    media_id = upload(simulator).json()["id"]
    message: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "to": "+593991234567",
        "type": "image",
        "image": {"id": media_id, "caption": "Su auto"},
    }
    simulator.http.post(
        "/graph/v25.0/1090/messages", json=message, headers=BEARER
    ).raise_for_status()
    [kept] = simulator.messages()
    assert (kept["kind"], kept["text"], kept["media_url"]) == ("media", "Su auto", media_id)


def test_the_address_of_a_file_is_nothing_without_the_token(simulator: RunningSimulator) -> None:
    media_id = upload(simulator).json()["id"]
    url = simulator.http.get(f"/graph/v25.0/{media_id}", headers=BEARER).json()["url"]
    answer = simulator.http.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


@pytest.mark.parametrize("path", ["/graph/v25.0/77", "/graph/attachments/77"])
def test_a_file_that_is_gone_is_an_object_that_does_not_exist(
    simulator: RunningSimulator, path: str
) -> None:
    answer = simulator.http.get(path, headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["error_subcode"]) == (400, 33)


@pytest.mark.parametrize(("number", "status"), [("1090", 200), ("9999", 400)])
def test_a_file_belongs_to_its_number(
    simulator: RunningSimulator, number: str, status: int
) -> None:
    media_id = upload(simulator).json()["id"]
    query = {"phone_number_id": number}
    answer = simulator.http.get(f"/graph/v25.0/{media_id}", params=query, headers=BEARER)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("content", "mime_type", "code"),
    [(b"", "image/jpeg", 131053), (b"x", "model/stl", 100)],
)
def test_a_file_that_meta_does_not_take_is_refused(
    simulator: RunningSimulator, content: bytes, mime_type: str, code: int
) -> None:
    answer = upload(simulator, content, mime_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "form", [{"messaging_product": "whatsapp"}, {"messaging_product": "sms"}, {"type": "x"}]
)
def test_an_upload_without_its_parts_is_refused(
    simulator: RunningSimulator, form: dict[str, str]
) -> None:
    parts = {name: (None, value) for name, value in form.items()}
    answer = simulator.http.post("/graph/v25.0/1090/media", files=parts, headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
