"""What the API answers about customers as a whole: files of them, and all that is held on one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from recado.api.communication_views import CommunicationView
from recado.domain.appointments import AppointmentKind, AppointmentStatus
from recado.domain.channels import Channel
from recado.domain.customer_csv import Column
from recado.domain.directory import Recipient, SuppressionReason
from recado.domain.model import Model, RequestModel
from recado.domain.vehicles import ReminderStatus
from recado.services.accept_import import AcceptedImport
from recado.services.export_person import PersonExport

Header = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ImportRequest(RequestModel):
    """A file of customers in JSON; `columns` names the headers that are not understood alone."""

    csv: str = Field(examples=["Nombre completo;Celular\r\nCarlos Mendoza;+593991234567\r\n"])
    columns: Mapping[Column, Header] = Field(
        default_factory=dict, examples=[{"name": "Nombre completo"}]
    )


class ImportView(Model):
    """A file as it was understood, and the task that imports it.

    Of a file that was only checked, `task_id` and `status_url` are null.
    """

    task_id: str | None
    status_url: str | None
    total: int = Field(description="Customers in the file.")
    columns: Mapping[Column, str] = Field(description="Which header each column was found under.")
    ignored_columns: list[str] = Field(description="Headers that stand for nothing here.")

    @classmethod
    def of(cls, accepted: AcceptedImport, status_url: str | None) -> ImportView:
        """The view of a file."""
        return cls(
            task_id=accepted.task.task_id if accepted.task else None,
            status_url=status_url,
            total=len(accepted.file.rows),
            columns=accepted.file.columns,
            ignored_columns=list(accepted.file.ignored),
        )


class HeldAddressView(Model):
    """An address of a person."""

    channel: Channel
    value: str


class HeldPreferenceView(Model):
    """What a person wants of a channel."""

    channel: Channel
    priority: int
    enabled: bool


class HeldProfileView(Model):
    """What the directory holds on a person."""

    name: str
    locale: str | None
    time_zone: str | None
    division: str | None
    addresses: list[HeldAddressView]
    preferences: list[HeldPreferenceView]
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, person: Recipient) -> HeldProfileView:
        """The view of a person."""
        return cls.model_validate(person.model_dump())


class HeldVehicleView(Model):
    """A vehicle of a person."""

    vehicle_id: str
    plate: str
    make: str | None
    model: str | None
    year: int | None
    mileage: int | None
    mileage_on: date | None
    earlier_mileage: int | None
    earlier_mileage_on: date | None


class HeldReminderView(Model):
    """A reminder of a person."""

    reminder_id: str
    vehicle_id: str | None
    service_type: str
    description: str
    due_on: date | None
    due_mileage: int | None
    status: ReminderStatus
    completed_at: datetime | None
    last_reminded_on: date | None
    times_reminded: int


class HeldAppointmentView(Model):
    """An appointment of a person."""

    appointment_id: str
    kind: AppointmentKind
    service_type: str
    starts_at: datetime
    duration_minutes: int | None
    context: Mapping[str, str]
    status: AppointmentStatus
    answered_at: datetime | None


class HeldSuppressionView(Model):
    """An address that is not written to, and why."""

    channel: Channel
    address: str
    reason: SuppressionReason
    evidence: str
    created_at: datetime


class HeldConversationView(Model):
    """Under which names an account of ours knows a person."""

    conversation_id: str
    account_id: str
    channel: Channel
    name: str | None
    identities: list[str]
    started_at: datetime
    last_inbound_at: datetime | None


class PersonExportView(Model):
    """Everything that is held on a person.

    `profile` is null for somebody who is not in the directory. `messages` are those in both
    directions, newest first; `next_cursor` leads to those before them.
    """

    customer_id: str
    profile: HeldProfileView | None
    vehicles: list[HeldVehicleView]
    reminders: list[HeldReminderView]
    appointments: list[HeldAppointmentView]
    suppressions: list[HeldSuppressionView]
    conversations: list[HeldConversationView]
    messages: list[CommunicationView]
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        customer_id: str,
        export: PersonExport,
        messages: list[CommunicationView],
        next_cursor: str | None,
    ) -> PersonExportView:
        """The view of what is held."""
        return cls(
            customer_id=customer_id,
            profile=HeldProfileView.of(export.person) if export.person else None,
            vehicles=[HeldVehicleView.model_validate(v.model_dump()) for v in export.vehicles],
            reminders=[HeldReminderView.model_validate(r.model_dump()) for r in export.reminders],
            appointments=[
                HeldAppointmentView.model_validate(a.model_dump()) for a in export.appointments
            ],
            suppressions=[
                HeldSuppressionView.model_validate(s.model_dump()) for s in export.suppressions
            ],
            conversations=[
                HeldConversationView(
                    conversation_id=conversation.conversation_id,
                    account_id=conversation.account_id,
                    channel=conversation.channel,
                    name=conversation.name,
                    identities=[name.value for name in conversation.identities],
                    started_at=conversation.started_at,
                    last_inbound_at=conversation.last_inbound_at,
                )
                for conversation in export.conversations
            ],
            messages=messages,
            next_cursor=next_cursor,
        )
