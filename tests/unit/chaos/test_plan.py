"""The plan of a chaos run."""

from __future__ import annotations

from chaos.plan import CHANNELS, Receipts, Way, make
from recado.domain.channels import Channel

PLAN = make(notifications=2_000, seconds=120, seed=7)


def test_the_same_seed_makes_the_same_plan() -> None:
    assert make(notifications=2_000, seconds=120, seed=7) == PLAN
    assert make(notifications=2_000, seconds=120, seed=8) != PLAN


def test_there_is_something_of_everything() -> None:
    assert {order.way for order in PLAN.orders} == set(Way)
    assert {order.is_repeated for order in PLAN.orders} == {True, False}
    assert {order.is_ahead for order in PLAN.orders} == {True, False}
    assert {person.odd_receipts for person in PLAN.people} == {None, *Receipts}
    assert {person.preferred[0] for person in PLAN.people} == set(CHANNELS)
    assert {opt_out.channel for opt_out in PLAN.opt_outs} == {Channel.WHATSAPP, Channel.SMS}


def test_events_come_in_their_order_and_within_the_time() -> None:
    moments = [order.at for order in PLAN.orders]
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] < 120
    assert len({order.key for order in PLAN.orders}) == len(PLAN.orders)


def test_who_opts_out_does_it_early_and_once() -> None:
    assert all(0 <= each.at <= 60 for each in PLAN.opt_outs)
    assert len({each.person for each in PLAN.opt_outs}) == len(PLAN.opt_outs)
    leaving = {each.person for each in PLAN.opt_outs}
    assert any(order.person in leaving and order.at > 100 for order in PLAN.orders)


def test_nobody_shares_an_address() -> None:
    for channel in CHANNELS:
        assert len({person.address(channel) for person in PLAN.people}) == len(PLAN.people)


def test_a_small_run_has_people_for_every_channel() -> None:
    small = make(notifications=5, seconds=10, seed=1)
    assert {person.preferred[0] for person in small.people} == set(CHANNELS)
    assert len(small.opt_outs) == 1
