"""By what time of a weekday a tenant has usually sent something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta

from recado.domain.model import Model

WEEKS = 4
"""How many weeks are looked back at."""

USUAL_OF = 3
"""On so many of the last weeks' same weekdays something must have been sent: one holiday does not
end a habit, and two Mondays make none."""


class SendingRhythm(Model):
    """When something was first seen sent on each of the last weeks' days.

    Parameters
    ----------
    first_sent
        The time of the tenant's clock, by the day; days without any are not there.
    version
        Counts the stored changes; 0 before the first.
    """

    tenant_id: str
    first_sent: Mapping[date, time] = {}
    version: int = 0

    def noted(self, day: date, at: time) -> SendingRhythm:
        """With the first of a day, and without the days that nobody asks for any more."""
        oldest = day - timedelta(weeks=WEEKS)
        kept = {each: when for each, when in self.first_sent.items() if each >= oldest}
        return self.model_copy(update={"first_sent": {**kept, day: at}})

    def usual_by(self, day: date) -> time | None:
        """By when something is sent on such a weekday; None where that is not usual.

        The earliest time by which something was sent on three of its last four.
        """
        before = (day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1))
        times = sorted(self.first_sent[each] for each in before if each in self.first_sent)
        return times[USUAL_OF - 1] if len(times) >= USUAL_OF else None
