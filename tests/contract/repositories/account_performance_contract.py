"""What every implementation of `ports.AccountPerformance` and `ports.AccountWeights` must do."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.account_performance import MinuteCounts
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.weights import WeightReason, at_rest
from recado.ports.account_performance import AccountPerformance, AccountWeights
from tests.fakes.clock import NOON

MINUTE = timedelta(minutes=1)
ACCOUNT = ChannelAccount(tenant_id="andinos", account_id="mail", provider=Provider.SES)


def counts(minutes_ago: int, tries: int, *, failures: int = 0, slow: int = 0) -> MinuteCounts:
    return MinuteCounts(
        minute=NOON - minutes_ago * MINUTE, tries=tries, failures=failures, slow=slow
    )


class AccountPerformanceContract:
    """Inherit and give a fixture `performance` that is empty."""

    def test_what_is_added_to_a_minute_adds_up(self, performance: AccountPerformance) -> None:
        performance.add("andinos", "mail", counts(1, 3, failures=1))
        performance.add("andinos", "mail", counts(1, 2, slow=2))

        found = performance.latest("andinos", "mail", before=NOON)

        assert found == [counts(1, 5, failures=1, slow=2)]

    def test_the_latest_minutes_come_first(self, performance: AccountPerformance) -> None:
        for ago in (3, 60, 1):
            performance.add("andinos", "mail", counts(ago, 1))

        found = performance.latest("andinos", "mail", before=NOON)

        assert found == [counts(1, 1), counts(3, 1), counts(60, 1)]

    def test_a_minute_that_began_at_the_moment_is_not_among_them(
        self, performance: AccountPerformance
    ) -> None:
        performance.add("andinos", "mail", counts(0, 1))

        assert performance.latest("andinos", "mail", before=NOON) == []
        assert performance.latest("andinos", "mail", before=NOON + MINUTE) == [counts(0, 1)]

    def test_of_a_busy_account_fifteen_minutes_are_given(
        self, performance: AccountPerformance
    ) -> None:
        for ago in range(1, 31):
            performance.add("andinos", "mail", counts(ago, ago))

        found = performance.latest("andinos", "mail", before=NOON)

        assert found == [counts(ago, ago) for ago in range(1, 16)]

    def test_invariant_10_neither_tenants_nor_accounts_share_counts(
        self, performance: AccountPerformance
    ) -> None:
        performance.add("andinos", "mail", counts(1, 1))

        assert performance.latest("costa", "mail", before=NOON) == []
        assert performance.latest("andinos", "mail-2", before=NOON) == []


class AccountWeightsContract:
    """Inherit and give a fixture `weights` that is empty."""

    def test_a_weight_is_found_as_it_was_stored(self, weights: AccountWeights) -> None:
        lowered = at_rest(ACCOUNT).lowered(100, NOON, WeightReason.ERRORS, "3 of 4 failed")

        assert weights.save_weight(lowered)

        stored = lowered.model_copy(update={"version": 1})
        assert weights.weights("andinos") == {"mail": stored}
        assert weights.weights("costa") == {}

    def test_only_one_of_two_changes_of_a_version_is_stored(self, weights: AccountWeights) -> None:
        first = at_rest(ACCOUNT).lowered(100, NOON, WeightReason.ERRORS, "")
        other = at_rest(ACCOUNT).lowered(100, NOON, WeightReason.SLOW, "")

        assert (weights.save_weight(first), weights.save_weight(other)) == (True, False)

        stored = weights.weights("andinos")["mail"]
        assert weights.save_weight(stored.raised(100, NOON + MINUTE))
        assert not weights.save_weight(stored.raised(100, NOON + 2 * MINUTE))
        assert weights.weights("andinos")["mail"].changed_at == NOON + MINUTE
