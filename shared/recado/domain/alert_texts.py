"""What the team reads of an alert, in Spanish or English: what is so, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from recado.domain.alerts import Alert, AlertKind, News
from recado.domain.dates_in_words import day_in_words, time_in_words
from recado.domain.model import Model


class AlertWords(Model):
    """An alert in a person's language, one line each."""

    title: str
    detail: str
    action: str


class _Texts(NamedTuple):
    title: str
    detail: str
    action: str


_SPANISH: Mapping[AlertKind, _Texts] = {
    AlertKind.TOO_MANY_FAILED: _Texts(
        "Demasiados mensajes fallidos",
        "En las últimas 24 horas no llegaron {failed} de {ended} mensajes.",
        "Revise los mensajes fallidos y su motivo con recado log --state failed.",
    ),
    AlertKind.NOTHING_SENT: _Texts(
        "Hoy no se ha enviado nada",
        "En un día como hoy suele haber mensajes desde las {usual}, y todavía no hay ninguno.",
        "Compruebe que el sistema que informa de citas y trabajos siga enviando eventos.",
    ),
    AlertKind.TOKEN_EXPIRES: _Texts(
        "Un token de acceso está por vencer",
        "El token de la cuenta {account} vence el {day}.",
        "Genere un token nuevo en el proveedor y guárdelo en la cuenta junto con su vencimiento.",
    ),
    AlertKind.TEMPLATE_STOPPED: _Texts(
        "WhatsApp no acepta una plantilla",
        "La plantilla {template} de la cuenta {account} está en estado {status}.",
        "Vea el motivo en el administrador de WhatsApp y corrija o cambie la plantilla.",
    ),
    AlertKind.TEMPLATE_QUALITY: _Texts(
        "Una plantilla tiene calidad baja",
        "La calidad de la plantilla {template} de la cuenta {account} es {status}.",
        "Revise a quién y cuándo se envía: si sigue así, el proveedor la pausará.",
    ),
    AlertKind.ACCOUNT_QUALITY: _Texts(
        "El proveedor limita una cuenta",
        "La cuenta {account} está limitada o bajó de calidad ({status}).",
        "Vea el motivo en el panel del proveedor y envíe menos hasta que se recupere.",
    ),
    AlertKind.ACCOUNT_DOWN: _Texts(
        "Una cuenta no funciona",
        "Por la cuenta {account} ({channel}) no sale ningún mensaje desde el {since}.",
        "Compruebe sus credenciales y el estado del proveedor.",
    ),
    AlertKind.DEAD_LETTERS: _Texts(
        "Hay mensajes que nadie pudo procesar",
        "En la cola {queue} esperan {messages} mensajes.",
        "Vea el motivo con recado redrive y devuélvalos a su cola cuando esté corregido.",
    ),
    AlertKind.BUDGET_EXHAUSTED: _Texts(
        "Se agotó el presupuesto del mes",
        "Se gastaron {spent} de {budget} {currency} en mensajes.",
        "Aumente el presupuesto o espere al próximo mes: los canales con costo están detenidos.",
    ),
}

_ENGLISH: Mapping[AlertKind, _Texts] = {
    AlertKind.TOO_MANY_FAILED: _Texts(
        "Too many failed messages",
        "In the last 24 hours {failed} of {ended} messages did not arrive.",
        "Look at the failed messages and their reasons with recado log --state failed.",
    ),
    AlertKind.NOTHING_SENT: _Texts(
        "Nothing was sent today",
        "On a day like this there are messages by {usual} as a rule, and there is none yet.",
        "Check that the system that tells of appointments and work still sends events.",
    ),
    AlertKind.TOKEN_EXPIRES: _Texts(
        "An access token is about to expire",
        "The token of account {account} expires on {day}.",
        "Make a new token at the provider and put the account again with it and its expiry.",
    ),
    AlertKind.TEMPLATE_STOPPED: _Texts(
        "WhatsApp does not take a template",
        "Template {template} of account {account} is in status {status}.",
        "See the reason in the WhatsApp Manager, and mend or replace the template.",
    ),
    AlertKind.TEMPLATE_QUALITY: _Texts(
        "A template has low quality",
        "The quality of template {template} of account {account} is {status}.",
        "Review to whom and when it goes: if it stays so, the provider will pause it.",
    ),
    AlertKind.ACCOUNT_QUALITY: _Texts(
        "The provider limits an account",
        "Account {account} is limited, or its quality dropped ({status}).",
        "See the reason in the provider's console, and send less until it recovers.",
    ),
    AlertKind.ACCOUNT_DOWN: _Texts(
        "An account does not work",
        "No message has gone out by account {account} ({channel}) since {since}.",
        "Check its credentials and the provider's state.",
    ),
    AlertKind.DEAD_LETTERS: _Texts(
        "There are messages that nobody could process",
        "{messages} messages wait in the queue {queue}.",
        "See why with recado redrive, and move them back when that is mended.",
    ),
    AlertKind.BUDGET_EXHAUSTED: _Texts(
        "The month's budget is used up",
        "{spent} of {budget} {currency} were spent on messages.",
        "Raise the budget or wait for next month: channels that cost something have stopped.",
    ),
}

_EXPIRED = {
    "es": ("Un token de acceso venció", "El token de la cuenta {account} venció el {day}."),
    "en": ("An access token has expired", "The token of account {account} expired on {day}."),
}
_OVER = {
    "es": _Texts("Resuelto: {title}", "Ya no ocurre desde el {since}.", "No tiene que hacer nada."),
    "en": _Texts("Solved: {title}", "It is over since {since}.", "There is nothing to do."),
}


def words_of(alert: Alert, locale: str, zone: ZoneInfo) -> AlertWords:
    """What an alert is about, in a language; Spanish for whom we know no other.

    Times are those of the zone.
    """
    language = _language(locale)
    texts = (_ENGLISH if language == "en" else _SPANISH)[alert.kind]
    values = {**alert.facts, "since": _moment(alert.began_at, language, zone)}
    if alert.kind is AlertKind.TOKEN_EXPIRES:
        at = datetime.fromisoformat(alert.facts["at"])
        values["day"] = day_in_words(at.astimezone(zone).date(), language)
        if alert.facts["expired"]:
            title, detail = _EXPIRED[language]
            texts = texts._replace(title=title, detail=detail)
    return _filled(texts, values)


def news_of(alert: Alert, locale: str, zone: ZoneInfo) -> AlertWords:
    """What the team is to be told of an alert: as `words_of`, or that it is over."""
    about = words_of(alert, locale, zone)
    if alert.news is not News.CLEARED:
        return about
    language = _language(locale)
    since = _moment(alert.cleared_at, language, zone)
    return _filled(_OVER[language], {"title": about.title, "since": since})


def _filled(texts: _Texts, values: Mapping[str, str]) -> AlertWords:
    title, detail, action = (text.format_map(values) for text in texts)
    return AlertWords(title=title, detail=detail, action=action)


def _language(locale: str) -> str:
    return "en" if locale[:2].casefold() == "en" else "es"


def _moment(at: datetime | None, language: str, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone)
    day, clock = day_in_words(local.date(), language), time_in_words(local)
    return f"{day}, {clock}" if language == "en" else f"{day} a las {clock}"
