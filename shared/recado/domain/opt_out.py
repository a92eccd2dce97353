"""Whether a person's message opts out of messages, or in again.

A keyword must be the whole message, courtesy and punctuation apart: "baja" opts out, "baja el
precio" does not. Natural sentences are found anywhere in it: "por favor no me escriban más". One
that is limited ("no me escriban hoy") or turned round ("no dejen de avisarme") is no opt-out.

Ask this before `recado.domain.interest`: what opts out says nothing about interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from recado.domain.model import Model
from recado.domain.opt_out_phrases import (
    CLASSES,
    MORE_COURTESIES,
    SENTENCES,
    WHOLE_MESSAGE,
    Wish,
)
from recado.domain.plain_words import (
    BORDERS,
    COURTESIES,
    Found,
    PhraseBook,
    TenantPhrases,
    plain_words,
)
from recado.domain.replies import OptChoice


class OptVerdict(Model):
    """What a message chooses.

    Parameters
    ----------
    evidence
        The words that chose it, as plain words: without case and accents; empty for NONE.
    """

    choice: OptChoice
    evidence: str = ""


class OptKeywords(Model):
    """What a tenant adds to the keywords and sentences that everybody understands.

    Parameters
    ----------
    opt_out, opt_in
        Counted when they are the whole message, like BAJA and ALTA.
    neither
        Whole messages that choose nothing although a default keyword would, e.g. "cancel" where
        every message is about an appointment. Win over the others.
    """

    opt_out: TenantPhrases = ()
    opt_in: TenantPhrases = ()
    neither: TenantPhrases = ()


DEFAULT_OPT_KEYWORDS = OptKeywords()


def classify_opt(text: str, keywords: OptKeywords = DEFAULT_OPT_KEYWORDS) -> OptVerdict:
    """Say whether a message opts out or in.

    Of several wishes in a message the last one counts; of a text beyond `MAX_LENGTH` the beginning
    is read. A keyword with a question mark is a question.
    """
    own, books = _own_book(keywords), _default_books()
    words = books.courtesies.without(plain_words(text), but=own)
    whole = [word for word in words if word not in BORDERS]
    if whole and "?" not in words:
        for book in (own, books.whole_message):
            found = book.find(whole, 0)
            if found and found.end == len(whole):
                return _verdict(found)
    return _verdict(_last_wish(words, books.sentences))


def _verdict(found: Found[Wish] | None) -> OptVerdict:
    if found is None or found.meaning is Wish.NOTHING:
        return OptVerdict(choice=OptChoice.NONE)
    choice = OptChoice.OPT_IN if found.meaning is Wish.IN else OptChoice.OPT_OUT
    return OptVerdict(choice=choice, evidence=found.words)


class _Books(NamedTuple):
    whole_message: PhraseBook[Wish]
    sentences: PhraseBook[Wish]
    courtesies: PhraseBook[Wish]


@cache
def _default_books() -> _Books:
    return _Books(
        whole_message=PhraseBook(WHOLE_MESSAGE),
        sentences=PhraseBook(SENTENCES, CLASSES),
        courtesies=PhraseBook([(COURTESIES, Wish.NOTHING), (MORE_COURTESIES, Wish.NOTHING)]),
    )


@lru_cache(maxsize=64)
def _own_book(keywords: OptKeywords) -> PhraseBook[Wish]:
    own = PhraseBook[Wish]([])
    for wish, phrases in (
        (Wish.OUT, keywords.opt_out),
        (Wish.IN, keywords.opt_in),
        (Wish.NOTHING, keywords.neither),
    ):
        for phrase in phrases:
            own.add_literally(phrase, wish)
    return own


def _last_wish(words: Sequence[str], sentences: PhraseBook[Wish]) -> Found[Wish] | None:
    """The last wish of a message that nothing limits."""
    settled: Found[Wish] | None = None
    unlimited_here: Found[Wish] | None = None
    unless_limited: Found[Wish] | None = None
    limited = False
    at = 0
    while at < len(words):
        found = sentences.find(words, at)
        at = found.end if found else at + 1
        if found is None:
            if words[at - 1] in BORDERS:
                settled, unlimited_here = unlimited_here or settled, None
        elif found.meaning is Wish.LIMIT:
            limited, unlimited_here = True, None
        elif found.meaning is Wish.OUT_IF_UNLIMITED:
            unless_limited = found
        elif found.meaning is not Wish.NOTHING:
            unlimited_here = found
    settled = unlimited_here or settled
    return settled or (None if limited else unless_limited)
