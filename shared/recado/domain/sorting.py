"""By what lists are sorted: as people read it, without case and accents."""

from __future__ import annotations

import unicodedata

type Position = tuple[str, str]
"""A place in a list: what it is sorted by, and the id."""

LONGEST = 400
"""Bytes; with an id it must fit into a sort key of DynamoDB, which ends at 1024."""


def sort_form(text: str) -> str:
    """A text as it is compared in a list: printable, no case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(
        char
        for char in decomposed
        if not unicodedata.combining(char) and (char.isprintable() or char.isspace())
    )
    words = " ".join(plain.split())
    return words.encode()[:LONGEST].decode(errors="ignore").rstrip()
