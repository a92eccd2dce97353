"""Phone numbers as people write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.errors import UnprocessableError
from recado.domain.phone import to_e164


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+593991234567", None, "+593991234567"),
        ("573001234567", None, "+573001234567"),
        (" +593 99 123 4567 ", None, "+593991234567"),
        ("+593-(99)-123-4567", None, "+593991234567"),
        ("+593 (0)99 123 4567", None, "+593991234567"),
        ("0991234567", "EC", "+593991234567"),
        ("99 123 4567", "EC", "+593991234567"),
        ("300 123 4567", "CO", "+573001234567"),
        ("573001234567", "CO", "+573001234567"),
        ("+573001234567", "EC", "+573001234567"),
        ("00593991234567", "EC", "+593991234567"),
        ("(415) 555-2671", "US", "+14155552671"),
    ],
)
def test_a_number_is_kept_as_e164(written: str, region: str | None, number: str) -> None:
    assert to_e164(written, region=region) == number


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("", None),
        ("   ", None),
        ("+", None),
        ("hola", None),
        ("ana@example.com", None),
        ("12345", None),
        ("0991234567", None),
        ("+999123456789", None),
        ("+5939912345678901", None),
        ("911", "US"),
        ("0991234567", "XX"),
        ("0991234567", ""),
        ("\u202e+593991234567\x00<script>", None),
    ],
)
def test_what_is_no_phone_number_is_refused_and_the_field_is_named(
    written: str, region: str | None
) -> None:
    with pytest.raises(UnprocessableError) as caught:
        to_e164(written, region=region, field="customer.phone")

    assert caught.value.field == "customer.phone"
    told = str(caught.value).replace("+593991234567", "")
    assert not written.strip() or written not in told


@pytest.mark.parametrize("written", ["0991234567", "991234567890123456", "+59"])
def test_who_writes_a_number_as_at_home_is_told_how_it_is_written(written: str) -> None:
    with pytest.raises(UnprocessableError, match=r"with its country code, like \+593991234567$"):
        to_e164(written)


@pytest.mark.parametrize(("written", "region"), [("2345678", "EC"), ("+1 555 2671", None)])
def test_a_number_that_can_only_be_dialled_from_within_its_area_is_refused(
    written: str, region: str | None
) -> None:
    with pytest.raises(UnprocessableError):
        to_e164(written, region=region)


@given(
    st.one_of(st.text(max_size=40), st.text(alphabet="+0123456789 -().x;", max_size=25)),
    st.sampled_from([None, "EC", "CO", "US", "ZZ"]),
)
def test_any_text_becomes_e164_or_is_refused(written: str, region: str | None) -> None:
    try:
        number = to_e164(written, region=region)
    except UnprocessableError as error:
        assert error.field == "phone"
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{3,16}", number)
        assert to_e164(number) == number
