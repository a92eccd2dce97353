"""What is left in the log of a person who was erased: what happened, and to nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from recado.domain.directory import Address, Suppression
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

ERASED = "erased"
"""Stands where an address stood, and as the reason why nothing is sent any more."""


class Erasure(Model):
    """Who is to be erased, and what stands for them in the log from then on.

    The same pseudonym each time, however often the erasure is begun again.
    """

    customer_id: str
    pseudonym: str


def new_pseudonym() -> str:
    """What stands for a person in the log from now on; nothing leads back from it."""
    return f"{ERASED_PREFIX}{uuid4().hex}"


def is_erased(notification: Notification) -> bool:
    """Whether the person whom a notification was for was erased."""
    return notification.recipient_id.startswith(ERASED_PREFIX)


def without_person(notification: Notification, pseudonym: str, now: datetime) -> Notification:
    """A notification as it counts, without whom it was for and what it said.

    What was still to be sent is cancelled. What a worker has in its hands, or waits for a receipt,
    comes to its own end; its deadline has passed, so that nothing more is tried after it.
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
            "communication": told and CommunicationDetails(message_type=told.message_type),
            "reply": notification.reply and notification.reply.model_copy(update={"text": ""}),
            "provider_message_id": None,
            "deadline": min(notification.deadline, now),
        }
    )
    if notification.state in (State.PENDING, State.QUEUED):
        return blank.ended(now, State.CANCELLED, reason=ERASED)
    return blank


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
