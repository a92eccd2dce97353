"""When two spellings are one address."""

from __future__ import annotations

import unicodedata

from recado.domain.channels import Channel


def normal_form(channel: Channel, address: str) -> str:
    """The one spelling of an address: mail without case, a phone number as E.164.

    For keys that are stored for years. Numbers keep their digits and nothing else, by no
    library whose tables change; the directory holds them in international form already.
    """
    match channel:
        case Channel.EMAIL:
            folded = unicodedata.normalize("NFC", address.strip()).casefold()
            return unicodedata.normalize("NFC", folded)
        case Channel.WHATSAPP if any(char.isalpha() for char in address):
            # A user id of Meta's (`US.1349…`) or a lid (`123@lid`): not every person has a phone.
            return address.strip()
        case Channel.WHATSAPP | Channel.SMS:
            digits = "".join(char for char in address if char.isdecimal())
            return f"+{unicodedata.normalize('NFKC', digits)}"
        case _:
            return address.strip()
