"""What the API's description shows: requests that work with the seed's data, and answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from recado.api.description.routes import Answers, Example

CUSTOMER = {"customer_id": "customer-001"}
NEW_CUSTOMER = {"customer_id": "customer-100"}
VEHICLE = {"vehicle_id": "vehicle-100"}
REMINDER = {"reminder_id": "reminder-100"}
VISIT = {"appointment_id": "appointment-100"}
NOTIFICATION = {"notification_id": "ntf_01K6Z3TQ5V8N2M4R7P9W1X3Y5Z"}
COMMUNICATION = {"communication_id": "ntf_01K6Z3TQ5V8N2M4R7P9W1X3Y5Z"}
MESSAGE = {"message_id": "msg_01K6Z3TQ5V8N2M4R7P9W1X3Y5Z"}
TASK = {"task_id": "tsk_01K6Z3TQ5V8N2M4R7P9W1X3Y5Z"}
TEMPLATE = {"template_id": "mantenimiento-preventivo.phase-schedule.clients.sms.es"}
ORCHESTRATION = {"orchestration_id": "mantenimiento-preventivo.clients"}
RARELY_USED = {"orchestration_id": "avaluo-mg.staff"}

IN_FORCE = {
    "service_type_id": "mantenimiento-preventivo",
    "phase_id": "phase-schedule",
    "channel": "whatsapp",
}
APPOINTMENT = {
    "nombre": "Carlos Mendoza",
    "placa": "ABC123",
    "vehiculo": "Haval H6 2024",
    "fecha": "20 de Enero, 2026",
    "hora": "14:30",
}
PERSON = {
    "name": "Lucía Paredes",
    "email": "lucia.paredes@example.com",
    "phone": "+593991234100",
    "locale": "es",
}
CAR = {
    "customer_id": "customer-001",
    "plate": "PDF1234",
    "make": "Haval",
    "model": "H6",
    "year": 2024,
    "mileage": 14200,
}
OIL_CHANGE = {
    "customer_id": "customer-001",
    "vehicle_id": "vehicle-100",
    "service_type_id": "mantenimiento-preventivo",
    "due_on": "2026-07-20",
    "due_mileage": 20000,
}
SMS = {"channel": "sms", "text": "{{Nombre}}, su cita es el {{Fecha}} a las {{Hora}}. {{Taller}}"}
SHORTER_SMS = {"channel": "sms", "text": "{{Nombre}}: cita el {{Fecha}}, {{Hora}}. {{Taller}}"}
PUSH_ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABhZ2V0"
BROWSER = {
    "endpoint": PUSH_ENDPOINT,
    "expirationTime": None,
    "keys": {
        "p256dh": (
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
FILE = (
    "customer_id,nombre,correo,teléfono\ncustomer-101,Ana Vera,ana.vera@example.com,+593991234101\n"
)

EXAMPLES: Mapping[str, Example] = {
    # Notifications
    "dispatchEvent": Example(
        {
            "event_type": "appointment_scheduled",
            "service_type_id": "mantenimiento-preventivo",
            "phase_id": "phase-schedule",
            "customer_id": "customer-001",
            "target": "clients",
            "context": APPOINTMENT,
        }
    ),
    "sendTestMessage": Example({"channel": "email", "to": "someone@example.com"}),
    "readNotification": Example(path=NOTIFICATION),
    "cancelNotification": Example(path=NOTIFICATION),
    "cancelByKey": Example({"key": "order-4711"}),
    # Templates
    "createTemplate": Example(
        {
            "service_type_id": "mantenimiento-preventivo",
            "phase_id": "phase-schedule",
            "target": "clients",
            "locale": "es",
            "name": "Cita de mantenimiento",
            "content": SMS,
        }
    ),
    "getTemplate": Example(path=TEMPLATE),
    "replaceTemplate": Example({"content": SHORTER_SMS}, path=TEMPLATE),
    "patchTemplate": Example({"name": "Cita de mantenimiento, corta"}, path=TEMPLATE),
    "archiveTemplate": Example(path=TEMPLATE),
    "listTemplateVersions": Example(path=TEMPLATE),
    "getTemplateVersion": Example(path={**TEMPLATE, "version": "1"}),
    "publishTemplate": Example({"version": 1}, path=TEMPLATE),
    "rollBackTemplate": Example(path=TEMPLATE),
    "diffTemplate": Example(path=TEMPLATE, query={"from": 1, "to": 2}),
    "previewTemplate": Example({**IN_FORCE, "context": APPOINTMENT}),
    "explainTemplate": Example(query=IN_FORCE),
    # Orchestration
    "createOrchestration": Example(
        {
            "service_type_id": "avaluo-mg",
            "target": "staff",
            "matrix": {"phase-schedule": {"whatsapp": True, "email": False}},
        }
    ),
    "readOrchestration": Example(path=ORCHESTRATION),
    "replaceOrchestration": Example(
        {
            "service_type_id": "mantenimiento-preventivo",
            "target": "clients",
            "matrix": {"phase-schedule": {"whatsapp": True, "email": True, "push": False}},
        },
        path=ORCHESTRATION,
    ),
    "changeOrchestration": Example(
        {"matrix": {"phase-delivery": {"push": True}}}, path=ORCHESTRATION
    ),
    "deleteOrchestration": Example(path=RARELY_USED),
    "updateOrchestrationMatrix": Example(
        {"matrix": {"phase-schedule": {"whatsapp": True, "email": True}}}, path=ORCHESTRATION
    ),
    "initializeOrchestrationPhases": Example(
        {"channels": {"whatsapp": True, "email": False}}, path=ORCHESTRATION
    ),
    # Customers
    "createCustomer": Example({**NEW_CUSTOMER, **PERSON}),
    "readCustomer": Example(path=CUSTOMER),
    "replaceCustomer": Example(PERSON, path=NEW_CUSTOMER),
    "changeCustomer": Example({"phone": None}, path=NEW_CUSTOMER),
    "deleteCustomer": Example(path=NEW_CUSTOMER),
    "readCustomerPreferences": Example(path=CUSTOMER),
    "activateWhatsApp": Example(path=CUSTOMER),
    "updateCustomerPreferences": Example(
        {
            "preferences": [
                {"channel": "email", "priority": 1, "enabled": True},
                {"channel": "whatsapp", "priority": 2, "enabled": False},
            ]
        },
        path=NEW_CUSTOMER,
    ),
    "listCustomerVehicles": Example(path=CUSTOMER),
    "listCustomerReminders": Example(path=CUSTOMER),
    "importCustomers": Example({"csv": FILE}, csv=FILE),
    "readCustomerTask": Example(path=TASK),
    "exportCustomer": Example(path=CUSTOMER),
    "eraseCustomer": Example(path=NEW_CUSTOMER),
    # Vehicles and reminders
    "createVehicle": Example({**VEHICLE, **CAR}),
    "readVehicle": Example(path=VEHICLE),
    "replaceVehicle": Example(CAR, path=VEHICLE),
    "changeVehicle": Example({"mileage": 15100}, path=VEHICLE),
    "deleteVehicle": Example(path=VEHICLE),
    "createReminder": Example({**REMINDER, **OIL_CHANGE}),
    "readReminder": Example(path=REMINDER),
    "replaceReminder": Example(OIL_CHANGE, path=REMINDER),
    "changeReminder": Example({"due_on": "2026-08-03"}, path=REMINDER),
    "deleteReminder": Example(path=REMINDER),
    "completeReminder": Example({"completed_on": "2026-07-18", "mileage": 19850}, path=REMINDER),
    # Appointments
    "readAppointment": Example(path=VISIT),
    "putAppointment": Example(
        {
            "customer_id": "customer-001",
            "service_type_id": "mantenimiento-preventivo",
            "starts_at": "2026-01-20T14:30:00-05:00",
            "duration_minutes": 60,
            "context": {"placa": "ABC123", "vehiculo": "Haval H6 2024"},
        },
        path=VISIT,
    ),
    "cancelAppointment": Example(path=VISIT),
    # Web push
    "subscribeToPush": Example({**CUSTOMER, "subscription": BROWSER}),
    "unsubscribeFromPush": Example({**CUSTOMER, "endpoint": PUSH_ENDPOINT}),
    "readPushStatus": Example(path=CUSTOMER),
    # Communications
    "sendCommunication": Example(
        {
            "application_id": "application-17",
            "candidate_id": "candidate-42",
            "phone": "573001234567",
            "template_name": "contacto_inicial",
            "template_variables": ["Nombre", "Consultor", "Cargo"],
        }
    ),
    "summariseCandidate": Example(path={"candidate_id": "candidate-42"}),
    "readCommunication": Example(path=COMMUNICATION),
    "retryCommunication": Example(path=COMMUNICATION),
    "markAsRead": Example(path=MESSAGE),
    "showTyping": Example(path=MESSAGE),
    # From service to service
    "syncCustomers": Example(
        {
            "customer_id": "customer-001",
            "name": "Carlos Mendoza",
            "email": "carlos@example.com",
            "phone": "+593991234567",
        }
    ),
    "syncVehicles": Example(
        {
            "vehicle_id": "vehicle-001",
            "customer_id": "customer-001",
            "plate": "ABC123",
            "make": "Haval",
            "model": "H6",
            "year": 2024,
        }
    ),
    "readTaskStatus": Example(path=TASK),
}
"""By the operations' ids; one that takes neither body nor required parameters needs none."""

ANSWERS: Mapping[str, Answers] = json.loads(
    Path(__file__).with_name("answers.json").read_text(encoding="utf-8")
)
"""By the operations' ids; one that answers without a body has none."""
