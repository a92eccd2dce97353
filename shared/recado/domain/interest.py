"""What a person's reply says about their interest, by rules.

A reply is read as plain words. Phrases in it are signals for interest, against it, or of a
question, each with a strength; a negation turns the interest that follows in its clause; what comes
after "pero" or "but" counts more, what comes after "aunque" or "although" less. The strongest
signal decides, of equal ones the last. So:

- explicit interest wins over a question in the same breath ("me interesa, ¿cuánto pagan?"), a mere
  yes does not ("sí, ¿a qué hora?"), and neither does interest that a "pero" puts under a condition
  ("me interesa, pero ¿cuánto pagan?"); `asks` tells of the question in either case;
- turning an appointment down is no interest, moving it is interest;
- thanks and greetings say nothing, and "ok, luego le aviso" leaves it open.

Opting out is another matter: it is not looked for here, and "no me escriban más" may well come out
as anything. Whoever calls this asks `recado.domain.opt_out` first.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from recado.domain.interest_phrases import (
    ASKED,
    CLASSES,
    ENGLISH,
    EXPLICIT,
    PLAIN,
    SPANISH,
    Language,
    Meaning,
    Sense,
)
from recado.domain.model import Model
from recado.domain.plain_words import (
    BORDERS,
    COURTESIES,
    Found,
    PhraseBook,
    TenantPhrases,
    plain_words,
)
from recado.domain.replies import Interest

_AFTER_PIVOT = 1.5
_AFTER_CONCESSION = -1.0
_NEGATION_REACH = 3


class Reason(StrEnum):
    """Why a reply was understood so."""

    PHRASE = "phrase"
    NEGATED_PHRASE = "negated_phrase"
    QUESTION_MARK = "question_mark"
    NOTHING_FOUND = "nothing_found"


class InterestVerdict(Model):
    """What a reply says, and why.

    Parameters
    ----------
    phrase
        The words that decided, as plain words: without case and accents; empty when none did.
    asks
        True when the reply also asks something, whatever decided.
    """

    interest: Interest
    reason: Reason
    phrase: str = ""
    asks: bool = False


class Keywords(Model):
    """What a tenant's replies are understood by.

    Phrases that are given here count as explicit and win over the defaults where they are as long;
    a negation before one of `interested` turns it like any other.

    Parameters
    ----------
    languages
        Whose default phrases count.
    replace_defaults
        True when only the phrases given here count, beside question marks, negations, "pero" and
        their like.
    unknown
        Phrases that say nothing, e.g. to take one of the defaults away.
    """

    languages: tuple[Language, ...] = tuple(Language)
    replace_defaults: bool = False
    interested: TenantPhrases = ()
    not_interested: TenantPhrases = ()
    question: TenantPhrases = ()
    unknown: TenantPhrases = ()


DEFAULT_KEYWORDS = Keywords()


def classify_interest(text: str, keywords: Keywords = DEFAULT_KEYWORDS) -> InterestVerdict:
    """Say what a reply tells about interest; of a text beyond `MAX_LENGTH` the beginning counts."""
    books = _books(keywords)
    words = books.courtesies.without(plain_words(text), but=books.own)
    reading = _Reading()
    at = 0
    while at < len(words):
        found = _longer(books.own.find(words, at), books.default.find(words, at))
        if found:
            reading.take(found.meaning, found.words)
            at = found.end
        elif words[at] in BORDERS:
            reading.end_clause(words[at])
            at += 1
        else:
            reading.pass_over()
            at += 1
    reading.end_clause("")
    return reading.verdict()


def _longer(own: Found[Meaning] | None, default: Found[Meaning] | None) -> Found[Meaning] | None:
    return default if own is None or (default and default.end > own.end) else own


class _Books(NamedTuple):
    own: PhraseBook[Meaning]
    default: PhraseBook[Meaning]
    courtesies: PhraseBook[Meaning]


_STRUCTURE = (Sense.NEGATION, Sense.PIVOT, Sense.CONCESSION)
_OF_LANGUAGE = {Language.SPANISH: SPANISH, Language.ENGLISH: ENGLISH}


@lru_cache(maxsize=64)
def _books(keywords: Keywords) -> _Books:
    own = PhraseBook[Meaning]([])
    for sense, phrases in (
        (Sense.INTERESTED, keywords.interested),
        (Sense.NOT_INTERESTED, keywords.not_interested),
        (Sense.QUESTION, keywords.question),
        (Sense.NEUTRAL, keywords.unknown),
    ):
        for phrase in phrases:
            own.add_literally(phrase, Meaning(sense, EXPLICIT))
    default = _default_book(keywords.languages, structure_only=keywords.replace_defaults)
    return _Books(own, default, _courtesies())


# Built when first used and shared by all tenants: it takes tens of milliseconds.
@cache
def _default_book(languages: tuple[Language, ...], *, structure_only: bool) -> PhraseBook[Meaning]:
    phrases = [
        (block, meaning)
        for language in languages
        for block, meaning in _OF_LANGUAGE[language]
        if not structure_only or meaning.sense in _STRUCTURE
    ]
    return PhraseBook(phrases, CLASSES)


@cache
def _courtesies() -> PhraseBook[Meaning]:
    return PhraseBook([(COURTESIES, Meaning(Sense.NEUTRAL))])


class _Signal(NamedTuple):
    interest: Interest
    strength: float
    weight: float
    reason: Reason
    phrase: str


_INTEREST_OF = {
    Sense.INTERESTED: Interest.INTERESTED,
    Sense.NOT_INTERESTED: Interest.NOT_INTERESTED,
    Sense.QUESTION: Interest.QUESTION,
    Sense.DEFERRAL: Interest.UNKNOWN,
}


class _Reading:
    """The signals of a reply, as far as it is read."""

    def __init__(self) -> None:
        self._signals: list[_Signal] = []
        self._clause_start = 0
        self._clause_says_something = False
        self._question_open = False
        self._pivots = 0
        self._conceding = False
        self._negation: str | None = None
        self._since_negation = 0

    def take(self, meaning: Meaning, words: str) -> None:
        """Read a phrase."""
        sense, strength = meaning
        self._clause_says_something = True
        if sense is Sense.NEGATION:
            self._negation, self._since_negation = words, 0
        elif sense is Sense.PIVOT:
            self._settle_negation()
            self._pivots += 1
            self._conceding = False
        elif sense is Sense.CONCESSION:
            self._settle_negation()
            self._conceding = True
        elif sense is Sense.NEUTRAL:
            self._since_negation += 1
        elif sense is Sense.INTERESTED and self._negation is not None:
            self._add(
                Interest.NOT_INTERESTED,
                max(strength, PLAIN),
                Reason.NEGATED_PHRASE,
                f"{self._negation} … {words}"
                if self._since_negation
                else f"{self._negation} {words}",
            )
            self._negation = None
        else:
            self._settle_negation()
            self._add(_INTEREST_OF[sense], strength, Reason.PHRASE, words)

    def pass_over(self) -> None:
        """Read a word of no phrase."""
        self._clause_says_something = True
        self._since_negation += 1
        if self._since_negation > _NEGATION_REACH:
            self._negation = None

    def end_clause(self, border: str) -> None:
        """Read the border of a clause; an empty one is the end of the text."""
        self._settle_negation()
        if border == "?" or (self._question_open and border != "¿"):
            self._ask()
        self._question_open = border == "¿" or (self._question_open and border == ",")
        self._conceding = False
        self._clause_start = len(self._signals)
        self._clause_says_something = False

    def verdict(self) -> InterestVerdict:
        """What all signals together say."""
        best: _Signal | None = None
        for signal in self._signals:
            if best is None or signal.weight >= best.weight:
                best = signal
        if best is None:
            return InterestVerdict(interest=Interest.UNKNOWN, reason=Reason.NOTHING_FOUND)
        asks = any(signal.interest is Interest.QUESTION for signal in self._signals)
        return InterestVerdict(
            interest=best.interest, reason=best.reason, phrase=best.phrase, asks=asks
        )

    def _settle_negation(self) -> None:
        """A negation that nothing followed is a no."""
        if self._negation is not None and self._since_negation == 0:
            self._add(Interest.NOT_INTERESTED, PLAIN, Reason.PHRASE, self._negation)
        self._negation = None

    def _ask(self) -> None:
        """In a question only what is explicit keeps its meaning: "¿puedo ir?" is no promise."""
        if not self._clause_says_something and self._signals:
            return
        asked = self._signals[self._clause_start :]
        self._signals[self._clause_start :] = [s for s in asked if s.strength > PLAIN]
        self._add(Interest.QUESTION, ASKED, Reason.QUESTION_MARK, "?")

    def _add(self, interest: Interest, strength: float, reason: Reason, phrase: str) -> None:
        weight = strength
        if self._conceding:
            weight += _AFTER_CONCESSION
        elif strength >= PLAIN:
            weight += _AFTER_PIVOT * self._pivots
        self._signals.append(_Signal(interest, strength, weight, reason, phrase))
