"""The HTML part of mails that only wrote text."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from recado.domain.email_layout import html_from_escaped, html_from_text


class _Reader(HTMLParser):
    """Reads a page as a mail program would: its tags and the text of its body."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.paragraphs: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "p":
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if self.paragraphs and "p" in self.tags:
            self.paragraphs[-1] += data


def test_blank_lines_separate_paragraphs_and_line_breaks_stay() -> None:
    page = html_from_text("Hola:\n\nUno\nDos\n\n\n\nAdiós")

    assert _Reader(page).tags.count("p") == 3
    assert "Uno<br>\nDos" in page


def test_braces_in_a_text_are_only_text() -> None:
    assert "{title} {0} {{x}}" in html_from_text("{title} {0} {{x}}")


def test_title_and_language_are_escaped() -> None:
    page = html_from_escaped(["x"], title="<Ana> & Co", locale='es"><script>')

    assert "<title>&lt;Ana&gt; &amp; Co</title>" in page
    assert "<script" not in page


def test_escaped_paragraphs_are_not_escaped_twice() -> None:
    assert "Ana &amp; Co" in html_from_escaped(["Ana &amp; Co"])


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")))
def test_a_reader_sees_the_words_of_the_text_and_no_tag_of_its_own(text: str) -> None:
    reader = _Reader(html_from_text(text))

    assert "".join(reader.paragraphs).split() == text.split()
    assert set(reader.tags) <= {"html", "head", "meta", "title", "body", "div", "p", "br"}
