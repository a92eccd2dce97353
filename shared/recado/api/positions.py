"""Cursors of lists that are sorted by something and by id."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from recado.api.cursors import from_cursor
from recado.domain.errors import UnprocessableError
from recado.domain.sorting import Position

LONGEST_SORT_KEY = 1000
"""Bytes; a sort key of DynamoDB ends at 1024."""

Cursor = Annotated[
    str | None, Query(max_length=3000, description="`next_cursor` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many a page has at most.")]


def position_of(cursor: str | None) -> Position | None:
    """Where a page begins.

    Raises
    ------
    UnprocessableError
        The cursor is none of ours.
    """
    parts = from_cursor(cursor, 2)
    if parts is None:
        return None
    sorted_by, thing_id = parts
    if len(f"{sorted_by}{thing_id}".encode()) > LONGEST_SORT_KEY:
        raise UnprocessableError("this cursor is none that a page gave", field="cursor")
    return sorted_by, thing_id
