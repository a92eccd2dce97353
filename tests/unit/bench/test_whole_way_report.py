"""A notification's whole way beside the peer."""

from __future__ import annotations

import pytest

from bench.whole_way import people
from bench.whole_way.report import tables
from bench.whole_way.rounds import Round

OURS = ("api", "notification_sender", "meta_webhook", "receipt_processor")


def ours(each: float, notifications: int = 100) -> Round:
    """So many CPU seconds in each function of the way, and one in each that follows."""
    return Round(
        notifications,
        {**dict.fromkeys(OURS, each), "event_publisher": 1.0, "notification_counter": 1.0},
    )


def theirs(web: float, worker: float) -> Round:
    return Round(100, {"gunicorn": web, "celery worker": worker, "redis": 0.5, "postgresql": 0.5})


@pytest.mark.parametrize(("web", "within"), [(4.0, "yes"), (3.9, "no")])
def test_the_ratio_to_what_the_team_runs_itself_decides(web: float, within: str) -> None:
    ratios, _ = tables([ours(1.0)], [ours(2.0)], [theirs(web, 4.0)])

    batches = dict(zip(ratios.columns, ratios.rows[0], strict=True))
    assert batches["Recado's"] == pytest.approx(40)
    assert batches["peer's"] == pytest.approx(10 * (web + 4))
    assert batches["ratio"] == pytest.approx(4 / (web + 4))
    assert batches["within aim"] == within


def test_the_peers_services_are_counted_apart() -> None:
    ratios, _ = tables([ours(1.0)], [ours(2.0)], [theirs(4.0, 4.0)])

    batches = dict(zip(ratios.columns, ratios.rows[0], strict=True))
    assert batches["peer's with services"] == pytest.approx(90)
    assert batches["ratio to that"] == pytest.approx(4 / 9)


def test_events_and_counters_are_told_with_and_without() -> None:
    ratios, _ = tables([ours(1.0)], [ours(2.0, notifications=10)], [theirs(4.0, 4.0)])

    assert [row[1] for row in ratios.rows] == pytest.approx([40, 800, 60, 1000])


def test_the_middle_round_counts() -> None:
    rounds = [ours(1.0), ours(9.0), ours(2.0)]
    ratios, parts = tables(rounds, [ours(2.0)], [theirs(4.0, 4.0)])

    assert ratios.rows[0][1] == pytest.approx(80)
    assert parts.rows[0][1:] == ("api", *map(pytest.approx, (10, 20, 90)))


def test_every_part_of_every_side_is_shown() -> None:
    _, parts = tables([ours(1.0)], [ours(2.0)], [theirs(4.0, 4.0)])

    shown = [row[1] for row in parts.rows]
    functions = [*OURS, "event_publisher", "notification_counter"]
    assert shown == [*functions, *functions, "gunicorn", "celery worker", "redis", "postgresql"]


def test_no_two_people_share_a_number() -> None:
    assert len({people.phone(number) for number in range(2000)}) == 2000
    assert len({people.customer_id(number) for number in range(2000)}) == 2000
