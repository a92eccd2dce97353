"""When two spellings are one address."""

from __future__ import annotations

import re
import unicodedata

from recado.domain.channels import Channel

META_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")
LID = re.compile(r"[0-9]{1,40}@lid")
"""By which WhatsApp names a person without telling their phone: Meta's way, and Evolution's."""

META_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")
"""A person at WhatsApp without a phone number; `ENT.` marks the id for a group of businesses."""

_MOBILE_DIGIT = re.compile(r"(\+52)1([0-9]{10})|(\+54)9([0-9]{10})|(\+55[0-9]{2})9([0-9]{8})")


def normal_form(channel: Channel, address: str) -> str:
    """The one spelling of an address: mail without case, a phone number as E.164.

    For keys that are stored for years. Numbers keep their digits and nothing else, by no
    library whose tables change; the directory holds them in international form already.
    """
    match channel:
        case Channel.EMAIL:
            folded = unicodedata.normalize("NFC", address.strip()).casefold()
            return unicodedata.normalize("NFC", folded)
        case Channel.WHATSAPP if META_USER_ID.fullmatch(address) or LID.fullmatch(address):
            return address
        case Channel.WHATSAPP | Channel.SMS:
            digits = "".join(char for char in address if char.isdecimal())
            return f"+{unicodedata.normalize('NFKC', digits)}"
        case _:
            return address.strip()


def matching_form(channel: Channel, address: str) -> str:
    """One spelling for all numbers by which WhatsApp and people name the same phone.

    For finding only: answers go to exactly the address from which a person wrote. Mexico writes
    its mobile numbers with and without a 1 after 52, Argentina with and without a 9 after 54,
    Brazil with and without the ninth digit, a 9 after the area code. In Argentina a landline may
    have the mobile's number without its 9; then both are found, and the exact one is preferred.
    """
    normal = normal_form(channel, address)
    if channel not in (Channel.WHATSAPP, Channel.SMS) or not normal.startswith("+"):
        return normal
    match = _MOBILE_DIGIT.fullmatch(normal)
    return "".join(filter(None, match.groups())) if match else normal
