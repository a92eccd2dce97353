"""What the functions' loggers let through."""

from __future__ import annotations

import logging

import pytest

from recado.observability import LIBRARIES_THAT_LOG_BODIES, function_logger


@pytest.mark.parametrize("name", LIBRARIES_THAT_LOG_BODIES)
def test_invariant_11_no_level_makes_a_library_log_requests_and_answers(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The root logger has the level of the function, as Lambda's runtime sets it."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    logging.getLogger(name).setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        function_logger()

        assert not logging.getLogger(f"{name}.part").isEnabledFor(logging.INFO)
