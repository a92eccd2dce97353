"""Asking the providers how approved templates are: each account by itself, only news is stored."""

from __future__ import annotations

import logging
import threading

import pytest

from recado.domain.account_states import TemplateState
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import AccountError, OutcomeUnknownError, RetryableError
from recado.domain.probes import ProviderTemplate
from recado.services.sync_templates import FailedLook, SyncedTemplates, SyncTemplates
from tests.fakes.accounts import FakeProbe
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.workshop import TENANT

CITA = ProviderTemplate(name="cita", language="es", status="APPROVED", category="UTILITY")


def account(account_id: str, **changes: object) -> ChannelAccount:
    fields = {"tenant_id": "andinos", "account_id": account_id, **changes}
    return ChannelAccount.model_validate({"provider": Provider.WHATSAPP_CLOUD, **fields})


class World:
    """Accounts whose templates are listed as `lists` says."""

    def __init__(self, *accounts: ChannelAccount, **lists: object) -> None:
        self.configuration = FakeConfiguration()
        self.clock = FakeClock()
        for tenant_id in ("andinos", "valle"):
            self.configuration.put_tenant(TENANT.model_copy(update={"tenant_id": tenant_id}))
        for each in accounts:
            self.configuration.put_account(each)
        self.lists = lists
        self.probe = FakeProbe({}, lists)

    def sync(self, seconds: float = 60) -> SyncedTemplates:
        sync = SyncTemplates(
            tenants=self.configuration,
            configuration=self.configuration,
            states=self.configuration,
            probe=self.probe,
            clock=self.clock,
            seconds=seconds,
        )
        return sync()

    def states(self, tenant_id: str = "andinos") -> dict[str, str | None]:
        known = self.configuration.template_states(tenant_id)
        return {f"{state.account_id}/{state.name}": state.status for state in known}


def test_every_tenants_accounts_are_asked() -> None:
    world = World(account("wa"), account("wv", tenant_id="valle"), wa=[CITA], wv=[CITA])

    assert world.sync() == SyncedTemplates(accounts=2, changed=2, recategorised=0)
    assert world.states("andinos") == {"wa/cita": "APPROVED"}
    assert world.states("valle") == {"wv/cita": "APPROVED"}


def test_a_second_run_stores_nothing() -> None:
    world = World(account("wa"), wa=[CITA])
    world.sync()
    world.clock.advance(hours=1)

    assert world.sync().changed == 0
    assert len(world.configuration.states) == 1


@pytest.mark.parametrize(
    "other",
    [
        account("wa", enabled=False),
        account("wa", provider=Provider.EVOLUTION),
        account("wa", provider=Provider.TWILIO_SMS),
        account("wa", provider=Provider.MESSENGER),
    ],
)
def test_accounts_without_approved_templates_are_not_asked(other: ChannelAccount) -> None:
    world = World(other)

    assert world.sync() == SyncedTemplates(accounts=0, changed=0, recategorised=0)
    assert world.probe.asked == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AccountError("190", "the access token is not valid"), "190"),
        (RetryableError("http_503", "the provider failed"), "http_503"),
        (OutcomeUnknownError("no_answer"), "no_answer"),
        (KeyError("secret text"), "internal_error"),
    ],
)
def test_an_account_that_fails_costs_no_other_and_deletes_nothing(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(account("wa"), account("wb"), wa=error, wb=[CITA])
    world.configuration.learn(
        TemplateState(
            tenant_id="andinos",
            account_id="wa",
            name="cita",
            language="es",
            status="PAUSED",
            at=NOON,
        )
    )

    synced = world.sync()

    assert synced.failed == (FailedLook(tenant_id="andinos", account_id="wa", code=code),)
    assert world.states() == {"wa/cita": "PAUSED", "wb/cita": "APPROVED"}
    assert "secret text" not in caplog.text


def test_an_account_that_takes_too_long_is_not_waited_for() -> None:
    asked, answered = threading.Event(), threading.Event()

    def hang() -> list[ProviderTemplate]:
        asked.set()
        answered.wait(10)
        return []

    world = World(account("wa"), wa=hang)
    synced = world.sync(seconds=0)
    answered.set()

    assert [each.code for each in synced.failed] == ["timed_out"]


def test_a_webhook_that_comes_while_the_list_is_read_has_the_last_word() -> None:
    world = World(account("wa"))

    def slowly() -> list[ProviderTemplate]:
        world.clock.advance(seconds=20)
        world.configuration.learn(
            TemplateState(
                tenant_id="andinos",
                account_id="wa",
                name="cita",
                language="es",
                status="PAUSED",
                at=world.clock.now(),
            )
        )
        return [CITA]

    world.probe = FakeProbe({}, {"wa": slowly})
    world.sync()

    assert world.states() == {"wa/cita": "PAUSED"}


def test_another_category_is_logged_with_the_old_one(caplog: pytest.LogCaptureFixture) -> None:
    world = World(account("wa"), wa=[CITA])
    world.sync()
    world.clock.advance(hours=1)
    dearer = CITA.model_copy(update={"category": "MARKETING"})
    world.probe = FakeProbe({}, {"wa": [dearer]})

    with caplog.at_level(logging.INFO):
        synced = world.sync()

    assert (synced.changed, synced.recategorised) == (1, 1)
    told = vars(caplog.records[-1])
    assert (told["template"], told["before"], told["after"]) == ("cita", "UTILITY", "MARKETING")


def test_a_template_that_its_provider_lists_no_longer_is_deleted() -> None:
    world = World(account("wa"), wa=[CITA])
    world.sync()
    world.clock.advance(hours=1)
    world.probe = FakeProbe({}, {"wa": []})

    assert world.sync().changed == 1
    assert world.states() == {"wa/cita": "DELETED"}


def test_a_tenant_whose_accounts_cannot_be_read_costs_no_other(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(account("wv", tenant_id="valle"), wv=[CITA])
    read = world.configuration.accounts

    def accounts(tenant_id: str) -> list[ChannelAccount]:
        if tenant_id == "andinos":
            raise ValueError("secret text")
        return read(tenant_id)

    monkeypatch.setattr(world.configuration, "accounts", accounts)

    with pytest.raises(ValueError, match="secret text"):
        world.sync()

    assert world.states("valle") == {"wv/cita": "APPROVED"}
    [told] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(told)["tenant_id"] == "andinos"
    assert "secret text" not in caplog.text
