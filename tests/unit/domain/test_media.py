"""Tasks, limits, keys and names of people's files."""

from __future__ import annotations

import hashlib
import unicodedata
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recado.domain.media import (
    MEGABYTE,
    MediaLimits,
    MediaStatus,
    MediaTask,
    StoredMedia,
    is_same_digest,
    media_key,
    safe_file_name,
)
from recado.domain.media_types import EXTENSIONS
from tests.fakes.clock import NOON

TASK = {
    "v": 1,
    "tenant_id": "workshop",
    "message_id": "msg_0123456789abcdef",
    "index": 0,
    "account_id": "wa",
    "provider": "whatsapp_cloud",
    "media": {"mime_type": "image/jpeg", "media_id": "1"},
}
DIGEST = hashlib.sha256(b"x").hexdigest()


def test_a_task_is_read_as_the_queue_holds_it() -> None:
    task = MediaTask.model_validate(TASK)
    assert MediaTask.model_validate_json(task.model_dump_json(exclude_none=True)) == task


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"tenant_id": "a/../b"},
        {"tenant_id": ""},
        {"message_id": "msg_../x"},
        {"message_id": "ntf_1"},
        {"index": -1},
        {"provider": "fax"},
    ],
)
def test_a_task_that_would_leave_its_tenants_place_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MediaTask.model_validate({**TASK, **change})


@pytest.mark.parametrize(
    ("mime_type", "megabytes"),
    [
        ("image/jpeg", 5),
        ("audio/ogg", 16),
        ("video/mp4", 16),
        ("application/pdf", 25),
        ("application/octet-stream", 25),
        ("text/plain", 25),
    ],
)
def test_each_kind_of_file_has_its_limit(mime_type: str, megabytes: int) -> None:
    assert MediaLimits().of(mime_type) == megabytes * MEGABYTE


def test_the_limit_over_all_can_be_set() -> None:
    assert MediaLimits(overall=10).of("image/png") == 10
    assert MediaLimits(overall=200 * MEGABYTE).of("application/pdf") == 100 * MEGABYTE


def test_the_same_bytes_have_the_same_place() -> None:
    task = MediaTask.model_validate({**TASK, "index": 3})
    key = media_key(task, sha256=DIGEST, mime_type="image/jpeg")
    assert key == f"media/workshop/msg_0123456789abcdef/3-{DIGEST[:32]}.jpg"


@pytest.mark.parametrize(
    ("claimed", "same"),
    [
        (DIGEST, True),
        (DIGEST.upper(), True),
        (b64encode(bytes.fromhex(DIGEST)).decode(), True),
        (b64encode(hashlib.sha256(b"y").digest()).decode(), False),
        ("0" * 64, False),
        ("", True),
        ("no digest", True),
        (b64encode(b"short").decode(), True),
    ],
)
def test_a_digest_counts_in_both_spellings(claimed: str, same: bool) -> None:
    assert is_same_digest(claimed, DIGEST) is same


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cotización 12.pdf", "cotización 12.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ana\\factura.PDF", "factura.pdf"),
        ("factura.pdf.exe", "factura.pdf.pdf"),
        ("v1.2 final", "v1.2 final.pdf"),
        ("exe.\u202efdp", "exe.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie_ b.pdf"),
        ('"; rm.pdf', "_; rm.pdf"),
        ("....", None),
        ("   ", None),
        ("", None),
        (None, None),
        ("x" * 300, "x" * 100 + ".pdf"),
    ],
)
def test_a_file_name_is_made_safe(name: str | None, expected: str | None) -> None:
    assert safe_file_name(name, mime_type="application/pdf") == expected


@given(st.text(max_size=300), st.sampled_from(list(EXTENSIONS)))
def test_no_file_name_misleads(name: str, mime_type: str) -> None:
    safe = safe_file_name(name, mime_type=mime_type)
    if safe is not None:
        assert safe.endswith(f".{EXTENSIONS[mime_type]}")
        assert not set(safe) & set('/\\<>:"|?*%')
        assert not any(unicodedata.category(sign).startswith("C") for sign in safe)
        assert not safe.startswith(".")
        assert len(safe) <= 105


@pytest.mark.parametrize(
    "fields",
    [
        {"status": MediaStatus.STORED},
        {"status": MediaStatus.STORED, "key": "k", "reason": "r"},
        {"status": MediaStatus.REFUSED, "key": "k", "reason": "r"},
        {"status": MediaStatus.EXPIRED},
    ],
)
def test_a_result_has_either_a_place_or_a_reason(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StoredMedia.model_validate({**fields, "expires_at": NOON})
