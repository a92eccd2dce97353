"""docs/client-webhooks.md: its code verifies what we sign, its table names every event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from recado.domain.client_endpoints import new_signing_secret, signed_headers
from recado.domain.domain_events import EventType
from tests.fakes.clock import NOON

PAGE = (Path(__file__).parents[2] / "docs" / "client-webhooks.md").read_text(encoding="utf-8")
OLD, NEW = new_signing_secret().secret, new_signing_secret().secret
BODY = '{"type":"webhook.test","name":"José"}'.encode()

Verify = Callable[[str, Mapping[str, str], bytes], bool]


@pytest.fixture
def verify() -> Verify:
    """The page's Python function."""
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found.group(1), names)  # noqa: S102
    function: Verify = names["is_from_recado"]
    return function


def headers(**changes: str) -> dict[str, str]:
    signed = signed_headers("evt_1", BODY, secrets=[NEW, OLD], now=NOON)
    return {**signed, **{name.replace("_", "-"): value for name, value in changes.items()}}


@freeze_time(NOON)
@pytest.mark.parametrize("secret", [OLD, NEW], ids=["old", "new"])
def test_the_pages_code_takes_what_we_sign(verify: Verify, secret: str) -> None:
    assert verify(secret, headers(), BODY)


@freeze_time(NOON)
@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": "evt_2"},
        {"webhook_timestamp": str(int(NOON.timestamp()) + 1)},
        {"webhook_timestamp": "now"},
        {"webhook_signature": "v1,é v1,"},
        {"webhook_signature": ""},
    ],
)
def test_the_pages_code_takes_nothing_else(verify: Verify, changes: dict[str, str]) -> None:
    assert not verify(NEW, headers(**changes), BODY)


@freeze_time(NOON)
def test_the_pages_code_takes_neither_another_body_nor_another_secret(verify: Verify) -> None:
    assert not verify(NEW, headers(), BODY + b" ")
    assert not verify(new_signing_secret().secret, headers(), BODY)
    assert not verify(NEW, {}, BODY)


@pytest.mark.parametrize("away", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_the_pages_code_takes_nothing_from_another_time(verify: Verify, away: timedelta) -> None:
    with freeze_time(NOON + away):
        assert not verify(NEW, headers(), BODY)


def test_the_page_names_every_type_of_event_and_no_other() -> None:
    named = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", PAGE, re.MULTILINE)

    assert sorted(named) == sorted(EventType)
