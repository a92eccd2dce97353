"""The session of an Evolution API server's instance."""

from __future__ import annotations

import httpx
import pytest

from recado.domain.errors import AccountError
from tests.contract.accounts.wire import EVOLUTION, TOKEN, Wire


def session(state: str) -> httpx.Response:
    return httpx.Response(200, json={"instance": {"instanceName": "taller 1", "state": state}})


def test_an_open_session_is_connected() -> None:
    wire = Wire(session("open"))
    found = wire.probe.state(EVOLUTION)
    assert (found.connected, found.status, found.problem) == (True, "open", None)
    assert wire.request.url.raw_path == b"/instance/connectionState/taller%201"
    assert wire.request.headers["apikey"] == TOKEN


@pytest.mark.parametrize("state", ["connecting", "close", "refused"])
def test_another_session_is_not_connected_and_asks_for_its_qr_code(state: str) -> None:
    found = Wire(session(state)).probe.state(EVOLUTION)
    assert (found.connected, found.status) == (False, state)
    assert found.problem is not None
    assert found.problem.code == f"session_{state}"
    assert "QR code" in found.problem.detail


@pytest.mark.parametrize(
    ("status", "mend"), [(401, "right one"), (403, "own key"), (404, "'instance'")]
)
def test_a_refusal_says_how_it_is_mended(status: int, mend: str) -> None:
    with pytest.raises(AccountError, match=mend) as raised:
        Wire(httpx.Response(status, json={"status": status})).probe.state(EVOLUTION)
    assert raised.value.code == f"http_{status}"


def test_it_has_no_templates_and_is_not_asked_for_them() -> None:
    wire = Wire(session("open"))
    assert wire.probe.templates(EVOLUTION) == []
    assert wire.requests == []
