"""Cursors lead back to where they came from, and are refused when they are none."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.api.communication_views import cursor_of, position_of
from recado.api.cursors import from_cursor, to_cursor
from recado.domain.communications import LogPosition
from recado.domain.errors import UnprocessableError
from tests.fakes.clock import NOON


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_a_cursor_leads_back_to_its_position(parts: list[str]) -> None:
    cursor = to_cursor(tuple(parts))

    assert cursor is not None
    assert from_cursor(cursor, len(parts)) == tuple(parts)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_there_is_no_cursor_at_the_end_and_no_position_at_the_beginning() -> None:
    assert to_cursor(None) is None
    assert from_cursor(None, 1) is None
    assert cursor_of(None) is None
    assert position_of(None) is None


def encoded(document: object) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "ñ",
        "a",
        encoded("a"),
        encoded(["a"]),
        encoded(["a", "b", "c"]),
        encoded(["a", 1]),
        encoded({"a": "b"}),
        encoded(["a", "\ud800"]),
        urlsafe_b64encode(b"[" * 5_000).decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
    ids=range(12),
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UnprocessableError) as refused:
        from_cursor(cursor, 2)

    assert refused.value.field == "cursor"


@given(st.text())
def test_no_text_makes_it_fail_otherwise(cursor: str) -> None:
    try:
        from_cursor(cursor, 2)
    except UnprocessableError:
        return


def test_a_position_in_the_log_is_found_again() -> None:
    position = LogPosition(at=NOON, entry_id="ntf_1")

    assert position_of(cursor_of(position)) == position


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "yesterday",
        "2026-01-01T00:00:00",
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+05:00",
    ],
)
def test_a_position_has_a_moment_that_there_is(moment: str) -> None:
    with pytest.raises(UnprocessableError):
        position_of(encoded([moment, "ntf_1"]))
