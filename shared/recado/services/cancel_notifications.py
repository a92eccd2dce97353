"""Cancel notifications that wait: one, some, or all that were planned under a key."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recado.domain.access import Caller
from recado.domain.cancellation import cancel
from recado.domain.errors import NotFoundError, TooLateError
from recado.domain.model import Model
from recado.domain.notification import Notification, State
from recado.ports.clock import Clock
from recado.ports.notifications import NotificationKey, NotificationRepository
from recado.services.change_stored import TRIES, changed_meanwhile

AT_ONCE = 100
MOST_AT_A_TIME = 1_000
"""How many one request looks at; its `next` leads to the others."""


class Cancelled(Model):
    """What became of the notifications under a key; `next` leads to more of them.

    Parameters
    ----------
    cancelled
        Those that are, now or since before.
    too_late
        Those that were sent, are being sent, or had ended otherwise, as they stand.
    """

    cancelled: tuple[Notification, ...]
    too_late: tuple[Notification, ...]
    next: str | None = None


class CancelNotifications:
    """Cancels what nobody wants sent any more. Twice changes nothing more."""

    def __init__(self, *, notifications: NotificationRepository, clock: Clock) -> None:
        self._notifications = notifications
        self._clock = clock

    def __call__(self, caller: Caller, notification_id: str) -> Notification:
        """Cancel a notification; gives it as it stands.

        Raises
        ------
        NotFoundError
            There is none of that id, or it is of the other mode or of another division.
        TooLateError
            It was sent, is being sent, or has ended otherwise. No other channel follows.
        ChangedMeanwhileError
            Others changed it each time.
        """
        stored = self._notifications.get(caller.tenant_id, notification_id)
        if stored is None or not _is_seen(stored, caller):
            raise NotFoundError("no such notification", field="notification_id")
        [left] = self._cancel(caller.tenant_id, [stored], why="")
        if left.state is not State.CANCELLED:
            raise TooLateError("too late to cancel it: it is {state}", state=left.state)
        return left

    def under_key(self, caller: Caller, key: str, *, after: str | None) -> Cancelled:
        """Cancel what was planned under a key, after an id where one is given.

        A caller's mode and division bound it. What is planned under the key while this runs may
        be left.

        Raises
        ------
        ChangedMeanwhileError
            Others changed some of it each time; the same request again cancels the rest.
        """
        left: list[Notification] = []
        for _ in range(0, MOST_AT_A_TIME, AT_ONCE):
            page = self._notifications.under_key(caller.tenant_id, key, after=after, limit=AT_ONCE)
            seen = [each for each in page.notifications if _is_seen(each, caller)]
            left += self._cancel(caller.tenant_id, seen, why="")
            after = page.next
            if after is None:
                break
        return Cancelled(
            cancelled=tuple(n for n in left if n.state is State.CANCELLED),
            too_late=tuple(n for n in left if n.state is not State.CANCELLED),
            next=after,
        )

    def these(self, tenant_id: str, notification_ids: Collection[str], *, why: str) -> None:
        """Cancel some notifications as far as they wait; `why` stands in their history.

        Raises
        ------
        ChangedMeanwhileError
            Others changed some of them each time.
        """
        self._cancel(tenant_id, self._as_they_are(tenant_id, notification_ids), why=why)

    def _cancel(
        self, tenant_id: str, read: Sequence[Notification], *, why: str
    ) -> list[Notification]:
        """Cancel what was read; gives all of it as it stands."""
        standing = {each.notification_id: each for each in read}
        waiting = read
        for _ in range(TRIES):
            now = self._clock.now()
            changes = [
                change for each in waiting if (change := cancel(each, now, why=why)) is not None
            ]
            stored = self._notifications.save(changes).stored
            standing |= stored
            lost = {change.notification.notification_id for change in changes} - stored.keys()
            if not lost:
                return list(standing.values())
            waiting = self._as_they_are(tenant_id, lost)
            standing |= {each.notification_id: each for each in waiting}
        raise changed_meanwhile()

    def _as_they_are(self, tenant_id: str, ids: Collection[str]) -> list[Notification]:
        keys = [NotificationKey(tenant_id=tenant_id, notification_id=each) for each in ids]
        return list(self._notifications.get_many(keys).values())


def _is_seen(notification: Notification, caller: Caller) -> bool:
    return notification.mode is caller.mode and caller.sees(notification.division)
