"""Moments as options name them."""

from __future__ import annotations

from datetime import UTC, datetime

from recado_cli.refusals import Refusal


def read_moment(text: str) -> datetime:
    """The moment that `2026-03-02` or `2026-03-02T15:30` is; in UTC unless it names an offset.

    Raises
    ------
    Refusal
        It is none.
    """
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refusal(f"'{text}' is no moment.", "Example: 2026-03-02T15:30") from None
