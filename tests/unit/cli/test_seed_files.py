"""A seed's files are checked whole, and every mistake is told with its file and place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recado.domain.channels import Channel
from recado_cli.refusals import Refusal
from recado_cli.seed_files import read_seed
from recado_cli.yaml_files import read_yaml

WORKSHOP = Path(__file__).parents[3] / "seed" / "workshop"
SLOT = "mantenimiento-preventivo.phase-schedule.clients"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the workshop's seed."""
    return Path(shutil.copytree(WORKSHOP, tmp_path / "workshop"))


def test_the_workshops_seed_holds_what_was_contracted() -> None:
    seed = read_seed(WORKSHOP)

    cells = [cell for o in seed.orchestrations for row in o.matrix.values() for cell in row]
    assert (len(seed.orchestrations), len(cells)) == (10, 150)
    assert (len(seed.catalogue.phases), len(seed.catalogue.service_types)) == (5, 5)
    assert sum(len(s.subtypes) for s in seed.catalogue.service_types) == 6
    assert len(seed.catalogue.variables) == 16
    assert len(seed.templates) == 194


def test_a_phone_is_an_address_for_whatsapp_and_sms() -> None:
    carlos = read_seed(WORKSHOP).customers[0]

    assert [(a.channel, a.value) for a in carlos.addresses] == [
        (Channel.WHATSAPP, "+593991234567"),
        (Channel.SMS, "+593991234567"),
        (Channel.EMAIL, "carlos@example.com"),
    ]


def test_a_customer_may_live_in_another_time_zone() -> None:
    zones = {
        customer.recipient_id: customer.time_zone for customer in read_seed(WORKSHOP).customers
    }

    assert (zones["customer-001"], zones["customer-002"]) == (None, "Europe/Madrid")


def test_a_suppression_is_of_the_customers_own_address() -> None:
    seed = read_seed(WORKSHOP)

    assert {(s.address.channel, s.address.value) for s in seed.suppressions} == {
        (Channel.EMAIL, "andres.villacis@example.com"),
        (Channel.WHATSAPP, "+593987650105"),
        (Channel.SMS, "+593987650105"),
    }


def test_decomposed_accents_are_composed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: Vehi\u0301culo", encoding="utf-8")

    assert read_yaml(tmp_path / "a.yaml") == {"name": "Veh\u00edculo"}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "templates/mantenimiento-preventivo.yaml",
            "Su cita de mantenimiento: {{Fecha}}",
            "Su cita de mantenimiento: {{Fecha|safe}}",
            f"templates/mantenimiento-preventivo.yaml, {SLOT}.email.es: "
            "content.subject: filter 'safe' is not allowed (line 1)",
        ),
        (
            "templates/mantenimiento-preventivo.yaml",
            "Su cita de mantenimiento: {{Fecha}}",
            "Su cita de mantenimiento: {{Dia}}",
            f"templates/mantenimiento-preventivo.yaml, {SLOT}.email.es: undeclared variables: Dia",
        ),
        (
            "templates/mantenimiento-preventivo.yaml",
            "parameters: [Nombre, Vehículo, Placa, Fecha, Hora]",
            "parameters: [Nombre, Auto]",
            f"templates/mantenimiento-preventivo.yaml, {SLOT}.whatsapp.es: "
            "undeclared variables: Auto",
        ),
        (
            "templates/mantenimiento-preventivo.yaml",
            'title: "Cita de mantenimiento agendada"',
            'titel: "Cita de mantenimiento agendada"',
            f"templates/mantenimiento-preventivo.yaml, {SLOT}.push.es: push.title: Field required",
        ),
        (
            "templates/mantenimiento-preventivo.yaml",
            "service_type: mantenimiento-preventivo",
            "service_type: mantenimiento-imprevisto",
            "unknown service type 'mantenimiento-imprevisto'",
        ),
        (
            "templates/subtypes.yaml",
            "channel: whatsapp",
            "channel: email",
            "subtypes.yaml, averia-frenos.phase-schedule.clients.email.es: is there twice",
        ),
        (
            "templates/subtypes.yaml",
            "phase: phase-schedule",
            "phase: phase-lunch",
            "unknown phase 'phase-lunch'",
        ),
        (
            "orchestration.yaml",
            "phase-schedule: {",
            "phase-lunch: {",
            "orchestration.yaml, avaluo-comercial/clients: there are no such phases: phase-lunch",
        ),
        (
            "orchestration.yaml",
            "target: staff",
            "target: clients",
            "orchestration.yaml, avaluo-comercial/clients: is there twice",
        ),
        (
            "orchestration.yaml",
            "- service_type: avaluo-comercial",
            "- service_type: lavado",
            "orchestration.yaml, lavado/clients: there is no such service type",
        ),
        (
            "customers.yaml",
            "time_zone: Europe/Madrid",
            "time_zone: Europe/Malaga",
            "customers.yaml, customers.1.time_zone: Value error, "
            "not a time zone of the IANA database, like America/Guayaquil",
        ),
        (
            "tenant.yaml",
            "default_channel: whatsapp",
            "default_chanel: whatsapp",
            "tenant.yaml, default_chanel: Extra inputs are not permitted",
        ),
        (
            "tenant.yaml",
            "team_recipient_id: team-workshop",
            "team_recipient_id: team-office",
            "customers.yaml, team: recipient_id is not the tenant's team_recipient_id",
        ),
        (
            "customers.yaml",
            'phone: "+593991234567"',
            'phone: "+59"',
            "customers.yaml, customer-001: phone: not a phone number",
        ),
        (
            "customers.yaml",
            'phone: "+593991234567"',
            "phone: +593991234567",
            "customers.yaml, customers.0.phone: Input should be a valid string (put it in quotes)",
        ),
        (
            "customers.yaml",
            "suppressions: []",
            "suppressions: [{channel: push, reason: opt_out}]",
            "customers.yaml, customer-001: suppressions: no address on push",
        ),
        ("catalogue.yaml", "phases:", "phases: [", "catalogue.yaml is no valid YAML (line 5"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(
    seed: Path, file: str, old: str, new: str, told: str
) -> None:
    path = seed / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(Refusal) as refusal:
        read_seed(seed)

    assert told in str(refusal.value)


def test_all_mistakes_are_told_at_once(seed: Path) -> None:
    for path in (seed / "templates").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("{{Placa}}", "{{Matrícula}}", 1), encoding="utf-8")

    with pytest.raises(Refusal) as refusal:
        read_seed(seed)

    assert str(refusal.value).count("undeclared variables: Matrícula") == 7
