"""What a text costs as SMS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.sms import SmsEncoding, SmsSize, measure

GSM_7, UCS_2 = SmsEncoding.GSM_7, SmsEncoding.UCS_2
BASIC = "abcXYZ 0189@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r!\"#%&'()*+,-./:;<=>?"
EXTENDED = "^{}\\[~]|€\f"


@pytest.mark.parametrize("char", BASIC, ids=ascii)
def test_a_basic_character_takes_one_septet(char: str) -> None:
    assert measure(char) == SmsSize(encoding=GSM_7, units=1, segments=1)


@pytest.mark.parametrize("char", EXTENDED, ids=ascii)
def test_an_extended_character_takes_two_septets(char: str) -> None:
    assert measure(char) == SmsSize(encoding=GSM_7, units=2, segments=1)


@pytest.mark.parametrize("char", "áíóúÁÍÓÚçêãõ«»–—…“”’ªº\t`", ids=ascii)
def test_one_character_outside_the_alphabet_makes_the_whole_text_ucs_2(char: str) -> None:
    assert measure("Hola" + char) == SmsSize(encoding=UCS_2, units=5, segments=1)


@pytest.mark.parametrize(("char", "units"), [("\uffff", 1), ("\U00010000", 2)], ids=ascii)
def test_a_character_outside_the_basic_plane_takes_two_ucs_2_units(char: str, units: int) -> None:
    assert measure(char) == SmsSize(encoding=UCS_2, units=units, segments=1)


@pytest.mark.parametrize("emoji", ["🚗", "🔧", "😀", "🇪"])
def test_an_emoji_takes_two_ucs_2_units(emoji: str) -> None:
    assert measure(emoji) == SmsSize(encoding=UCS_2, units=2, segments=1)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", GSM_7, 0, 1),
        ("a" * 160, GSM_7, 160, 1),
        ("a" * 161, GSM_7, 161, 2),
        ("a" * 306, GSM_7, 306, 2),
        ("a" * 307, GSM_7, 307, 3),
        ("ñ" * 160, GSM_7, 160, 1),
        ("€" * 80, GSM_7, 160, 1),
        ("€" * 81, GSM_7, 162, 2),
        ("á" * 70, UCS_2, 70, 1),
        ("á" * 71, UCS_2, 71, 2),
        ("á" * 134, UCS_2, 134, 2),
        ("á" * 135, UCS_2, 135, 3),
        ("🚗" * 35, UCS_2, 70, 1),
        ("🚗" * 36, UCS_2, 72, 2),
    ],
)
def test_a_text_is_cut_into_segments_at_the_borders_of_its_alphabet(
    text: str, encoding: SmsEncoding, units: int, segments: int
) -> None:
    assert measure(text) == SmsSize(encoding=encoding, units=units, segments=segments)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("á" * 66 + "🚗" + "á" * 65, 2),
        ("á" * 66 + "🚗" + "á" * 66, 3),
    ],
)
def test_a_pair_is_never_cut_between_two_segments(text: str, segments: int) -> None:
    assert measure(text).segments == segments


@given(st.text(max_size=400))
def test_segments_hold_the_text_and_no_more_than_they_need(text: str) -> None:
    size = measure(text)
    single, room = (160, 153) if size.encoding is GSM_7 else (70, 67)

    if size.segments == 1:
        assert size.units <= single
    else:
        assert single < size.units <= size.segments * room
        assert (size.segments - 1) * (room - 1) < size.units


@given(st.text(alphabet=BASIC + EXTENDED + "á🚗", max_size=400))
def test_a_longer_text_never_costs_less(text: str) -> None:
    assert measure(text).segments <= measure(text + "a").segments
