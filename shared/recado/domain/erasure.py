"""What is left in the log of a person who was erased: what happened, and to nobody."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import uuid4

from recado.domain.delivery import Change
from recado.domain.directory import Address, Suppression
from recado.domain.errors import InvalidValueError
from recado.domain.model import Model
from recado.domain.notification import (
    Attempt,
    CommunicationDetails,
    HistoryEntry,
    Notification,
    RouteStep,
    State,
)

ERASED_PREFIX = "erased_"
"""Of the ids that stand for nobody."""

_PSEUDONYM = re.compile(rf"{ERASED_PREFIX}[0-9a-f]{{32}}")

ERASED = "erased"
"""Stands where an address stood, and as the reason why nothing is sent any more."""


class Erasure(Model):
    """Who is to be erased, and what stands for them in the log from then on.

    The same pseudonym each time, however often the erasure is begun again.
    """

    customer_id: str
    pseudonym: str


class DayErasure(Model):
    """A day of which the events about an erased person are to go.

    Parameters
    ----------
    ids
        Of the person and of their conversations.
    addresses
        At which nobody else is reached.
    """

    day: date
    ids: tuple[str, ...]
    addresses: tuple[str, ...]


def new_pseudonym() -> str:
    """What stands for a person in the log from now on; nothing leads back from it."""
    return f"{ERASED_PREFIX}{uuid4().hex}"


def is_erased(notification: Notification) -> bool:
    """Whether the person whom a notification was for was erased."""
    return _PSEUDONYM.fullmatch(notification.recipient_id) is not None


def refuse_pseudonym(person_id: str) -> str:
    """An id that a client gives a person, who must not be taken for an erased one.

    Raises
    ------
    InvalidValueError
        It begins like the ids that stand for nobody.
    """
    if person_id.startswith(ERASED_PREFIX):
        raise InvalidValueError(
            "ids that begin with '{prefix}' stand for people who were erased", prefix=ERASED_PREFIX
        )
    return person_id


def without_person(notification: Notification, pseudonym: str, now: datetime) -> Notification:
    """A notification as it counts, without whom it was for and what it said.

    What was still to be sent is cancelled. What waits for a receipt, or was left by a worker that
    died, comes to its own end; its deadline has passed, so that nothing more is tried after it.
    """
    told = notification.communication
    blank = notification.model_copy(
        update={
            "recipient_id": pseudonym,
            "context": {},
            "route": tuple(_step(step) for step in notification.route),
            "decisions": tuple(
                decision.model_copy(update={"detail": ""}) for decision in notification.decisions
            ),
            "detail": "",
            "key": None,
            "appointment": None,
            "communication": told and CommunicationDetails(message_type=told.message_type),
            "reply": notification.reply and notification.reply.model_copy(update={"text": ""}),
            "provider_message_id": None,
            "deadline": min(notification.deadline, now),
        }
    )
    return _cancelled(blank, now)


def without_subject(notification: Notification, now: datetime) -> Notification:
    """A notification to the tenant's team without the customer whom it told of.

    It stays the team's; what was still to be sent is cancelled, for it would say nothing now.
    """
    blank = notification.model_copy(
        update={
            "about_id": None,
            "context": {},
            "route": tuple(
                step.model_copy(update={"message": None}) for step in notification.route
            ),
            "reply": notification.reply and notification.reply.model_copy(update={"text": ""}),
            "deadline": min(notification.deadline, now),
        }
    )
    return _cancelled(blank, now)


def _cancelled(blank: Notification, now: datetime) -> Notification:
    if blank.state in (State.PENDING, State.QUEUED):
        return blank.ended(now, State.CANCELLED, reason=ERASED)
    is_over = blank.state in (State.FAILED, State.SENT, State.DELIVERED)
    return blank.model_copy(update={"due_at": None}) if is_over else blank


def without_words(change: Change) -> Change:
    """A change as it may be stored: one of an erased person's notification says how far it came,
    and nothing in a provider's words, some of whose message ids hold the phone."""
    if not is_erased(change.notification):
        return change
    silent = {"provider_message_id": None, "detail": ""}
    return Change(
        notification=change.notification.model_copy(update=silent),
        attempt=change.attempt and attempt_without_person(change.attempt),
        history=change.history and entry_without_person(change.history),
    )


def _step(step: RouteStep) -> RouteStep:
    address = Address(channel=step.address.channel, value=ERASED)
    return step.model_copy(update={"address": address, "message": None})


def attempt_without_person(attempt: Attempt) -> Attempt:
    """An attempt as it counts: some providers' message ids hold the phone that they went to."""
    return attempt.model_copy(update={"provider_message_id": None, "detail": ""})


def entry_without_person(entry: HistoryEntry) -> HistoryEntry:
    """A history entry without what a provider said in its own words."""
    return entry.model_copy(update={"detail": ""})


def without_evidence(suppression: Suppression) -> Suppression:
    """A suppression that goes on to hold, since its key is a digest, and names nobody."""
    return suppression.model_copy(update={"address": "", "evidence": ERASED, "recipient_id": None})
