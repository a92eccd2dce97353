"""Hear what a person says to an appointment by a button under its reminder."""

from __future__ import annotations

from recado.domain.appointments import CHANGE, CONFIRM
from recado.domain.errors import LostRaceError
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.sorting import sort_form
from recado.domain.templates import ButtonContent
from recado.domain.updates import InboundType
from recado.ports.appointments import AppointmentRepository
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository

CHOICES = frozenset({InboundType.TEXT, InboundType.BUTTON, InboundType.LIST})
"""Types by which a button can be pressed, or its words written."""


class AnswerAppointment:
    """Confirms appointments, and notes that somebody wants to change theirs."""

    def __init__(
        self,
        *,
        appointments: AppointmentRepository,
        configuration: ConfigurationRepository,
        clock: Clock,
    ) -> None:
        self._appointments = appointments
        self._configuration = configuration
        self._clock = clock

    def __call__(self, answered: Notification, received: Received) -> None:
        """Note what a message says to the appointment of the reminder that it answers.

        Twice changes nothing more. Whoever answers a reminder of a time that does not hold any
        more says nothing to the one that does.

        Raises
        ------
        LostRaceError
            The appointment changed meanwhile: try again at once.
        """
        mark = answered.appointment
        if mark is None or received.type not in CHOICES:
            return
        button = self._pressed(answered, received)
        if button is None:
            return
        stored = self._appointments.appointment(
            answered.tenant_id, answered.mode, mark.appointment_id
        )
        if stored is None or (stored.mark, stored.customer_id) != (mark, answered.recipient_id):
            return
        heard = stored.answered(button, received.at)
        if heard == stored:
            return
        changed = heard.model_copy(update={"updated_at": self._clock.now()})
        if not self._appointments.save_appointment(changed):
            raise LostRaceError

    def _pressed(self, answered: Notification, received: Received) -> str | None:
        """Which button it was: by what it tells, or by the words on it.

        A button of an approved template tells its own words unless it was approved with more. Some
        providers write buttons out as numbered lines: there their number says the same.
        """
        if received.payload in (CONFIRM, CHANGE):
            return received.payload
        said = sort_form(received.text)
        for step in answered.route:
            if step.channel is not received.channel or step.template_id is None:
                continue
            template = self._configuration.template_version(
                answered.tenant_id, step.template_id, step.template_version or 0
            )
            buttons: tuple[ButtonContent, ...] = getattr(
                template and template.content, "buttons", ()
            )
            answers = [button for button in buttons if button.payload is not None]
            for number, button in enumerate(answers, start=1):
                if said in (sort_form(button.title), str(number)):
                    return button.payload
        return None
