"""The first request to end is followed, and nothing disturbs the end."""

import os
import signal
from collections.abc import Iterator

import pytest

from local import stopping
from local.stopping import Stopped

REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """The handlers are afterwards what they were."""
    before = {number: signal.getsignal(number) for number in REQUESTS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", REQUESTS)
def test_a_request_to_end_is_raised_once_and_then_none_counts(number: signal.Signals) -> None:
    stopping.raise_when_asked()
    with pytest.raises(Stopped) as stopped:
        os.kill(os.getpid(), number)
    assert stopped.value.number == number
    for again in REQUESTS:
        os.kill(os.getpid(), again)
    assert {signal.getsignal(again) for again in REQUESTS} == {signal.SIG_IGN}


def test_a_command_under_nohup_outlives_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stopping.raise_when_asked()
    os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_an_end_is_not_disturbed_and_later_requests_count_again() -> None:
    stopping.raise_when_asked()
    with stopping.undisturbed():
        for number in REQUESTS:
            os.kill(os.getpid(), number)
    with pytest.raises(Stopped):
        os.kill(os.getpid(), signal.SIGTERM)
