"""What a reply says about a person's interest."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from recado.domain.interest import Interest, Keywords, Reason, classify_interest
from recado.domain.interest_phrases import ENGLISH, SPANISH, Language
from recado.domain.plain_words import MAX_LENGTH, PhraseBook, plain_words

INTERESTED, NOT_INTERESTED = Interest.INTERESTED, Interest.NOT_INTERESTED
QUESTION, UNKNOWN = Interest.QUESTION, Interest.UNKNOWN


class Reply(BaseModel):
    """A labelled reply."""

    text: str
    interest: Interest | None = None


REPLIES = {
    name: [Reply.model_validate(entry) for entry in entries]
    for name, entries in yaml.safe_load(
        (Path(__file__).parents[2] / "data" / "replies.yaml").read_text(encoding="utf-8")
    ).items()
}
TEXTS = [reply.text for replies in REPLIES.values() for reply in replies]


def accuracy(replies: list[Reply]) -> tuple[float, str]:
    """The share of replies that are understood, and what the others were taken for."""
    asked = [reply for reply in replies if reply.interest]
    confusion: Counter[tuple[str, str]] = Counter()
    wrong = []
    for reply in asked:
        verdict = classify_interest(reply.text)
        confusion[str(reply.interest), str(verdict.interest)] += 1
        if verdict.interest is not reply.interest:
            wrong.append(f"{reply.interest}, not {verdict.interest} [{verdict.phrase}]: {reply}")
    table = [f"{said} taken for {taken}: {n}" for (said, taken), n in sorted(confusion.items())]
    return 1 - len(wrong) / len(asked), "\n".join(table + wrong)


# The labelled replies


def test_there_are_at_least_300_labelled_replies() -> None:
    labelled = [r.interest for replies in REPLIES.values() for r in replies if r.interest]

    assert len(labelled) >= 300
    assert min(Counter(labelled).values()) >= 75


def test_95_percent_of_all_replies_are_understood() -> None:
    share, confusion = accuracy([reply for replies in REPLIES.values() for reply in replies])

    assert share >= 0.95, confusion


def test_80_percent_of_the_replies_that_no_rule_learnt_from_are_understood() -> None:
    share, confusion = accuracy(REPLIES["held_out_3"])

    assert share >= 0.80, confusion


# Examples


@pytest.mark.parametrize(
    ("text", "interest", "reason", "phrase"),
    [
        ("Sí, me interesa mucho", INTERESTED, Reason.PHRASE, "me interesa"),
        ("No me interesa", NOT_INTERESTED, Reason.NEGATED_PHRASE, "no me interesa"),
        ("no estoy disponible", NOT_INTERESTED, Reason.PHRASE, "no estoy"),
        ("eso no lo veo chévere", NOT_INTERESTED, Reason.NEGATED_PHRASE, "no … chevere"),
        ("¿Y el parqueadero?", QUESTION, Reason.QUESTION_MARK, "?"),
        ("cuanto sale", QUESTION, Reason.PHRASE, "cuanto"),
        ("El carro es azul", UNKNOWN, Reason.NOTHING_FOUND, ""),
        ("ok, luego le aviso", UNKNOWN, Reason.PHRASE, "luego le aviso"),
    ],
)
def test_a_verdict_says_which_words_decided(
    text: str, interest: Interest, reason: Reason, phrase: str
) -> None:
    verdict = classify_interest(text)

    assert (verdict.interest, verdict.reason, verdict.phrase) == (interest, reason, phrase)


@pytest.mark.parametrize(
    ("text", "interest"),
    [
        ("no tengo problema, me interesa", INTERESTED),
        ("sí lo vi pero no me interesa", NOT_INTERESTED),
        ("no, gracias", NOT_INTERESTED),
        ("no es que no quiera, ¿a qué hora?", QUESTION),
        ("me interesa aunque no puedo mañana", INTERESTED),
        ("aunque está caro, me interesa", INTERESTED),
        ("yes but not for me", NOT_INTERESTED),
        ("por qué no", INTERESTED),
        ("claro que no", NOT_INTERESTED),
        ("no sé si me interesa", UNKNOWN),
        ("ok, no puedo, gracias 👍", NOT_INTERESTED),
        ("???", QUESTION),
        ("", UNKNOWN),
        (" \n ", UNKNOWN),
    ],
)
def test_negation_reaches_as_far_as_its_clause_and_what_follows_pero_counts_more(
    text: str, interest: Interest
) -> None:
    assert classify_interest(text).interest is interest


@pytest.mark.parametrize(
    ("text", "interest"),
    [
        ("Me interesa, ¿cuánto pagan?", INTERESTED),
        ("Sí, ¿cuánto pagan?", QUESTION),
        ("Me interesa, pero ¿cuánto pagan?", QUESTION),
        ("No me interesa, ¿de dónde sacaron mi número?", NOT_INTERESTED),
    ],
)
def test_a_question_is_told_whatever_decided(text: str, interest: Interest) -> None:
    verdict = classify_interest(text)

    assert (verdict.interest, verdict.asks) == (interest, True)


def test_a_question_mark_in_a_link_asks_nothing() -> None:
    assert not classify_interest("sí, https://example.com/cv?id=7").asks


# What a tenant configures


def test_a_tenants_phrases_are_added_to_the_defaults() -> None:
    keywords = Keywords(interested=("Me mola",), not_interested=("mejor ni",), question=("precio",))

    assert classify_interest("ME MOLAAA", keywords).interest is INTERESTED
    assert classify_interest("no me mola", keywords).interest is NOT_INTERESTED
    assert classify_interest("uy, mejor ni", keywords).interest is NOT_INTERESTED
    assert classify_interest("dale", keywords).interest is INTERESTED
    assert classify_interest("me mola").interest is UNKNOWN


def test_a_tenants_phrases_can_replace_the_defaults() -> None:
    keywords = Keywords(replace_defaults=True, interested=("quiero",))

    assert classify_interest("quiero", keywords).interest is INTERESTED
    assert classify_interest("no quiero", keywords).interest is NOT_INTERESTED
    assert classify_interest("¿quiero?", keywords).asks
    assert classify_interest("dale", keywords).interest is UNKNOWN


def test_a_tenant_can_take_a_default_away_or_turn_it() -> None:
    assert classify_interest("listo", Keywords(unknown=("Listo",))).interest is UNKNOWN
    assert classify_interest("paso", Keywords(interested=("paso",))).interest is INTERESTED


@pytest.mark.parametrize("phrase", ["hola", "Buenas tardes", "¿hola?", "[hola]", "$hola^"])
def test_a_tenants_phrase_may_be_a_greeting_and_hold_any_sign(phrase: str) -> None:
    keywords = Keywords(interested=(phrase,))

    assert classify_interest(phrase.strip("¿?"), keywords).interest is INTERESTED


def test_punctuation_within_a_tenants_phrase_may_be_missing() -> None:
    keywords = Keywords(interested=("hola, activar",))

    assert classify_interest("Hola activar", keywords).interest is INTERESTED
    assert classify_interest("Hola, activar!", keywords).interest is INTERESTED


def test_a_tenant_can_leave_a_language_out() -> None:
    spanish = Keywords(languages=(Language.SPANISH,))

    assert classify_interest("sounds good").interest is INTERESTED
    assert classify_interest("sounds good", spanish).interest is UNKNOWN
    assert classify_interest("suena bien, dale", spanish).interest is INTERESTED


@pytest.mark.parametrize("phrase", ["", " ", "...", "¿?", "jajaja", "x" * 101])
def test_a_tenants_phrase_without_words_or_too_long_is_refused(phrase: str) -> None:
    with pytest.raises(ValidationError):
        Keywords(interested=(phrase,))


# The default phrases


def examples(block: str) -> Iterator[str]:
    """The phrases of a block in each of their forms, without those that leave words open."""
    for phrase in " ".join(block.split()).split("|"):
        if "{" in phrase or ".." in phrase:
            continue
        steps = [step.split("/") for step in phrase.split() if step[0] not in "^$["]
        for form in range(max(len(step) for step in steps)):
            yield " ".join(step[form % len(step)] for step in steps).replace(" ?", "?")


def test_a_default_phrase_alone_means_what_its_list_says() -> None:
    wrong = [
        (example, verdict)
        for block, meaning in (*SPANISH, *ENGLISH)
        for example in examples(block)
        if meaning.sense in (INTERESTED, NOT_INTERESTED, QUESTION)
        and (verdict := classify_interest(example)).interest != meaning.sense
    ]

    assert wrong == []


# Properties


def stretched(text: str) -> str:
    """A text in which every letter that stands alone is written four times."""
    bare = unicodedata.normalize("NFC", text)
    plain = [unicodedata.normalize("NFD", char)[0].casefold() for char in bare]
    edges = ["", *plain, ""]
    return "".join(
        char * 4 if char.isalpha() and edges[i] != edges[i + 1] != edges[i + 2] else char
        for i, char in enumerate(bare)
    )


@given(
    st.sampled_from(TEXTS),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase, stretched]),
)
def test_case_unicode_form_and_stretched_letters_never_matter(
    text: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"], change: Callable[[str], str]
) -> None:
    assert classify_interest(unicodedata.normalize(form, change(text))) == classify_interest(text)


@given(st.sampled_from(TEXTS))
def test_accents_never_matter(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))

    assert classify_interest(bare) == classify_interest(text)


@pytest.mark.parametrize("tone", ["", *map(chr, range(0x1F3FB, 0x1F400))])
@pytest.mark.parametrize("selector", ["", "\ufe0f"])
def test_skin_tones_and_variation_selectors_never_matter(tone: str, selector: str) -> None:
    assert classify_interest(f"👍{tone}{selector}").interest is INTERESTED
    assert classify_interest(f"👎{tone}{selector}").interest is NOT_INTERESTED


WORDS = st.sampled_from(sorted({word for text in TEXTS for word in text.split()}))


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)))
def test_any_text_is_read_and_every_verdict_has_its_reason(text: str) -> None:
    verdict = classify_interest(text)

    assert (verdict.reason is Reason.NOTHING_FOUND) == (verdict.phrase == "")
    if verdict.reason is Reason.NOTHING_FOUND:
        assert verdict.interest is UNKNOWN
    if verdict.interest is QUESTION:
        assert verdict.asks


@given(st.text(), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_any_keywords_that_are_accepted_are_used_without_an_error(
    text: str, phrases: list[str]
) -> None:
    accepted = tuple(phrase for phrase in phrases if set(plain_words(phrase)) - set(",.?¿"))
    keywords = Keywords(interested=accepted, replace_defaults=True)

    assert classify_interest(text, keywords).interest in Interest


# Cost


@pytest.mark.parametrize(
    "piece", ["a", "á", "1.", "ja", "?", "¿?", "👍🏽", "\ufdfa", "http://", "no ", "\n", "<3"]
)
def test_ten_thousand_repetitions_are_read_to_the_end(piece: str) -> None:
    words = plain_words(piece * 10_000)

    assert len(words) <= MAX_LENGTH
    assert classify_interest(piece * 10_000) == classify_interest(piece * 20_000)


def test_what_lies_beyond_the_longest_text_is_not_read() -> None:
    filling = "ab " * (MAX_LENGTH // 3)

    assert classify_interest(filling[:-20] + ", me interesa").interest is INTERESTED
    assert classify_interest(filling + ", me interesa").interest is UNKNOWN


class Watched(list[str]):
    """Words that count how often they are looked at."""

    looks = 0

    def __getitem__(self, index: object) -> object:  # type: ignore[override]
        self.looks += 1
        return super().__getitem__(index)  # type: ignore[index]


@pytest.mark.parametrize("row", ["a a b", "no me quiero", "a b", "me a a b"])
def test_each_further_word_takes_the_same_work(row: str) -> None:
    phrases = "{x} .. {x} .. {x} [a] [b] [a] $ | no .. me .. quiero .. no"
    book = PhraseBook([(phrases, 1)], {"x": "a b no me"})

    def work(times: int) -> int:
        words = Watched(row.split() * times)
        for at in range(len(words)):
            book.find(words, at)
        return words.looks

    assert work(200) > 0
    assert work(600) - work(400) == work(400) - work(200)
