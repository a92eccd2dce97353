"""Pages of what an index lists in order: keys from the index, rows from the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recado.adapters.dynamodb import keys
from recado.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from recado.adapters.dynamodb.table import Item
    from recado.domain.sorting import Position

FIRST, LAST = "\t", "\U0010ffff"
"""Before and after every sort key of a list."""


@dataclass(frozen=True)
class Index:
    """An index of the directory, by its attributes."""

    name: str
    partition: str
    sort: str


BY_LISTING = Index("by_listing", "listing", "listing_sort")
BY_OWNER = Index("by_owner", "owner", "owner_sort")


def listed_rows(
    table: Table,
    index: Index,
    partition: str,
    *,
    row: str,
    low: str = FIRST,
    high: str = LAST,
    descending: bool = False,
    after: Position | None = None,
    limit: int,
) -> tuple[list[Item], Position | None]:
    """Up to `limit` rows of a list between two sort keys, and where to go on.

    Parameters
    ----------
    row
        Sort key under which the listed thing's row stands in its partition.
    """
    # The place after which the page begins may be gone, so it is a bound and no starting key.
    begin = keys.listed(after) if after else None
    if begin is not None and descending:
        high = min(high, begin)
    elif begin is not None:
        low = max(low, begin)
    if high < low:
        return [], None
    answer = table.client.query(
        TableName=table.name,
        IndexName=index.name,
        KeyConditionExpression="#partition = :partition AND #sort BETWEEN :low AND :high",
        ExpressionAttributeNames={"#partition": index.partition, "#sort": index.sort},
        ExpressionAttributeValues={
            ":partition": {"S": partition},
            ":low": {"S": low},
            ":high": {"S": high},
        },
        ScanIndexForward=not descending,
        Limit=limit + 2,
    )
    found = [(i[index.sort]["S"], i["pk"]["S"]) for i in answer["Items"]]
    places = [place for place in found if place[0] != begin]
    wanted = [(pk, row) for _, pk in places[:limit]]
    rows = {item["pk"]["S"]: item for item in table.get_many(wanted)}
    has_more = len(places) > limit
    return (
        [rows[pk] for pk, _ in wanted if pk in rows],
        keys.read_listed(places[limit - 1][0]) if has_more else None,
    )


def all_rows(table: Table, index: Index, partition: str, *, row: str) -> list[Item]:
    """Every row of a list."""
    rows: list[Item] = []
    after: Position | None = None
    while True:
        page, after = listed_rows(table, index, partition, row=row, after=after, limit=100)
        rows += page
        if after is None:
            return rows
