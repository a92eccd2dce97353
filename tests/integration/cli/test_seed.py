"""`recado seed` on real tables: what is written, and above all what is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
from recado.domain.channels import Channel
from recado.domain.directory import Address, PushKeys
from recado.domain.orchestration import Target
from recado.domain.templates import TemplateSlot, WhatsAppContent
from tests.integration.cli.conftest import Deployment
from tests.unit.cli.running import run

WORKSHOP = Path(__file__).parents[3] / "seed" / "workshop"
TENANT = "talleres-andinos"
SLOT = TemplateSlot(
    service_type="mantenimiento-preventivo",
    phase="phase-schedule",
    target=Target.CLIENTS,
    channel=Channel.WHATSAPP,
    locale="es",
)
FILE = "templates/mantenimiento-preventivo.yaml"
GREETING = "Hola, {{Nombre}}. Su {{Vehículo}}, de placa {{Placa}}, tiene cita"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the workshop's seed, with the templates of one service type."""
    directory = Path(shutil.copytree(WORKSHOP, tmp_path / "workshop"))
    for path in (directory / "templates").iterdir():
        if path != directory / FILE:
            path.unlink()
    return directory


@pytest.fixture
def loaded(deployment: Deployment, files: Path) -> Path:
    """The same, already loaded."""
    assert run("seed", "--directory", str(files)).exit_code == 0
    return files


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def counts(directory: Path, *options: str) -> dict[str, dict[str, int]]:
    """What a run did, without the zeros."""
    result = run("seed", "--directory", str(directory), "--json", *options)
    assert result.exit_code == 0
    loaded = json.loads(result.stdout)["loaded"]
    return {kind: {c: n for c, n in changes.items() if n} for kind, changes in loaded.items()}


def test_a_first_run_creates_everything(deployment: Deployment) -> None:
    assert counts(WORKSHOP) == {
        "tenant": {"created": 1},
        "catalogue": {"created": 1},
        "replies": {"changed": 1},
        "orchestration": {"created": 10},
        "templates": {"created": 194},
        "customers": {"created": 6},
        "team": {"created": 1},
        "suppressions": {"created": 3},
    }


def test_what_was_loaded_is_what_the_functions_read(loaded: Path, deployment: Deployment) -> None:
    stack = deployment.stack
    template = stack.configuration.templates(TENANT, [SLOT])[SLOT.template_id]
    team = stack.directory.recipient(TENANT, "team-workshop")
    suppressed = stack.directory.recipient(TENANT, "customer-005")

    assert template.version == 1
    assert template == stack.configuration.template_version(TENANT, SLOT.template_id, 1)
    assert team is not None
    assert len(team.addresses) == 3
    assert suppressed is not None
    assert len(stack.directory.suppressed(TENANT, suppressed.addresses)) == 3


def test_the_summary_tells_what_the_files_hold(deployment: Deployment) -> None:
    output = run("seed", "--directory", str(WORKSHOP)).stdout

    assert "10 configurations, 150 settings" in output
    assert "5 phases, 5 service types, 6 subtypes, 16 variables" in output


def test_a_second_run_changes_nothing_and_says_so(loaded: Path, deployment: Deployment) -> None:
    before = deployment.rows()

    result = run("seed", "--directory", str(loaded))

    assert result.exit_code == 0
    assert "everything is unchanged" in result.stdout
    assert deployment.rows() == before


def test_a_changed_template_gets_the_next_version(loaded: Path, deployment: Deployment) -> None:
    first = deployment.stack.configuration.templates(TENANT, [SLOT])[SLOT.template_id]
    rewrite(loaded / FILE, GREETING, f"¡Buenos días! {GREETING}")

    assert counts(loaded)["templates"] == {"changed": 1, "unchanged": 29}

    configuration = deployment.stack.configuration
    second = configuration.templates(TENANT, [SLOT])[SLOT.template_id]
    assert second.version == 2
    assert isinstance(second.content, WhatsAppContent)
    assert second.content.text.startswith("¡Buenos días!")
    assert configuration.template_version(TENANT, SLOT.template_id, 1) == first


def test_force_writes_again_and_makes_no_new_versions(loaded: Path, deployment: Deployment) -> None:
    before = deployment.rows()

    forced = counts(loaded, "--force")

    assert forced["templates"] == {"written again": 30}
    assert forced["customers"] == {"written again": 6}
    assert deployment.rows() == before


