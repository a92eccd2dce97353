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
        case Channel.WHATSAPP | Channel.SMS:
            digits = "".join(char for char in address if char.isdecimal())
            return f"+{unicodedata.normalize('NFKC', digits)}"
        case Channel.PUSH:
            return address
