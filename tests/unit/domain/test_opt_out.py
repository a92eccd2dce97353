"""Which messages opt out of messages, and in again."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from recado.domain.opt_out import OptChoice, OptKeywords, classify_opt
from recado.domain.plain_words import MAX_LENGTH

OUT, IN, NONE = OptChoice.OPT_OUT, OptChoice.OPT_IN, OptChoice.NONE


class Reply(BaseModel):
    """A labelled reply."""

    text: str
    opt: OptChoice = NONE
    hard: bool = False


REPLIES = [
    Reply.model_validate(entry)
    for entries in yaml.safe_load(
        (Path(__file__).parents[2] / "data" / "replies.yaml").read_text(encoding="utf-8")
    ).values()
    for entry in entries
]


# The labelled replies


def test_there_are_at_least_120_labelled_wishes_and_lookalikes() -> None:
    assert sum(reply.opt is not NONE for reply in REPLIES) >= 120
    assert sum(reply.hard for reply in REPLIES) >= 80


@pytest.mark.parametrize("choice", [OUT, IN])
def test_97_percent_of_wishes_are_recognised_and_97_percent_of_those_recognised_are_wishes(
    choice: OptChoice,
) -> None:
    chosen = [reply for reply in REPLIES if classify_opt(reply.text).choice is choice]
    wished = [reply for reply in REPLIES if reply.opt is choice]
    right = [reply for reply in chosen if reply.opt is choice]
    wrong = [reply.text for reply in REPLIES if (reply in chosen) != (reply in wished)]

    assert len(right) / len(chosen) >= 0.97, wrong
    assert len(right) / len(wished) >= 0.97, wrong


def test_no_lookalike_is_taken_for_a_wish() -> None:
    lookalikes = [reply.text for reply in REPLIES if reply.hard]

    assert [text for text in lookalikes if classify_opt(text).choice is not NONE] == []


# Examples


@pytest.mark.parametrize(
    "keyword",
    [
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("OPT OUT", "opt-out", "BAJA", "ALTO", "PARAR", "CANCELAR SUSCRIPCIÓN", "DESUSCRIBIR"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "{}.", "¡{}!", ' "{}" ', "*{}*", "Hola, {} por favor"])
def test_a_keyword_opts_out_when_it_is_the_whole_message(keyword: str, around: str) -> None:
    verdict = classify_opt(around.format(keyword))

    assert verdict.choice is OUT
    assert verdict.evidence


@pytest.mark.parametrize("keyword", ["START", "UNSTOP", "SUBSCRIBE", "ALTA", "Suscribirme"])
def test_a_keyword_opts_in_again(keyword: str) -> None:
    assert classify_opt(keyword).choice is IN


@pytest.mark.parametrize(
    "text",
    [
        "no puedo parar de reír",
        "¿dónde queda la parada?",
        "quiero dar de baja mi carro viejo y comprar otro",
        "cancelar la cita",
        "stop by tomorrow?",
        "baja el precio",
        "alta gama",
        "¿baja?",
        "yes",
        "no",
        "",
    ],
)
def test_a_word_of_a_keyword_within_a_message_chooses_nothing(text: str) -> None:
    verdict = classify_opt(text)

    assert (verdict.choice, verdict.evidence) == (NONE, "")


@pytest.mark.parametrize("text", ["CANCELAR", "Cancelar por favor", "anular"])
def test_cancelar_means_the_appointment(text: str) -> None:
    assert classify_opt(text).choice is NONE


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Buenas, por favor no me escriban MÁS", "no me escriban mas"),
        ("dejen de mandarme mensajes", "dejen de mandarme"),
        ("Por favor quítenme de la lista", "quitenme de la lista"),
        ("No quiero recibir más mensajes suyos", "no quiero recibir mas mensajes"),
        ("please stop texting me", "stop texting"),
        ("could you remove me from your list", "remove me from your list"),
        ("unsubscribe me", "unsubscribe"),
    ],
)
def test_the_evidence_is_what_the_person_wrote(text: str, evidence: str) -> None:
    verdict = classify_opt(text)

    assert (verdict.choice, verdict.evidence) == (OUT, evidence)


@pytest.mark.parametrize(
    ("unlimited", "limited"),
    [
        ("no me escriban", "no me escriban hasta el lunes"),
        ("no me escriban más", "no me escriban más tan tarde"),
        ("no me llamen", "no me llamen, escríbanme por aquí"),
        ("don't text me", "don't text me before 9"),
        ("no quiero mensajes", "no quiero mensajes por la noche"),
    ],
)
def test_a_limited_wish_is_no_opt_out(unlimited: str, limited: str) -> None:
    assert classify_opt(unlimited).choice is OUT
    assert classify_opt(limited).choice is NONE


@pytest.mark.parametrize(
    ("wish", "turned"),
    [
        ("dejen de escribirme", "no dejen de escribirme"),
        ("quiero darme de baja", "no quiero darme de baja"),
        ("quítenme de la lista", "no me quiten de la lista"),
        ("stop texting me", "don't stop texting me"),
        ("no me escriban más", "por qué ya no me escriben más"),
    ],
)
def test_a_wish_that_is_turned_round_is_no_opt_out(wish: str, turned: str) -> None:
    assert classify_opt(turned).choice is NONE
    assert classify_opt(wish).choice is OUT


def test_of_two_wishes_the_last_one_counts() -> None:
    assert classify_opt("Dejen de escribirme. No, mejor quiero recibir mensajes").choice is IN
    assert classify_opt("Quiero recibir mensajes. No, no me escriban más").choice is OUT


def test_our_own_instructions_sent_back_are_no_wish() -> None:
    assert classify_opt("Para no recibir más mensajes responda BAJA").choice is NONE
    assert classify_opt("Reply STOP to unsubscribe").choice is NONE


# What a tenant configures


def test_a_tenants_keywords_count_as_whole_messages() -> None:
    keywords = OptKeywords(opt_out=("Cancelar",), opt_in=("Volver",))

    assert classify_opt("¡CANCELAR!", keywords).choice is OUT
    assert classify_opt("cancelar la cita", keywords).choice is NONE
    assert classify_opt("volver", keywords).choice is IN
    assert classify_opt("BAJA", keywords).choice is OUT


def test_a_tenant_can_take_a_keyword_away() -> None:
    keywords = OptKeywords(neither=("cancel",))

    assert classify_opt("Cancel", keywords).choice is NONE
    assert classify_opt("cancel my subscription", keywords).choice is OUT


@pytest.mark.parametrize("phrase", ["", "...", "x" * 101])
def test_a_tenants_keyword_without_words_or_too_long_is_refused(phrase: str) -> None:
    with pytest.raises(ValidationError):
        OptKeywords(opt_out=(phrase,))


# Properties


@given(
    st.sampled_from([reply.text for reply in REPLIES]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
)
def test_case_and_accents_never_matter(text: str, change: Callable[[str], str]) -> None:
    decomposed = unicodedata.normalize("NFD", change(text))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))

    assert classify_opt(change(text)) == classify_opt(text)
    assert classify_opt(bare) == classify_opt(text)


@given(st.sampled_from(["stop", "baja", "alto", "alta", "no mas"]), st.integers(3, 40), st.data())
def test_stretched_keywords_are_recognised(keyword: str, times: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(keyword) - 1))
    text = keyword[:at] + keyword[at] * times + keyword[at + 1 :]

    assert classify_opt(text) == classify_opt(keyword)


WORDS = st.sampled_from(sorted({word for reply in REPLIES for word in reply.text.split()}))


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)))
def test_any_text_is_read_and_every_wish_has_its_evidence(text: str) -> None:
    verdict = classify_opt(text)

    assert (verdict.choice is NONE) == (verdict.evidence == "")


@pytest.mark.parametrize("piece", ["a", "stop ", "no me escriban hoy ", "de la ", "?", "\ufdfa"])
def test_ten_thousand_repetitions_are_read_to_the_end(piece: str) -> None:
    assert classify_opt(piece * 10_000) == classify_opt(piece * 20_000)


def test_what_lies_beyond_the_longest_text_is_not_read() -> None:
    filling = "ab " * (MAX_LENGTH // 3)

    assert classify_opt(filling[:-40] + ". No me escriban más").choice is OUT
    assert classify_opt(filling + ". No me escriban más").choice is NONE
