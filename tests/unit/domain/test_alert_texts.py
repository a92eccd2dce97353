"""The words of alerts: in Spanish and English, one line each, without a hole."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from recado.domain.alert_texts import news_of, words_of
from recado.domain.alerts import Alert, AlertKind, News
from tests.fakes.clock import NOON

ZONE = ZoneInfo("America/Guayaquil")
FACTS = {
    AlertKind.TOO_MANY_FAILED: {"failed": "12", "ended": "40"},
    AlertKind.NOTHING_SENT: {"usual": "09:00"},
    AlertKind.TOKEN_EXPIRES: {
        "account": "wa",
        "at": (NOON + timedelta(days=5)).isoformat(),
        "expired": "",
    },
    AlertKind.TEMPLATE_STOPPED: {"account": "wa", "template": "cita (es)", "status": "PAUSED"},
    AlertKind.TEMPLATE_QUALITY: {"account": "wa", "template": "cita (es)", "status": "RED"},
    AlertKind.ACCOUNT_QUALITY: {"account": "wa", "status": "FLAGGED"},
    AlertKind.ACCOUNT_DOWN: {"account": "wa", "channel": "whatsapp"},
    AlertKind.DEAD_LETTERS: {"queue": "inbound", "messages": "2"},
    AlertKind.BUDGET_EXHAUSTED: {"spent": "9.99", "budget": "10.00", "currency": "USD"},
}


def an_alert(kind: AlertKind, **changes: object) -> Alert:
    alert = Alert(tenant_id="andinos", kind=kind, facts=FACTS[kind], began_at=NOON, raised_at=NOON)
    return alert.model_copy(update=changes)


@pytest.mark.parametrize("locale", ["es", "es-EC", "en", "EN-us", "pt"])
@pytest.mark.parametrize("kind", AlertKind)
def test_every_alert_has_words_of_one_line_that_say_its_facts(kind: AlertKind, locale: str) -> None:
    words = words_of(an_alert(kind), locale, ZONE)

    for text in (words.title, words.detail, words.action):
        assert text
        assert "\n" not in text
        assert not {"{", "}"} & set(text)
    for name in FACTS[kind].keys() - {"at", "expired"}:
        assert FACTS[kind][name] in words.detail
    # A subject line with a title in front of it.
    assert len(words.title) <= 60


def test_the_language_is_the_readers_and_spanish_for_others() -> None:
    told = {
        locale: words_of(an_alert(AlertKind.NOTHING_SENT), locale, ZONE).title
        for locale in ("es-EC", "en-US", "pt")
    }

    spanish = "Hoy no se ha enviado nada"
    assert told == {"es-EC": spanish, "en-US": "Nothing was sent today", "pt": spanish}


def test_times_are_those_of_the_tenant() -> None:
    token = words_of(an_alert(AlertKind.TOKEN_EXPIRES), "es", ZONE)
    down = words_of(an_alert(AlertKind.ACCOUNT_DOWN), "en", ZONE)

    assert "7 de marzo de 2026" in token.detail
    assert "2 March 2026, 07:00" in down.detail


def test_a_token_that_has_expired_is_not_about_to() -> None:
    facts = {**FACTS[AlertKind.TOKEN_EXPIRES], "expired": "yes"}

    words = words_of(an_alert(AlertKind.TOKEN_EXPIRES, facts=facts), "es", ZONE)

    assert words.title == "Un token de acceso venció"
    assert "venció el 7 de marzo" in words.detail


@pytest.mark.parametrize("kind", AlertKind)
def test_what_is_over_is_told_as_that_and_asks_for_nothing(kind: AlertKind) -> None:
    over = an_alert(kind, news=News.CLEARED, cleared_at=NOON)

    spanish, english = news_of(over, "es", ZONE), news_of(over, "en", ZONE)

    assert spanish.title == f"Resuelto: {words_of(over, 'es', ZONE).title}"
    assert english.title == f"Solved: {words_of(over, 'en', ZONE).title}"
    assert "2 de marzo de 2026 a las 07:00" in spanish.detail
    assert (spanish.action, english.action) == (
        "No tiene que hacer nada.",
        "There is nothing to do.",
    )
