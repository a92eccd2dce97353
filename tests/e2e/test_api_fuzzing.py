"""The whole API as it is deployed, asked for everything in every way, with keys that hold."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import schemathesis

from local.places import ENVIRONMENT_FILE, ROOT
from recado.domain.rate_limits import MOST_PER_SECOND
from tests import fuzzing

TENANT = "talleres-asediados"
"""One of its own: what other tests look at is left alone."""


def recado(*arguments: str) -> str:
    """What the command prints."""
    command = [ROOT / ".venv/bin/recado", "--env-file", ENVIRONMENT_FILE, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


@pytest.fixture(scope="module")
def api_key(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A test key, which sends nothing to anybody, of a tenant with the seed's data."""
    folder = tmp_path_factory.mktemp("seed") / "workshop"
    shutil.copytree(ROOT / "seed/workshop", folder)
    _rename_tenant(folder / "tenant.yaml")
    recado("seed", "--directory", str(folder))
    made = recado(
        *("keys", "create", "--tenant", TENANT, "--name", "fuzzing", "--mode", "test", "--json"),
        *("--requests-per-second", str(MOST_PER_SECOND)),
    )
    key: str = json.loads(made)["key"]
    return key


def _rename_tenant(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("tenant_id: talleres-andinos", f"tenant_id: {TENANT}"))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_every_answer_is_one_that_the_document_has(
    variables: dict[str, str], api_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    schema = schemathesis.openapi.from_url(
        f"{variables['RECADO_URL']}/api/schema/",
        config=fuzzing.configuration(
            api_key=api_key,
            internal_secret=variables["RECADO_INTERNAL_SECRET"],
            tenant_id=TENANT,
            phase=fuzzing.AT_RANDOM,
        ),
    )
    found = fuzzing.ask_for_everything(schema)
    assert found.faults == []
    assert len(found.succeeded) > 0.8 * len(found.asked)
