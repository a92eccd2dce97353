"""Work on what people and providers tell us beside receipts, what is of one person in its order."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from recado.domain.account_states import learned_from
from recado.domain.errors import LostRaceError, without_message
from recado.domain.updates import (
    AccountUpdate,
    ContactUpdate,
    IdentityChange,
    InboundMessage,
    InboundUpdate,
    ReadUpTo,
)
from recado.ports.inbound import InboundDeadLetters, InboundDelivery, StateKeeper
from recado.services.follow_people import FollowPeople
from recado.services.take_in_message import TakeInMessage

logger = logging.getLogger(__name__)

MOST_RECEIVES = 4
"""What fails so often goes to the dead-letter queue by our own hand.

SQS would do it after five, and take with it all that waits behind it in its group, since that is
handed out and given back as often.
"""

TRIES = 3
"""How often an update is worked on at once when something else changed in between."""


class ReceiveInbound:
    """Works on batches of updates."""

    def __init__(
        self,
        *,
        messages: TakeInMessage,
        people: FollowPeople,
        states: StateKeeper,
        dead_letters: InboundDeadLetters,
    ) -> None:
        self._messages = messages
        self._people = people
        self._states = states
        self._dead_letters = dead_letters

    def __call__(self, deliveries: Sequence[InboundDelivery]) -> set[str]:
        """Work on updates; gives the ids of the messages that must come again.

        What follows a failed one in its group comes again with it, so that the order is kept;
        one that failed too often, or that nobody can read, is put aside and lets them pass.
        Working on one twice changes nothing more.
        """
        again: set[str] = set()
        stopped: set[str] = set()
        for delivery in deliveries:
            if delivery.group in stopped:
                again.add(delivery.message_id)
            elif not self._is_done_with(delivery):
                stopped.add(delivery.group)
                again.add(delivery.message_id)
        return again

    def _is_done_with(self, delivery: InboundDelivery) -> bool:
        update = delivery.update
        if update is not None and self._succeeds(update):
            return True
        if update is not None and delivery.receives < MOST_RECEIVES:
            return False
        extra = {"message_id": delivery.message_id, "kind": update.kind if update else "unreadable"}
        logger.error("an update was put aside", extra=extra)
        self._dead_letters.put(delivery)
        return True

    def _succeeds(self, update: InboundUpdate) -> bool:
        for _ in range(TRIES):
            try:
                self._work_on(update)
            except LostRaceError:
                continue
            except Exception as error:
                about = {"kind": update.kind, "tenant_id": update.tenant_id}
                extra = {**about, **without_message(error)}
                logger.error("an update could not be worked on", extra=extra)
                return False
            return True
        return False

    def _work_on(self, update: InboundUpdate) -> None:
        match update:
            case InboundMessage():
                self._messages(update)
            case IdentityChange():
                self._people.rename(update)
            case ContactUpdate():
                self._people.note(update)
            case ReadUpTo():
                self._people.mark_read(update)
            case AccountUpdate():
                state = learned_from(update)
                if state is not None:
                    self._states.learn(state)
