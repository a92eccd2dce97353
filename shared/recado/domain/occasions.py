"""Occasions on which Recado writes by itself: places for templates beside a service's phases.

They are no steps of a service, so no list of phases names them. A template for an occasion may
belong to a service type, or to `ANY_SERVICE`, which every type falls back to.
"""

from __future__ import annotations

from enum import StrEnum

ANY_SERVICE = "any"
"""In place of a service type's slug: whichever it is, or none at all."""


class Occasion(StrEnum):
    """What there is to write about."""

    MAINTENANCE_REMINDER = "maintenance-reminder"
    APPOINTMENT_REMINDER = "appointment-reminder"
    INTERVIEW_REMINDER = "interview-reminder"
    WHATSAPP_ACTIVATION = "whatsapp-activation"
    ALERT = "alert"


OCCASION_NAMES = {
    Occasion.MAINTENANCE_REMINDER: "Recordatorio de mantenimiento",
    Occasion.APPOINTMENT_REMINDER: "Recordatorio de cita",
    Occasion.INTERVIEW_REMINDER: "Recordatorio de entrevista",
    Occasion.WHATSAPP_ACTIVATION: "Activación de WhatsApp",
    Occasion.ALERT: "Aviso al equipo",
}
"""As a tenant's own phases are called: in the language of the people whose product this is."""
