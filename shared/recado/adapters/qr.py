"""QR codes as pictures."""

from __future__ import annotations

from io import BytesIO

import segno

SCALE = 6
"""Pixels of a module: a code of this product has up to some 400 pixels a side."""


def qr_png(text: str) -> bytes:
    """A QR code that holds a text, with the quiet zone around it, as PNG."""
    picture = BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=SCALE, border=4)
    return picture.getvalue()
