"""Ctrl-C and its like: one asks for the end, and the end itself is not disturbed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that was closed."""


class Stopped(BaseException):
    """Somebody asked this command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def raise_when_asked() -> None:
    """Raise Stopped at the first request to end from now on; later ones count no more."""
    for number in _REQUESTS:
        # nohup ignores SIGHUP, so that its command outlives the terminal.
        if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, _raise)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore requests to end: stopping takes a moment, and whatever it left would run on."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in _REQUESTS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _raise(number: int, _: FrameType | None) -> None:
    for request in _REQUESTS:
        signal.signal(request, signal.SIG_IGN)
    raise Stopped(number)
