"""What those on duty watch adds up to the counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.domain.errors import LostRaceError
from recado.domain.notification import MOST_TAKE_UPS, Mode, Notification, State
from recado.domain.quiet_hours import QuietHours
from recado.domain.statistics import CounterScope
from recado.ports.metrics import Metric
from recado.services.count_notifications import CountNotifications
from recado.services.measure_flow import NO_CHANNEL, MeasureFlow
from tests.fakes.clock import NOON
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.metrics import FakeMetrics
from tests.fakes.statistics import FakeStatistics
from tests.unit.domain.notifications import new_notification
from tests.unit.services.test_count_notifications import (
    CrowdedStatistics,
    configuration,
    logs,
    streams,
    summary,
)
from tests.workshop import TENANT

LIVE = CounterScope(tenant_id=TENANT.tenant_id, mode=Mode.LIVE)


def counter(statistics: FakeStatistics, metrics: FakeMetrics) -> CountNotifications:
    measure = MeasureFlow(metrics=metrics, configuration=configuration())
    return CountNotifications(statistics=statistics, configuration=configuration(), measure=measure)


def counted(statistics: FakeStatistics) -> Mapping[str, Counter[Metric]]:
    """What the counters say, as the measures would."""
    return {
        channel or NO_CHANNEL: Counter(
            {
                metric: count
                for metric, count in {
                    Metric.ACCEPTED: tally.total,
                    Metric.SENT: tally.sent,
                    Metric.DELIVERED: tally.delivered,
                    Metric.READ: tally.read,
                    Metric.REPLIED: tally.replied,
                    Metric.FAILED: tally.not_carried,
                    Metric.FELL_BACK: tally.given_up,
                }.items()
                if count
            }
        )
        for channel, tally in summary(statistics, LIVE).by_channel.items()
        if tally
    }


def measured(metrics: FakeMetrics) -> Mapping[str, Counter[Metric]]:
    told = {
        channel: Counter({metric: n for metric, n in sums.items() if n})
        for channel, sums in metrics.sums.items()
    }
    return {channel: sums for channel, sums in told.items() if sums}


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_the_measures_add_up_to_the_counters_whatever_the_stream_does(data: st.DataObject) -> None:
    log = data.draw(logs())
    statistics, metrics = CrowdedStatistics(), FakeMetrics()
    count = counter(statistics, metrics)
    for batch in data.draw(streams(log)):
        if data.draw(st.booleans()):
            meanwhile = [data.draw(st.sampled_from(versions)) for versions in log]
            statistics.others.append(lambda batch=meanwhile: count(batch))
        for _ in range(data.draw(st.integers(1, 3))):
            count(batch)

    assert measured(metrics) == counted(statistics)


class LosingStatistics(FakeStatistics):
    """Somebody else always wins the last one of a batch."""

    def recount(self, recounts: Sequence[object], *, lost_before: int) -> set[object]:  # type: ignore[override]
        super().recount(recounts[:-1], lost_before=lost_before)  # type: ignore[arg-type]
        return {recounts[-1].key}  # type: ignore[attr-defined]


def sent(number: int, *, seconds: float, mode: Mode = Mode.LIVE) -> Notification:
    claimed = new_notification().queued(NOON).claimed(NOON, timeout_seconds=10)
    taken = claimed.accepted(NOON + timedelta(seconds=seconds), provider_message_id="p")
    changes = {"notification_id": f"ntf_{number}", "mode": mode, "version": 3}
    return taken.model_copy(update=changes)


def test_what_was_won_is_measured_though_the_rest_of_its_batch_lost() -> None:
    metrics = FakeMetrics()
    count = counter(LosingStatistics(), metrics)

    with pytest.raises(LostRaceError):
        count([sent(1, seconds=1), sent(2, seconds=1)])

    assert metrics.sums["whatsapp"][Metric.SENT] == 1


def test_a_batch_takes_a_line_for_each_of_its_channels() -> None:
    metrics = FakeMetrics()
    nobody = new_notification(channels=0).ended(NOON, State.FAILED, reason="no_channel")
    nobody = nobody.model_copy(update={"notification_id": "ntf_3", "version": 1})

    counter(FakeStatistics(), metrics)([sent(1, seconds=1.5), sent(2, seconds=2), nobody])

    assert metrics.lines == 2
    assert metrics.milliseconds == {"whatsapp": [1500, 2000]}
    assert metrics.sums[NO_CHANNEL] == {Metric.ACCEPTED: 1, Metric.FAILED: 1}


def test_a_batch_that_changes_no_counter_takes_no_line() -> None:
    metrics = FakeMetrics()
    count = counter(FakeStatistics(), metrics)
    for _ in range(2):
        count([sent(1, seconds=1)])

    assert metrics.lines == 1


def test_test_messages_are_not_measured() -> None:
    metrics = FakeMetrics()
    counter(FakeStatistics(), metrics)([sent(1, seconds=1, mode=Mode.TEST)])

    assert metrics.lines == 0


def test_how_long_it_took_counts_from_when_it_was_to_be_sent() -> None:
    metrics = FakeMetrics()
    planned = sent(1, seconds=3600.25).model_copy(update={"send_at": NOON + timedelta(hours=1)})

    counter(FakeStatistics(), metrics)([planned])

    assert metrics.milliseconds == {"whatsapp": [250]}


def test_quiet_hours_do_not_count_as_slow() -> None:
    metrics, quiet = FakeMetrics(), FakeConfiguration()
    hours = QuietHours(begin=time(6), end=time(8))
    quiet.put_tenant(TENANT.model_copy(update={"quiet_hours": hours, "time_zone": "UTC"}))
    measure = MeasureFlow(metrics=metrics, configuration=quiet)
    six = NOON.replace(hour=6)
    waited = sent(1, seconds=0.5).model_copy(
        update={"created_at": six, "sent_at": six + timedelta(hours=2, seconds=3)}
    )
    urgent = sent(2, seconds=0.5).model_copy(
        update={"created_at": six, "sent_at": six + timedelta(seconds=1)}
    )

    CountNotifications(statistics=FakeStatistics(), configuration=quiet, measure=measure)(
        [waited, urgent]
    )

    assert metrics.milliseconds == {"whatsapp": [3000, 1000]}


def test_what_another_channel_takes_later_is_not_slow_but_sent_already() -> None:
    metrics = FakeMetrics()
    count = counter(FakeStatistics(), metrics)
    first = sent(1, seconds=1)
    later = NOON + timedelta(hours=2)
    left = first.left_in_silence(later, reason="not_delivered").claimed(later, timeout_seconds=9)
    again = left.accepted(later, provider_message_id="q").model_copy(update={"version": 6})

    count([first])
    count([again])

    assert metrics.milliseconds == {"whatsapp": [1000]}
    assert metrics.sums["email"][Metric.SENT] == 1


def test_the_average_of_the_failures_is_their_share() -> None:
    metrics = FakeMetrics()
    failed = new_notification().ended(NOON, State.FAILED, reason="x")
    four = [sent(n, seconds=1) for n in range(3)]
    four.append(failed.model_copy(update={"notification_id": "ntf_9", "version": 1}))

    counter(FakeStatistics(), metrics)(four)

    assert sorted(metrics.failures["whatsapp"]) == [0, 0, 0, 1]


def test_a_notification_that_fails_again_and_again_fails_once() -> None:
    metrics = FakeMetrics()
    count = counter(FakeStatistics(), metrics)
    notification = new_notification(channels=1).queued(NOON)
    version = 0

    def stored(notification: Notification) -> Notification:
        nonlocal version
        version += 1
        return notification.model_copy(update={"version": version})

    for round_ in range(MOST_TAKE_UPS + 1):
        failed = stored(notification.advanced(NOON))
        assert (failed.state, failed.take_ups) == (State.FAILED, round_)
        count([failed])
        notification = stored(failed.taken_up(NOON))
        count([notification])

    assert metrics.failures["whatsapp"] == [1]


def test_what_is_taken_up_hides_no_failure_of_its_batch() -> None:
    metrics = FakeMetrics()
    count = counter(FakeStatistics(), metrics)
    failed = new_notification(channels=1).queued(NOON).advanced(NOON)
    count([failed.model_copy(update={"version": 1})])
    again = failed.taken_up(NOON).model_copy(update={"version": 2})
    other = failed.model_copy(update={"notification_id": "ntf_2", "version": 1})

    count([again, other])

    assert metrics.failures["whatsapp"] == [1, 1]


def test_what_a_person_tries_again_may_fail_again() -> None:
    metrics = FakeMetrics()
    count = counter(FakeStatistics(), metrics)
    failed = new_notification(channels=1).queued(NOON).advanced(NOON)
    again = failed.tried_again(
        NOON, route=failed.route, deadline=failed.deadline, expires_at=failed.expires_at
    )
    versions = [failed, again, again.advanced(NOON)]

    for version, each in enumerate(versions, start=1):
        count([each.model_copy(update={"version": version})])

    assert metrics.failures["whatsapp"] == [1, 1]
