"""The simulated providers answer questions about accounts, so that the product understands them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx
import pytest

from local.simulator.accounts import TwilioContent
from local.simulator.app import build_simulator
from recado.adapters.accounts.registry import AccountProbeRegistry
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError
from tests.unit.simulator.running import ACCOUNTS, RunningSimulator, running

ACCOUNT = "/twilio/2010-04-01/Accounts/AC1.json"
CONTENTS = "/twilio/v1/ContentAndApprovals"
META_TOKEN = "meta-token"
TWILIO_TOKEN = "twilio-token"
EVOLUTION_KEY = "evolution-key"
LOGIN = ("AC1", TWILIO_TOKEN)


class Secret:
    """Implements `ports.SecretSource`: a secret's name is its value."""

    def credentials(self, name: str) -> Mapping[str, str]:
        return dict.fromkeys(("access_token", "auth_token", "api_key"), name)


PROBE = AccountProbeRegistry(Secret())


def account(
    simulator: RunningSimulator, provider: Provider, path: str, token: str, **settings: str
) -> ChannelAccount:
    return ChannelAccount(
        tenant_id="andinos",
        account_id="a",
        provider=provider,
        secret_name=token,
        settings={"base_url": f"{simulator.url}{path}", **settings},
    )


def meta(simulator: RunningSimulator, token: str = META_TOKEN) -> ChannelAccount:
    ids = {"phone_number_id": "1090", "business_account_id": "2090"}
    return account(simulator, Provider.WHATSAPP_CLOUD, "/graph/v25.0", token, **ids)


def twilio(simulator: RunningSimulator, token: str = TWILIO_TOKEN) -> ChannelAccount:
    ids = {"account_sid": "AC1", "from": "whatsapp:+15550002222"}
    return account(simulator, Provider.TWILIO_WHATSAPP, "/twilio", token, **ids)


def evolution(simulator: RunningSimulator, token: str = EVOLUTION_KEY) -> ChannelAccount:
    return account(simulator, Provider.EVOLUTION, "/evolution", token, instance="taller")


@pytest.fixture
def library() -> Iterator[RunningSimulator]:
    """A simulator whose Twilio account has more contents than go on a page."""
    assert ACCOUNTS.twilio is not None
    contents = tuple(
        TwilioContent(sid=f"HX{n}", variables=("1",), name=f"t{n}", body="Hola {{1}}")
        for n in range(120)
    )
    changed = ACCOUNTS.twilio.model_copy(update={"contents": contents})
    with running(build_simulator(ACCOUNTS.model_copy(update={"twilio": changed}))) as started:
        yield started


@pytest.mark.parametrize("make", [twilio, evolution])
def test_an_account_is_connected(simulator: RunningSimulator, make: object) -> None:
    assert callable(make)
    found = PROBE.state(make(simulator))
    assert (found.connected, found.problem) == (True, None)


@pytest.mark.parametrize("make", [meta, twilio, evolution])
def test_a_wrong_credential_is_refused(simulator: RunningSimulator, make: object) -> None:
    assert callable(make)
    with pytest.raises(AccountError):
        PROBE.state(make(simulator, "wrong"))


def test_metas_number_has_its_name_and_quality(simulator: RunningSimulator) -> None:
    found = PROBE.state(meta(simulator))
    assert (found.verified_name, found.quality) == ("Recado", "GREEN")
    assert found.display_phone_number == "+15550100100"


def test_metas_templates_have_their_states(simulator: RunningSimulator) -> None:
    assert ACCOUNTS.meta is not None
    found = {each.name: each for each in PROBE.templates(meta(simulator))}
    assert set(found) == {template.name for template in ACCOUNTS.meta.templates}
    assert (found["cita"].status, found["cita"].parameters) == ("APPROVED", 2)
    assert found["pausada"].status == "PAUSED"


def test_twilios_contents_come_on_pages(library: RunningSimulator) -> None:
    found = PROBE.templates(twilio(library))
    assert [each.content_sid for each in found] == [f"HX{n}" for n in range(120)]
    assert {each.status for each in found} == {"APPROVED"}
    asked = [entry for entry in library.requests() if CONTENTS in entry["path"]]
    assert len(asked) == 3


def test_a_content_has_its_text_its_variables_and_whatsapps_approval(
    simulator: RunningSimulator,
) -> None:
    answer = simulator.http.get(CONTENTS, auth=LOGIN)
    [content] = answer.json()["contents"]
    assert (content["sid"], set(content["variables"])) == ("HX1", {"1"})
    assert content["types"] == {"twilio/text": {"body": "Hola {{1}}"}}
    assert content["approval_requests"]["status"] == "approved"
    assert answer.json()["meta"]["next_page_url"] is None


@pytest.mark.parametrize("query", ["PageSize=0", "PageSize=1001", "PageSize=x", "Page=-1"])
def test_a_page_that_cannot_be_is_refused(simulator: RunningSimulator, query: str) -> None:
    answer = simulator.http.get(f"{CONTENTS}?{query}", auth=LOGIN)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("path", [ACCOUNT, CONTENTS])
def test_nobody_looks_without_the_token(simulator: RunningSimulator, path: str) -> None:
    answer = simulator.http.get(path, auth=("AC1", "wrong"))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_account_is_not_found(simulator: RunningSimulator) -> None:
    answer: httpx.Response = simulator.http.get(ACCOUNT.replace("AC1", "AC2"), auth=LOGIN)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
