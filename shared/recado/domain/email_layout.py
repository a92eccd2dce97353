"""The HTML part of a mail whose template only writes text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_PARAGRAPH = '<p style="margin:0 0 16px">{}</p>'
_PAGE = """<!doctype html>
<html lang="{locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;background:#f4f4f2;color:#1f2328">
<div style="max-width:560px;margin:0 auto;padding:32px 24px;background:#ffffff;\
font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
{paragraphs}
</div>
</body>
</html>
"""


def html_from_escaped(paragraphs: Iterable[str], *, title: str = "", locale: str = "es") -> str:
    """Lay out paragraphs that are HTML already; `title` is plain text."""
    body = "\n".join(
        _PARAGRAPH.format(paragraph.strip().replace("\n", "<br>\n"))
        for paragraph in paragraphs
        if paragraph.strip()
    )
    return _PAGE.format(locale=escape(locale), title=escape(title), paragraphs=body)


def html_from_text(text: str, *, title: str = "", locale: str = "es") -> str:
    """Lay out plain text; blank lines separate paragraphs."""
    return html_from_escaped(escape(text).split("\n\n"), title=title, locale=locale)
