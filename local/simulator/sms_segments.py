"""How many SMS a text is billed as: GSM 7-bit where it fits, UCS-2 otherwise (3GPP TS 23.038)."""

from math import ceil

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that take two septets."""


def sms_segments(text: str) -> int:
    """The number of segments, at least 1: 160/153 septets, or 70/67 UTF-16 units."""
    if set(text) <= GSM7_BASIC | GSM7_EXTENDED:
        length, single, joined = len(text) + sum(map(GSM7_EXTENDED.__contains__, text)), 160, 153
    else:
        length, single, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else ceil(length / joined)
