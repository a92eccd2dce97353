"""What the load test asks for, and how often; read by locust and by the report."""

from __future__ import annotations

DISPATCH = "POST events/dispatch/"
NOTIFICATION = "GET notifications/{id}/"
CUSTOMERS = "GET customers/"
CUSTOMER = "GET customers/{id}/"
CUSTOMER_CHANGE = "PATCH customers/{id}/"
TEMPLATES = "GET templates/"
PREVIEW = "POST templates/preview/"
RECENT = "GET analytics/recent/"
SUMMARY = "GET analytics/summary/"
COMMUNICATIONS = "GET communications/"

SHARES = {
    DISPATCH: 40,
    NOTIFICATION: 20,
    CUSTOMERS: 5,
    CUSTOMER: 5,
    CUSTOMER_CHANGE: 10,
    TEMPLATES: 3,
    PREVIEW: 2,
    RECENT: 5,
    SUMMARY: 5,
    COMMUNICATIONS: 5,
}
"""Per cent of the requests, by route."""

USERS = 4
CUSTOMERS_OF_A_USER = 10
"""Nobody else changes them, so no change is refused because another came between."""

WARM_UP_SECONDS = 15
SECONDS = 45

SERVICE_TYPES = (
    "avaluo-comercial",
    "averia-frenos",
    "averia-revision",
    "colision-pintura",
    "mantenimiento-preventivo",
)


def customer_ids(user: int) -> list[str]:
    """The customers of one of the users, counted from 0."""
    first = user * CUSTOMERS_OF_A_USER
    return [f"load-{number:03d}" for number in range(first, first + CUSTOMERS_OF_A_USER)]
