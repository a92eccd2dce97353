"""Templates whose status changes: what Meta lists, and what it refuses."""

from __future__ import annotations

import pytest

from tests.unit.simulator.running import RunningSimulator

META = {"Authorization": "Bearer meta-token"}
CITA = {
    "name": "cita",
    "language": {"code": "es"},
    "components": [
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "lunes"}],
        }
    ],
}


def listed(simulator: RunningSimulator) -> dict[str, str]:
    answer = simulator.http.get("/graph/v25.0/2090/message_templates", headers=META)
    return {template["name"]: template["status"] for template in answer.json()["data"]}


def sent(simulator: RunningSimulator) -> int:
    """The code with which a message made from a template is refused; 0 when it is accepted."""
    message = {
        **{"messaging_product": "whatsapp", "to": "+593991234567"},
        **{"type": "template", "template": CITA},
    }
    answer = simulator.http.post("/graph/v25.0/1090/messages", json=message, headers=META)
    return int(answer.json().get("error", {}).get("code", 0))


def change(simulator: RunningSimulator, **wanted: str) -> int:
    return simulator.http.post("/_sim/templates", json=wanted).status_code


def test_a_paused_template_is_listed_so_and_refused_until_it_is_approved_again(
    simulator: RunningSimulator,
) -> None:
    assert change(simulator, name="cita", status="PAUSED") == 200
    assert (listed(simulator)["cita"], sent(simulator)) == ("PAUSED", 132015)
    assert listed(simulator)["sin_texto"] == "APPROVED"

    assert change(simulator, name="cita", language="es", status="APPROVED") == 200
    assert (listed(simulator)["cita"], sent(simulator)) == ("APPROVED", 0)


def test_a_reset_gives_templates_their_status_back(simulator: RunningSimulator) -> None:
    change(simulator, name="cita", status="DISABLED")
    change(simulator, name="pausada", status="APPROVED")

    simulator.http.post("/_sim/reset").raise_for_status()

    states = listed(simulator)
    assert (states["cita"], states["pausada"]) == ("APPROVED", "PAUSED")


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"name": "nobody", "status": "PAUSED"}, 404),
        ({"name": "cita", "language": "fr", "status": "PAUSED"}, 404),
        ({"name": "cita", "status": "SLEEPY"}, 400),
        ({"status": "PAUSED"}, 400),
    ],
)
def test_what_cannot_be_changed_is_refused(
    simulator: RunningSimulator, wanted: dict[str, str], status: int
) -> None:
    assert change(simulator, **wanted) == status
