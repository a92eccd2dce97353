"""A workshop with appointments, ready to use."""

from __future__ import annotations

from dataclasses import dataclass

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.appointment_requests import AppointmentInput
from recado.domain.appointments import Appointment
from recado.domain.notification import Mode, Notification
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.templates import (
    ApprovedTemplate,
    ButtonContent,
    EmailContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.ports.notifications import NotificationKey
from recado.services.cancel_notifications import CancelNotifications
from recado.services.edit_appointments import EditAppointments, Put
from recado.services.read_appointments import ReadAppointments
from tests.fakes.people import FakePeople
from tests.unit.services.conftest import House
from tests.workshop import TENANT

CONTENTS: tuple[TemplateContent, ...] = (
    WhatsAppContent(
        text="{{Nombre}}, le esperamos.",
        buttons=(
            ButtonContent(title="Confirmar", payload="confirm_appointment"),
            ButtonContent(title="Necesito cambiarla", payload="change_appointment"),
        ),
        approved_template=ApprovedTemplate(
            name="recordatorio_cita", language="es", parameters=("Nombre",)
        ),
    ),
    EmailContent(subject="Su cita", text="Hola {{Nombre}}."),
)


def caller(mode: Mode = Mode.LIVE, division: str | None = None) -> Caller:
    """A key of the workshop, or of a division of it."""
    return Caller(
        key_id="k",
        tenant_id=TENANT.tenant_id,
        mode=mode,
        role=Role.DIVISION if division else Role.TENANT,
        scopes=frozenset(Scope),
        division=division,
    )


@dataclass
class Agenda:
    """The workshop's appointments, over a house whose directory has people."""

    house: House

    def __post_init__(self) -> None:
        house = self.house
        assert isinstance(house.directory, FakePeople)
        self.put_templates("es")
        self.edit = EditAppointments(
            appointments=house.appointments,
            people=house.directory,
            configuration=house.configuration,
            plan=house.plan,
            cancel=CancelNotifications(notifications=house.notifications, clock=house.clock),
            clock=house.clock,
        )
        self.read = ReadAppointments(appointments=house.appointments, people=house.directory)

    def put_templates(self, locale: str) -> None:
        """Store the templates of reminders in a language."""
        for occasion in (Occasion.APPOINTMENT_REMINDER, Occasion.INTERVIEW_REMINDER):
            for content in CONTENTS:
                slot = TemplateSlot(
                    service_type=ANY_SERVICE,
                    phase=occasion,
                    target=Target.CLIENTS,
                    channel=content.channel,
                    locale=locale,
                )
                template = Template(
                    tenant_id=TENANT.tenant_id, slot=slot, version=1, content=content
                )
                self.house.configuration.put_template(template)

    def put(self, who: Caller | None = None, **changes: object) -> Put:
        """Make or move the appointment `a-1`."""
        fields = {
            "customer_id": "customer-001",
            "service_type_id": "mantenimiento",
            "starts_at": "2026-03-05T09:00:00-05:00",
        }
        wanted = AppointmentInput.model_validate({**fields, **changes})
        return self.edit.put(who or caller(), "a-1", wanted, check=lambda _: None)

    def made(self, **changes: object) -> Appointment:
        """The same; gives the appointment."""
        return self.put(**changes).appointment

    def reminders(self, appointment: Appointment) -> list[Notification]:
        """The notifications of an appointment's reminders, the earliest first."""
        keys = [
            NotificationKey(tenant_id=appointment.tenant_id, notification_id=each)
            for each in appointment.planned
        ]
        found = self.house.notifications.get_many(keys).values()
        return sorted(found, key=lambda each: each.send_at or each.created_at)
