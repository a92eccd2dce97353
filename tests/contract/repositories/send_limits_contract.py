"""What every implementation of `ports.SendLimits` and `ports.SpendingLedger` must do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from recado.domain.channels import Channel
from recado.domain.directory import Address
from recado.domain.rate_limits import RateLimit
from recado.domain.send_limits import LONGEST_LINE, Turns
from recado.ports.send_limits import BucketName, SendLimits
from recado.ports.spending import SpendingLedger
from tests.fakes.clock import NOON

ACCOUNT = BucketName("andinos", "wa")
FIVE = RateLimit(most=5)
"""Five a second: a token comes back in 0.2 s."""

SECOND = timedelta(seconds=1)
TODAY = NOON.date()
BUDGET = Decimal("1.00")
MONTH = "2026-03"


def person(number: int) -> BucketName:
    address = Address(channel=Channel.WHATSAPP, value=f"+59399123456{number}")
    return ACCOUNT._replace(address=address)


class SendLimitsContract:
    def test_a_rested_account_sends_its_burst_and_the_others_come_one_by_one(
        self, send_limits: SendLimits
    ) -> None:
        taken = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=8, now=NOON)

        assert taken == Turns(granted=5, waits=(0.2, 0.4, 0.6))

    def test_newcomers_go_behind_the_line(self, send_limits: SendLimits) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=8, now=NOON)

        at_once = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=2, now=NOON)
        later = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=1, now=NOON + SECOND * 0.5)

        assert at_once == Turns(granted=0, waits=(0.8, 1.0))
        assert later == Turns(granted=0, waits=(0.7,))

    def test_whose_turn_it_is_goes_before_newcomers(self, send_limits: SendLimits) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=10, now=NOON)

        taken = send_limits.take(ACCOUNT, FIVE, turns=2, newcomers=1, now=NOON + SECOND * 0.4)

        assert taken == Turns(granted=2, waits=(0.8,))

    def test_who_missed_a_turn_comes_when_there_is_a_token(self, send_limits: SendLimits) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=10, now=NOON)

        taken = send_limits.take(ACCOUNT, FIVE, turns=3, newcomers=0, now=NOON + SECOND * 0.2)

        assert taken == Turns(granted=1, waits=(0.2, 0.4))

    def test_where_nobody_of_the_line_comes_newcomers_take_a_full_bucket(
        self, send_limits: SendLimits
    ) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=25, now=NOON)

        taken = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=2, now=NOON + SECOND * 1.5)

        assert taken == Turns(granted=2)

    def test_no_turn_is_given_out_that_a_queue_could_not_wait_for(
        self, send_limits: SendLimits
    ) -> None:
        hourly = RateLimit(most=12, seconds=3600, burst=1)

        taken = send_limits.take(ACCOUNT, hourly, turns=0, newcomers=9, now=NOON)

        assert taken == Turns(granted=1, waits=(300, 600, 900))
        assert taken.waits[-1] == LONGEST_LINE.total_seconds()

    def test_time_refills_a_bucket_up_to_its_burst(self, send_limits: SendLimits) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=5, now=NOON)

        hour = timedelta(hours=1)
        after = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=6, now=NOON + hour)

        assert after == Turns(granted=5, waits=(0.2,))

    def test_accounts_and_their_recipients_have_buckets_of_their_own(
        self, send_limits: SendLimits
    ) -> None:
        pair = RateLimit(most=1, seconds=6)
        names = [ACCOUNT, BucketName("other", "wa"), person(1), person(2)]

        first = [send_limits.take(n, pair, turns=0, newcomers=1, now=NOON) for n in names]
        again = send_limits.take(person(1), pair, turns=0, newcomers=1, now=NOON)

        assert first == [Turns(granted=1)] * 4
        assert again == Turns(granted=0, waits=(6,))

    def test_a_clock_that_is_behind_takes_no_more(self, send_limits: SendLimits) -> None:
        send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=5, now=NOON)

        taken = send_limits.take(ACCOUNT, FIVE, turns=0, newcomers=1, now=NOON - SECOND)

        assert taken.granted == 0

    def test_a_person_gets_so_many_a_day_and_none_counts_twice(
        self, send_limits: SendLimits
    ) -> None:
        def count(notification_id: str, *, recipient_id: str = "customer-001") -> bool:
            return send_limits.count_for_person(
                "andinos", recipient_id, TODAY, notification_id, most=2
            )

        assert [count(each) for each in ("a", "a", "b", "c", "b", "a")] == [
            True,
            True,
            True,
            False,
            True,
            True,
        ]
        assert count("c", recipient_id="customer-002")

    def test_a_new_day_a_larger_cap_and_another_tenant_count_anew(
        self, send_limits: SendLimits
    ) -> None:
        tomorrow = TODAY + timedelta(days=1)
        count = send_limits.count_for_person

        assert count("andinos", "c", TODAY, "a", most=1)
        assert not count("andinos", "c", TODAY, "b", most=1)
        assert count("andinos", "c", tomorrow, "b", most=1)
        assert count("other", "c", TODAY, "b", most=1)
        assert count("andinos", "c", TODAY, "b", most=2)


def amounts(*prices: str) -> list[Decimal]:
    return [Decimal(price) for price in prices]


class SpendingLedgerContract:
    def test_nothing_is_spent_at_first(self, ledger: SpendingLedger) -> None:
        spending = ledger.spent("andinos", MONTH)

        assert (spending.spent, spending.exhausted_at) == (0, None)
        assert not spending.is_exhausted(BUDGET)

    def test_what_fits_is_counted_to_the_cent(self, ledger: SpendingLedger) -> None:
        first = ledger.reserve(
            "andinos", MONTH, amounts("0.1", "0.2", "0.0625"), budget=BUDGET, now=NOON
        )

        assert first == (True, True, True)
        assert ledger.spent("andinos", MONTH).spent == Decimal("0.3625")

    def test_the_last_of_the_budget_goes_to_whom_it_is_enough_for(
        self, ledger: SpendingLedger
    ) -> None:
        ledger.reserve("andinos", MONTH, amounts("0.9"), budget=BUDGET, now=NOON)

        fits = ledger.reserve(
            "andinos", MONTH, amounts("0.08", "0.05", "0.02", "0.01"), budget=BUDGET, now=NOON
        )

        assert fits == (True, False, True, False)
        assert ledger.spent("andinos", MONTH).spent == BUDGET

    def test_when_it_was_first_not_enough_is_remembered(self, ledger: SpendingLedger) -> None:
        for minutes in range(3):
            now = NOON + timedelta(minutes=minutes)
            ledger.reserve("andinos", MONTH, amounts("0.6"), budget=BUDGET, now=now)

        spending = ledger.spent("andinos", MONTH)
        assert spending.spent == Decimal("0.6")
        assert spending.exhausted_at == NOON + timedelta(minutes=1)
        assert spending.is_exhausted(BUDGET)

    def test_a_larger_budget_has_room_again(self, ledger: SpendingLedger) -> None:
        more = Decimal(2)
        for _ in range(2):
            ledger.reserve("andinos", MONTH, amounts("0.6"), budget=BUDGET, now=NOON)

        assert ledger.reserve("andinos", MONTH, amounts("0.6"), budget=more, now=NOON) == (True,)
        assert not ledger.spent("andinos", MONTH).is_exhausted(more)
        later = NOON + timedelta(days=1)
        assert ledger.reserve("andinos", MONTH, amounts("0.9"), budget=more, now=later) == (False,)
        spending = ledger.spent("andinos", MONTH)
        assert spending.is_exhausted(more)
        assert spending.exhausted_at == later

    def test_no_budget_lets_nothing_go_that_costs(self, ledger: SpendingLedger) -> None:
        fits = ledger.reserve("andinos", MONTH, amounts("0.01"), budget=Decimal(0), now=NOON)

        assert fits == (False,)
        assert ledger.spent("andinos", MONTH).is_exhausted(Decimal(0))

    def test_what_is_given_back_can_be_spent(self, ledger: SpendingLedger) -> None:
        ledger.reserve("andinos", MONTH, amounts("0.5", "0.5"), budget=BUDGET, now=NOON)
        ledger.give_back("andinos", MONTH, Decimal("0.5"))

        assert ledger.spent("andinos", MONTH).spent == Decimal("0.5")
        assert ledger.reserve("andinos", MONTH, amounts("0.5"), budget=BUDGET, now=NOON) == (True,)

    def test_tenants_and_months_are_apart(self, ledger: SpendingLedger) -> None:
        ledger.reserve("andinos", MONTH, amounts("1"), budget=BUDGET, now=NOON)

        assert ledger.reserve("other", MONTH, amounts("1"), budget=BUDGET, now=NOON) == (True,)
        assert ledger.reserve("andinos", "2026-04", amounts("1"), budget=BUDGET, now=NOON) == (
            True,
        )
