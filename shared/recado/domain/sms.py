"""How many segments a text costs as SMS (3GPP TS 23.038: GSM 7-bit alphabet, else UCS-2)."""

from __future__ import annotations

from enum import StrEnum

from recado.domain.model import Model

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")

_SINGLE = {"gsm-7": 160, "ucs-2": 70}
_CONCATENATED = {"gsm-7": 153, "ucs-2": 67}


class SmsEncoding(StrEnum):
    """The alphabet that a text needs."""

    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


class SmsSize(Model):
    """What a text costs: its encoding, its length in units of it, and its segments."""

    encoding: SmsEncoding
    units: int
    segments: int


def measure(text: str) -> SmsSize:
    """Measure a text as SMS.

    An extended GSM character takes two septets, a character outside the basic plane two UCS-2
    units; á, í, ó, ú force UCS-2, é, ñ, ü, ¿ and ¡ do not. A pair that takes two units is never
    cut between two segments.
    """
    gsm = all(char in _BASIC or char in _EXTENDED for char in text)
    encoding = SmsEncoding.GSM_7 if gsm else SmsEncoding.UCS_2
    widths = [
        (2 if char in _EXTENDED else 1) if gsm else (2 if ord(char) > 0xFFFF else 1)
        for char in text
    ]
    units = sum(widths)
    if units <= _SINGLE[encoding]:
        return SmsSize(encoding=encoding, units=units, segments=1)
    room = _CONCATENATED[encoding]
    segments, used = 1, 0
    for width in widths:
        if used + width > room:
            segments, used = segments + 1, 0
        used += width
    return SmsSize(encoding=encoding, units=units, segments=segments)
