"""What the load test tells of its two sides."""

from __future__ import annotations

from typing import Any

import pytest

from bench.load import mix
from bench.load.measurement import Measurement, Route, read
from bench.load.report import tables
from local.problems import Problem


def result(milliseconds: list[float], refusals: dict[str, int] | None = None) -> dict[str, Any]:
    """What locust leaves when every route answered the same; `refusals` are the dispatches'."""
    routes: dict[str, dict[str, Any]] = {
        name: {"milliseconds": milliseconds, "refusals": {}} for name in mix.SHARES
    }
    routes[mix.DISPATCH]["refusals"] = refusals or {}
    return {"seconds": 10.0, "routes": routes}


def ours(refusals: dict[str, int] | None = None) -> Measurement:
    return read("Recado", result([20.0, 40.0, 30.0], refusals))


def peers() -> Measurement:
    return read("the peer", result([10.0, 20.0, 10.0, 10.0]))


def test_the_shares_of_the_routes_are_all_of_the_day() -> None:
    assert sum(mix.SHARES.values()) == 100


def test_no_customer_is_changed_by_two_users() -> None:
    ids = [each for user in range(mix.USERS) for each in mix.customer_ids(user)]
    assert len(set(ids)) == mix.USERS * mix.CUSTOMERS_OF_A_USER


@pytest.mark.parametrize(
    ("percent", "milliseconds"), [(50, 5.0), (90, 9.0), (95, 10.0), (100, 10.0)]
)
def test_a_percentile_is_a_time_that_was_measured(percent: int, milliseconds: float) -> None:
    times = [float(number) for number in range(10, 0, -1)]
    assert Route(times, {}).percentile(percent) == milliseconds


def test_the_percentile_of_one_time_is_that_time() -> None:
    assert Route([7.5], {}).percentile(95) == 7.5


def test_the_ratios_are_ours_by_the_peers() -> None:
    times, rates = tables(ours(), peers())
    dispatch = dict(zip(times.columns, times.rows[1], strict=True))
    assert dispatch["route"] == mix.DISPATCH
    assert (dispatch["p50"], dispatch["peer's p50"], dispatch["p50 ratio"]) == (30, 10, 3)
    assert (dispatch["p95"], dispatch["peer's p95"], dispatch["p95 ratio"]) == (40, 20, 2)
    assert rates.rows[1][1:4] == pytest.approx((0.3, 0.4, 0.75))


def test_all_routes_together_come_first() -> None:
    times, rates = tables(ours(), peers())
    assert [row[0] for row in times.rows] == ["all", *mix.SHARES]
    assert times.rows[0][1] == 100
    routes = len(mix.SHARES)
    assert rates.rows[0][1:3] == pytest.approx((0.3 * routes, 0.4 * routes))


def test_errors_are_counted_beside_the_times_and_explained() -> None:
    _, rates = tables(ours({"429": 3, "503": 1}), peers())
    errors = {row[0]: row[4:] for row in rates.rows}
    assert errors[mix.DISPATCH] == (4, 0)
    assert errors["all"] == (4, 0)
    assert errors[mix.NOTIFICATION] == (0, 0)
    assert rates.notes == (
        f"Errors of Recado: 3 x 429 to {mix.DISPATCH}, 1 x 503 to {mix.DISPATCH}.",
    )


def test_a_run_without_errors_explains_none() -> None:
    _, rates = tables(ours(), peers())
    assert rates.notes == ()


def test_the_tables_can_be_shown() -> None:
    for table in tables(ours(), peers()):
        assert mix.DISPATCH in table.text()
        assert len(table.json()["rows"]) == len(mix.SHARES) + 1  # type: ignore[arg-type]


def test_a_route_that_never_succeeded_stops_the_comparison() -> None:
    broken = result([20.0])
    broken["routes"][mix.SUMMARY] = {"milliseconds": [], "refusals": {"404": 5}}
    with pytest.raises(Problem, match=r"Recado never succeeded in GET analytics/summary/.*404"):
        read("Recado", broken)
