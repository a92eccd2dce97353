"""Looking at WhatsApp accounts: each account by itself, our templates beside the provider's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.errors import AccountError, OutcomeUnknownError, RetryableError
from recado.domain.orchestration import Target
from recado.domain.probes import ProbedAccount, ProviderTemplate
from recado.domain.templates import ApprovedTemplate, Template, TemplateSlot, WhatsAppContent
from recado.services.look_at_whatsapp import CALL_SECONDS, LookAtWhatsApp
from tests.fakes.accounts import FakeProbe, FakeStates, FakeTemplatesInForce
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration

GOOD = ProbedAccount(connected=True, status="CONNECTED", verified_name="Talleres Andinos")
CITA = ProviderTemplate(name="cita", language="es", status="APPROVED", parameters=2)
SID = "HX" + "0" * 32


def account(account_id: str, provider: Provider, **changes: object) -> ChannelAccount:
    fields = {"tenant_id": "andinos", "account_id": account_id, "provider": provider, **changes}
    return ChannelAccount.model_validate(fields)


META = account("meta", Provider.WHATSAPP_CLOUD)
EVOLUTION = account("evo", Provider.EVOLUTION, priority=2)
TWILIO = account("tw", Provider.TWILIO_WHATSAPP, priority=3)


def our_template(phase: str, tenant_id: str = "andinos", **approved: object) -> Template:
    named = ApprovedTemplate.model_validate({"name": "cita", "language": "es", **approved})
    return Template(
        tenant_id=tenant_id,
        slot=TemplateSlot(
            service_type="aceite",
            phase=phase,
            target=Target.CLIENTS,
            channel=Channel.WHATSAPP,
            locale="es",
        ),
        version=1,
        content=WhatsAppContent(text="Hola", approved_template=named),
    )


def looking(
    *accounts: ChannelAccount,
    answers: Mapping[str, object] | None = None,
    templates: Mapping[str, object] | None = None,
    ours: tuple[Template, ...] = (),
    told: tuple[AccountState | TemplateState, ...] = (),
    seconds: float = 60,
) -> tuple[LookAtWhatsApp, FakeProbe]:
    configuration = FakeConfiguration()
    for each in accounts:
        configuration.put_account(each)
    probe = FakeProbe(answers or {}, templates)
    look = LookAtWhatsApp(
        configuration=configuration,
        templates=FakeTemplatesInForce(*ours),
        states=FakeStates(*told),
        probe=probe,
        clock=FakeClock(),
        seconds=seconds,
    )
    return look, probe


def test_every_account_is_looked_at_the_preferred_one_first() -> None:
    look, _ = looking(TWILIO, EVOLUTION, META, answers={"meta": GOOD, "evo": GOOD, "tw": GOOD})
    found = look.accounts("andinos")
    assert [report.account_id for report in found] == ["meta", "evo", "tw"]
    assert all(report.found == GOOD for report in found)
    assert {report.checked_at for report in found} == {NOON}


def test_a_tenant_without_accounts_gets_empty_lists() -> None:
    look, _ = looking()
    assert look.accounts("andinos") == []
    assert look.templates("andinos").templates == ()


@pytest.mark.parametrize(
    "other",
    [
        META.model_copy(update={"enabled": False}),
        account("sms", Provider.TWILIO_SMS),
        account("meta", Provider.WHATSAPP_CLOUD, tenant_id="another"),
    ],
)
def test_other_accounts_are_not_asked(other: ChannelAccount) -> None:
    look, probe = looking(other)
    assert look.accounts("andinos") == []
    assert look.templates("andinos").templates == ()
    assert probe.asked == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (AccountError("190", "the token expired: make a new one"), "refused", "190"),
        (RetryableError("http_503", "the provider failed"), "unreachable", "http_503"),
        (OutcomeUnknownError("no_answer", "ReadTimeout"), "unreachable", "no_answer"),
        (KeyError("secret text"), "unreachable", "internal_error"),
    ],
)
def test_an_account_that_fails_says_why_and_costs_no_other(
    error: Exception, status: str, code: str
) -> None:
    look, _ = looking(META, EVOLUTION, answers={"meta": error, "evo": GOOD})
    failed, other = look.accounts("andinos")
    assert other.found == GOOD
    assert (failed.found.connected, failed.found.status) == (False, status)
    assert failed.found.problem is not None
    assert failed.found.problem.code == code
    assert "secret text" not in failed.model_dump_json()


def test_the_secrets_name_and_the_librarys_words_are_not_told() -> None:
    errors = {
        "meta": AccountError("no_secret", "there is no secret 'recado/dev/x'"),
        "evo": RetryableError("not_connected", "ConnectError"),
    }
    look, _ = looking(META, EVOLUTION, answers=errors)
    details = [r.found.problem.detail for r in look.accounts("andinos") if r.found.problem]
    assert len(details) == 2
    assert "recado/dev/x" not in details[0]
    assert "ConnectError" not in details[1]


@pytest.fixture
def hanging() -> Iterator[Callable[[], ProbedAccount]]:
    """A provider that answers when the test is over."""
    over = threading.Event()

    def answer() -> ProbedAccount:
        over.wait()
        return GOOD

    yield answer
    over.set()


def test_an_account_that_takes_too_long_is_not_waited_for(
    hanging: Callable[[], ProbedAccount],
) -> None:
    look, _ = looking(META, answers={"meta": hanging}, seconds=0)
    [report] = look.accounts("andinos")
    assert not report.found.connected
    assert report.found.problem is not None
    assert report.found.problem.code == "timed_out"


def test_accounts_are_asked_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def answer() -> ProbedAccount:
        meeting.wait()
        return GOOD

    look, _ = looking(META, EVOLUTION, TWILIO, answers=dict.fromkeys(("meta", "evo", "tw"), answer))
    assert [report.found for report in look.accounts("andinos")] == [GOOD] * 3


def test_a_question_may_take_less_time_than_a_send() -> None:
    quick = META.model_copy(update={"timeout_seconds": 2.0})
    look, probe = looking(EVOLUTION, quick, answers={"evo": GOOD, "meta": GOOD})
    look.accounts("andinos")
    asked = {each.account_id: each.timeout_seconds for each in probe.asked}
    assert asked == {"evo": CALL_SECONDS, "meta": 2.0}


def test_what_the_provider_told_last_stands_beside_what_was_found() -> None:
    state = AccountState(
        tenant_id="andinos",
        account_id="meta",
        provider=Provider.WHATSAPP_CLOUD,
        status=AccountStatus.DEGRADED,
        event="FLAGGED",
        at=NOON,
    )
    look, _ = looking(META, EVOLUTION, answers={"meta": GOOD, "evo": GOOD}, told=(state,))
    meta, evolution = look.accounts("andinos")
    assert (meta.last_told, evolution.last_told) == (state, None)


def test_a_template_names_those_of_ours_that_use_it() -> None:
    ours = (
        our_template("b"),
        our_template("a"),
        our_template("c", language="es_MX"),
        our_template("d", tenant_id="another"),
    )
    look, _ = looking(META, templates={"meta": [CITA]}, ours=ours)
    [used, missing] = look.templates("andinos").templates
    assert used.template == CITA
    assert used.used_by == ("aceite.a.clients.whatsapp.es", "aceite.b.clients.whatsapp.es")
    assert missing.used_by == ("aceite.c.clients.whatsapp.es",)


def test_what_ours_name_and_the_provider_lacks_is_missing_once_for_all_that_name_it() -> None:
    ours = (our_template("a", parameters=("Nombre",)), our_template("b", parameters=("Nombre",)))
    look, _ = looking(META, templates={"meta": []}, ours=ours)
    [report] = look.templates("andinos").templates
    assert (report.template.name, report.template.language) == ("cita", "es")
    assert (report.template.status, report.template.parameters) == ("MISSING", 1)
    assert len(report.used_by) == 2


def test_a_template_that_is_there_and_not_approved_is_not_missing() -> None:
    paused = CITA.model_copy(update={"status": "PAUSED"})
    look, _ = looking(META, templates={"meta": [paused]}, ours=(our_template("a"),))
    [report] = look.templates("andinos").templates
    assert report.template.status == "PAUSED"


def test_nothing_is_missing_where_free_text_reaches_everybody() -> None:
    look, _ = looking(EVOLUTION, templates={"evo": []}, ours=(our_template("a"),))
    assert look.templates("andinos").templates == ()


def test_twilio_is_asked_by_content_sid_and_not_by_name() -> None:
    ours = (our_template("a", content_sid=SID), our_template("b"))
    there = CITA.model_copy(update={"content_sid": SID, "name": "Cita de taller"})
    look, _ = looking(TWILIO, templates={"tw": [there]}, ours=ours)
    used, missing = look.templates("andinos").templates
    assert (used.template.name, used.used_by) == (
        "Cita de taller",
        ("aceite.a.clients.whatsapp.es",),
    )
    assert (missing.template.status, missing.used_by) == (
        "MISSING",
        ("aceite.b.clients.whatsapp.es",),
    )


def test_an_account_that_could_not_be_asked_has_nothing_missing_and_says_why() -> None:
    error = AccountError("190", "the token expired: make a new one")
    look, _ = looking(META, TWILIO, templates={"meta": error, "tw": []}, ours=(our_template("a"),))
    found = look.templates("andinos")
    assert [report.account_id for report in found.templates] == ["tw"]
    [unlisted] = found.unlisted
    assert (unlisted.account_id, unlisted.problem.code) == ("meta", "190")


def test_the_quality_that_was_told_fills_in_what_the_list_lacks() -> None:
    told = TemplateState(
        tenant_id="andinos",
        account_id="meta",
        name="cita",
        language="es",
        quality="RED",
        at=NOON,
    )
    listed = [CITA, CITA.model_copy(update={"name": "otra"})]
    look, _ = looking(META, templates={"meta": listed}, told=(told,))
    assert [r.template.quality for r in look.templates("andinos").templates] == ["RED", None]


def test_the_quality_in_the_list_is_newer_than_the_one_that_was_told() -> None:
    told = TemplateState(
        tenant_id="andinos", account_id="meta", name="cita", language="es", quality="RED", at=NOON
    )
    listed = [CITA.model_copy(update={"quality": "GREEN"})]
    look, _ = looking(META, templates={"meta": listed}, told=(told,))
    assert [r.template.quality for r in look.templates("andinos").templates] == ["GREEN"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "cita"}, ["cita"]),
        ({"language": "en"}, ["gracias"]),
        ({"status": "approved"}, ["cita"]),
        ({"status": "MISSING"}, ["recordatorio"]),
        ({"name": "cita", "language": "en"}, []),
        ({}, ["cita", "gracias", "recordatorio"]),
    ],
)
def test_the_list_can_be_narrowed(filters: dict[str, str], names: list[str]) -> None:
    listed = [CITA, ProviderTemplate(name="gracias", language="en", status="PENDING")]
    look, _ = looking(
        META, templates={"meta": listed}, ours=(our_template("a", name="recordatorio"),)
    )
    found = look.templates("andinos", **filters)
    assert [report.template.name for report in found.templates] == names