def test_force_restores_a_row_that_was_lost(loaded: Path, deployment: Deployment) -> None:
    before = deployment.rows()
    lost = next(r for r in before["CONFIGURATION_TABLE"] if r["sk"]["S"].startswith("VERSION#"))
    key = {"pk": lost["pk"], "sk": lost["sk"]}
    deployment.stack.dynamodb.delete_item(TableName="configuration", Key=key)

    counts(loaded, "--force")

    assert deployment.rows() == before


def test_a_changed_customer_is_written_and_keeps_the_browsers_subscriptions(
    loaded: Path, deployment: Deployment
) -> None:
    carlos = deployment.stack.directory.recipient(TENANT, "customer-001")
    assert carlos is not None
    push = Address(
        channel=Channel.PUSH,
        value="https://push.example.com/a",
        push_keys=PushKeys(p256dh="p", auth="a"),
    )
    with_push = carlos.model_copy(update={"addresses": (*carlos.addresses, push)})
    deployment.stack.directory.put_recipient(with_push)
    assert counts(loaded)["customers"] == {"unchanged": 6}
    rewrite(loaded / "customers.yaml", "carlos@example.com", "carlos.m@example.com")

    assert counts(loaded)["customers"] == {"changed": 1, "unchanged": 5}

    changed = deployment.stack.directory.recipient(TENANT, "customer-001")
    assert changed is not None
    assert push in changed.addresses
    assert changed.addresses_on(Channel.EMAIL)[0].value == "carlos.m@example.com"


@pytest.mark.parametrize("loaded_before", [False, True])
def test_a_broken_template_is_refused_with_its_file_and_nothing_is_written(
    deployment: Deployment, files: Path, loaded_before: bool
) -> None:
    if loaded_before:
        run("seed", "--directory", str(files))
    rewrite(files / "tenant.yaml", "Talleres Andinos", "Otro Taller")
    rewrite(files / FILE, GREETING, "{% for x in y %}" + GREETING)
    before = deployment.rows()

    result = run("seed", "--directory", str(files))

    assert result.exit_code == 1
    assert f"{FILE}, {SLOT.template_id}" in result.stderr
    assert "Nothing was written" in result.stderr
    assert deployment.rows() == before


def test_a_folder_that_does_not_exist_is_refused(deployment: Deployment) -> None:
    result = run("seed")

    assert result.exit_code == 1
    assert "There is no folder seed/workshop." in result.stderr


def test_a_table_that_does_not_exist_is_told_in_one_sentence(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIGURATION_TABLE", "elsewhere")

    result = run("seed", "--directory", str(WORKSHOP))

    assert result.exit_code == 1
    assert "AWS refused GetItem: ResourceNotFoundException" in result.stderr
    assert "`recado doctor` says what is missing." in result.stderr


def test_a_template_that_was_edited_elsewhere_gets_a_version_after_all_others(
    loaded: Path, deployment: Deployment
) -> None:
    templates = DynamoDBTemplateRepository(deployment.stack.dynamodb, "configuration")
    head = templates.head(TENANT, SLOT.template_id)
    first = templates.version(TENANT, SLOT.template_id, 1)
    assert head is not None
    assert first is not None
    draft = head.with_next_version(head.updated_at, publish=False)
    assert templates.save(draft, added=first.model_copy(update={"version": 2}))
    rewrite(loaded / FILE, GREETING, f"¡Buenos días! {GREETING}")

    assert counts(loaded)["templates"] == {"changed": 1, "unchanged": 29}

    assert templates.in_force(TENANT, [SLOT.template_id])[SLOT.template_id].version == 3


def test_templates_of_a_release_without_heads_get_theirs(
    loaded: Path, deployment: Deployment
) -> None:
    before = deployment.rows()
    for lost in before["CONFIGURATION_TABLE"]:
        if lost["sk"]["S"].startswith("TEMPLATE_HEAD#"):
            key = {"pk": lost["pk"], "sk": lost["sk"]}
            deployment.stack.dynamodb.delete_item(TableName="configuration", Key=key)

    assert counts(loaded)["templates"] == {"written again": 30}
    assert deployment.rows() == before
