"""What people write, as plain words that rules can be compared with.

`plain_words` takes away what differs from one hand to the next: case, accents, stretched letters,
skin tones, abbreviations. A `PhraseBook` finds phrases in what is left. Both take time linear in
the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field

MAX_LENGTH = 4096
"""Characters that are read of a text, the rest is cut off: the longest text of a WhatsApp message
(Cloud API reference, text object), so that nothing is lost where people write most."""

MAX_GAP = 3
"""Words that `..` in a phrase may stand for."""

_COMMA, _STOP, _OPENS, _ASKS = ",", ".", "¿", "?"
BORDERS: Set[str] = frozenset({_COMMA, _STOP, _OPENS, _ASKS})
"""The words that stand for punctuation. A comma ends a clause, a stop ends a sentence, the two
question marks enclose a question."""

_BORDER_RANK = {_COMMA: 0, _STOP: 1, _OPENS: 2, _ASKS: 3}
_BORDER_OF = {
    **dict.fromkeys(',;:()[]"«»“”–—', _COMMA),
    **dict.fromkeys(".!¡\n\r\u2028\u2029", _STOP),
    _OPENS: _OPENS,
    _ASKS: _ASKS,
}

_ABBREVIATIONS = {
    "q": ("que",),
    "k": ("que",),
    "ke": ("que",),
    "qe": ("que",),
    "x": ("por",),
    "xq": ("por", "que"),
    "pq": ("por", "que"),
    "xk": ("por", "que"),
    "xfa": ("por", "favor"),
    "xfis": ("por", "favor"),
    "xfavor": ("por", "favor"),
    "porfavor": ("por", "favor"),
    "porfa": ("por", "favor"),
    "porfis": ("por", "favor"),
    "pf": ("por", "favor"),
    "tmb": ("tambien",),
    "tb": ("tambien",),
    "tbn": ("tambien",),
    "d": ("de",),
    "bn": ("bien",),
    "grax": ("gracias",),
    "grcs": ("gracias",),
    "grasias": ("gracias",),
    "msj": ("mensaje",),
    "msjs": ("mensajes",),
    "msg": ("message",),
    "msgs": ("messages",),
    "num": ("numero",),
    "dnd": ("donde",),
    "dnde": ("donde",),
    "cdo": ("cuando",),
    "cto": ("cuanto",),
    "qto": ("cuanto",),
    "kuanto": ("cuanto",),
    "kien": ("quien",),
    "kiero": ("quiero",),
    "qiero": ("quiero",),
    "toy": ("estoy",),
    "stoy": ("estoy",),
    "aki": ("aqui",),
    "aqi": ("aqui",),
    "pa": ("para",),
    "xa": ("para",),
    "bno": ("bueno",),
    "mna": ("manana",),
    "dsp": ("despues",),
    "u": ("you",),
    "ur": ("your",),
    "pls": ("please",),
    "plz": ("please",),
    "thx": ("thanks",),
    "ty": ("thanks",),
}

# In a link a question mark asks nothing.
_LINK = re.compile(r"(?:https?://|www\.)\S+")
# ASCII and typographic apostrophes and accents, and what shows no glyph or only changes the one
# before: zero-width characters, variation selectors, skin tones, the signs of gender.
_UNSEEN = re.compile(
    "['´`\u2018\u2019\u02bc\u00ad\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f\u2640\u2642"
    "\U0001f3fb-\U0001f3ff]"
)
_DOUBLED = re.compile(r"([^\W\d_])\1+")
# Letters that Spanish or English words hold twice; at the end of a word, Spanish doubles none.
_MAY_DOUBLE = frozenset("lrnceo")
_LAUGHTER = re.compile(r"a?(?:j[aeiou]){2,}j?|a?(?:h[ae]){2,}h?|(?:lo)+l|lmao|xd+")
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[^\w\s]|[\n\r\u2028\u2029]")


def plain_words(text: str) -> list[str]:
    """The words of a text without what hands and keyboards add to them.

    Compatibility forms are unified (NFKC and beyond), case, accents, apostrophes, skin tones and
    text markup fall away, and ñ becomes n: people without the key write "manana", and no word of
    our phrases tells the two apart. A letter that is repeated becomes one ("siiii"), except where
    words hold it twice ("carro" is not "caro"). Abbreviations are written out, laughter and links
    are left out, and a word that follows itself counts once. An emoji is a word; punctuation that
    ends a clause is one of `BORDERS`.
    """
    text = _LINK.sub(" ", text[:MAX_LENGTH].replace("<3", "❤"))
    text = _UNSEEN.sub("", text).replace("@", "o").replace(" - ", ", ")
    text = _without_accents(text)[:MAX_LENGTH]
    text = _DOUBLED.sub(_squeezed, text)
    words: list[str] = []
    for token in _TOKEN.findall(text):
        if token in _BORDER_OF:
            push(words, _BORDER_OF[token])
        elif not (token in _MARKUP or _LAUGHTER.fullmatch(token)):
            for word in _ABBREVIATIONS.get(token, (token,)):
                push(words, word)
    return words


def push(words: list[str], word: str) -> None:
    """Add a word to others: none follows itself, and of two borders the stronger one stays."""
    last = words[-1] if words else _STOP
    if word not in BORDERS:
        if word != last:
            words.append(word)
    elif last not in BORDERS or (last, word) == (_ASKS, _OPENS):
        words.append(word)
    elif not words:
        if word in (_OPENS, _ASKS):
            words.append(word)
    elif _BORDER_RANK[word] > _BORDER_RANK[last]:
        words[-1] = word


_MARKUP = frozenset("*~#$%&+-/\\<=>@^`{|}•·")


def _without_accents(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in decomposed if not unicodedata.category(char).startswith("M"))


def _squeezed(run: re.Match[str]) -> str:
    letter, end = run[1], run.end()
    inside = end < len(run.string) and run.string[end].isalpha()
    return letter * 2 if len(run[0]) == 2 and inside and letter in _MAY_DOUBLE else letter


class Found[T](NamedTuple):
    """A phrase in a text: the index after its last word, what it means, how it was written."""

    end: int
    meaning: T
    words: str


class _Word(NamedTuple):
    choices: Set[str]
    optional: bool = False


_GAP = _Word(frozenset({".."}))
_END = _Word(frozenset({"$"}))


@dataclass(frozen=True, slots=True)
class _Phrase[T]:
    steps: tuple[_Word, ...]
    meaning: T
    starts_clause: bool

    def longest_end(self, words: Sequence[str], at: int) -> int | None:
        """Where the longest match from `at` ends; every step keeps at most a few places."""
        if self.starts_clause and at > 0 and words[at - 1] not in BORDERS:
            return None
        places = {at}
        for step in self.steps:
            if step is _GAP:
                places = {place for start in places for place in _within_gap(words, start)}
            elif step is _END:
                places = {place for place in places if _ends_clause(words, place)}
            else:
                taken = {p + 1 for p in places if p < len(words) and words[p] in step.choices}
                places = places | taken if step.optional else taken
            if not places:
                return None
        return max(places)


def _within_gap(words: Sequence[str], start: int) -> Iterator[int]:
    for place in range(start, min(start + MAX_GAP, len(words)) + 1):
        yield place
        if _ends_clause(words, place):
            return


def _ends_clause(words: Sequence[str], place: int) -> bool:
    return place == len(words) or words[place] in BORDERS


class PhraseBook[T]:
    """Phrases and what they mean, found in a text from left to right, the longest one first.

    A phrase is a row of words. `a/b` is either word, `[a/b]` one that may be missing, `{name}` any
    word of the class of that name, `..` up to `MAX_GAP` words of the clause; `^` at the front and
    `$` at the end bind the phrase to the border of a clause. A comma or question mark is a word.

    Parameters
    ----------
    phrases
        Several phrases in a string are separated by `|`. Of two phrases that match equally many
        words, the later one wins.
    classes
        The words of each class.
    """

    def __init__(
        self,
        phrases: Iterable[tuple[str, T]],
        classes: Mapping[str, str] = {},
    ) -> None:
        self._classes = {
            f"{{{name}}}": frozenset(plain_words(words)) - BORDERS
            for name, words in classes.items()
        }
        self._by_first_word: dict[str, list[_Phrase[T]]] = defaultdict(list)
        for block, meaning in phrases:
            for phrase in block.split("|"):
                self._add([self._step(written) for written in phrase.split()], meaning)

    def add_literally(self, phrase: str, meaning: T) -> None:
        """Add a phrase that a tenant wrote: none of its signs has a meaning of its own.

        Punctuation around it falls away, and within it may be missing from the text.
        """
        words = plain_words(phrase)
        while words[0] in BORDERS:
            del words[0]
        while words[-1] in BORDERS:
            del words[-1]
        self._add([_Word(frozenset({word}), word in BORDERS) for word in words], meaning)

    def find(self, words: Sequence[str], at: int) -> Found[T] | None:
        """The longest phrase that begins with the word at index `at`, or None."""
        best: Found[T] | None = None
        for phrase in self._by_first_word.get(words[at], ()):
            end = phrase.longest_end(words, at)
            if end is not None and (best is None or end >= best.end):
                best = Found(end, phrase.meaning, "")
        return best and best._replace(words=" ".join(words[at : best.end]).replace(" ,", ","))

    def without(self, words: Sequence[str], *, but: PhraseBook[T] | None = None) -> list[str]:
        """The words that are in no phrase of this book, and those of the phrases of `but`."""
        left: list[str] = []
        at = 0
        while at < len(words):
            kept = but and but.find(words, at)
            if kept:
                left.extend(words[at : kept.end])
                at = kept.end
            elif found := self.find(words, at):
                at = found.end
            else:
                push(left, words[at])
                at += 1
        return left

    def _add(self, steps: list[_Word], meaning: T) -> None:
        starts_clause = steps[0].choices == {"^"}
        phrase = _Phrase(tuple(steps[starts_clause:]), meaning, starts_clause)
        for step in phrase.steps:
            for first in step.choices:
                self._by_first_word[first].append(phrase)
            if not step.optional:
                break

    def _step(self, written: str) -> _Word:
        if written in ("..", "$"):
            return _GAP if written == ".." else _END
        optional = written.startswith("[")
        written = written.strip("[]")
        if written.startswith("{"):
            return _Word(self._classes[written], optional)
        if written in ("^", _COMMA, _ASKS):
            return _Word(frozenset({written}), optional)
        return _Word(_choices(written), optional)


@cache
def _choices(written: str) -> Set[str]:
    """The words between the slashes; the same few are written in hundreds of phrases."""
    return frozenset(word for choice in written.split("/") for word in plain_words(choice))


def _has_words(phrase: str) -> str:
    if not set(plain_words(phrase)) - BORDERS:
        raise ValueError("a phrase needs a word or an emoji")
    return phrase


TenantPhrase = Annotated[str, Field(max_length=100), AfterValidator(_has_words)]
"""A phrase that a tenant writes: no sign in it has a special meaning, case and accents do not
matter."""

TenantPhrases = Annotated[tuple[TenantPhrase, ...], Field(max_length=200)]


COURTESIES: Final = """
        hola | holi | holis | ola | buenos días | buen día | buenas tardes | buenas noches |
        buena tarde | buenas | wenas | saludos | saludos cordiales | estimado/estimada/estimados |
        apreciado/apreciada/apreciados | cómo está/estás/están/estan/esta ? | qué tal ? |
        cómo le va ? | como te va ? | cómo les va ? | cómo vas ? | cómo estás | cómo están |
        cómo le va | hola qué tal | qué hubo | qué más parce | aló | oye | oiga | oigan | mira |
        mire | disculpe | disculpa | disculpen | perdón | perdone | perdona | por favor | plis |
        de favor | señor | señora | señorita | señores | don | doña | seño | amigo | amiga |
        amigos | pana | bro | brother | parce | parcero | causa | hermano | hermana | mano | man |
        wey | guey | güey | che | jefe | jefa | joven | doctor | doctora | doc | doctorcita |
        ingeniero | inge | licenciado | licenciada | lic | maestro | reina | veci | vecino |
        vecina | mija | mijo | mi amor | amor | corazón | linda | bella |
        mi estimado/estimada/rey/reina/vida/señor | caballero | compa | pues | pos | po | pe | ps |
        pss | la verdad | la verdad es que | la neta | sinceramente | honestamente | fíjese |
        fíjese que | fíjate | fíjate que | mmm | mm | eh | em | ehh | uy | ay | uff | uf | ah | oh |
        ahh | entonces | nomás | nomas | lo siento | siento mucho | que pena con usted | qué pena |
        con usted/ustedes | con permiso | o sea | osea | yo creo | yo creo que | hi | hello | hey |
        good morning | good afternoon | good evening | please | sir | maam | well | um | hmm |
        sorry | guys | dear | team | actually | honestly | oh | 😊 | 🙂 | 😅 | 😂 | 🤣 | 😄 | 😀 |
        😃 | 😆 | 😉 | ☺ | 😌 | 😇 | 🙈 | 😬 | 😭 | 😢 | 😔 | 😞 | 😕 | 🥺 | 😥 | 😎 | 🤗 | 😋 |
        😁 | ✨ | 🌸 | 🌹 | 🌺 | 🌷 | 💐 | ☀ | 👋 | 😘 | 😚 | 🥲 | 😓 | 🙃 | ☹ | 🙁 | 🤭 | 😳 |
        😪 | 🤦 | 👀 | 🚗 | 🔧 | 💆 | 💼 | 🏃 | 📅 | 🗓 | 📍 | 📞 | 🎂 | 🎊 | 🇪 | 🇨 | 🇲 | 🇽 |
        🇴
        """
"""Phrases that say nothing by themselves and stand anywhere: greetings, courtesy, what people call
each other, faces."""
