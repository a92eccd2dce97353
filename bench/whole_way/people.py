"""The benchmark's people; both sides know the same, each gets one message only."""

from __future__ import annotations

LIKE = "customer-001"
"""The seeded customer whom they resemble."""


def customer_id(number: int) -> str:
    """The id of one of them, counted from 0."""
    return f"whole-{number:05d}"


def phone(number: int) -> str:
    """The number at which WhatsApp finds them."""
    return f"+59399{number:07d}"
