"""A laptop cloud that is up is used only with the checkout's code, and left as it was found."""

import json
from pathlib import Path

import pytest

from local import build, cloud, fingerprints, outputs, processes
from local.problems import Problem


class Deployments:
    """Counts what would be built, deployed, started and stopped."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def deploy(self) -> dict[str, str]:
        """Deployed again, the stack has another queue; the key stays."""
        self.done.append("deployed")
        return {"SMS_QUEUE_URL": "new"}


@pytest.fixture
def deployments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployments:
    """A laptop cloud that is up, whole, and has the checkout's code."""
    seen = Deployments()
    monkeypatch.setattr(cloud, "_CODE_FILE", tmp_path / "code.json")
    monkeypatch.setattr(cloud, "ENVIRONMENT_FILE", tmp_path / "env")
    monkeypatch.setattr(build, "fingerprint", lambda _: "present code")
    monkeypatch.setattr(build, "built", lambda: "present code")
    monkeypatch.setattr(fingerprints, "of_files", lambda *_: "present files")
    monkeypatch.setattr(cloud, "_build", lambda: seen.done.append("built"))
    monkeypatch.setattr(cloud, "_deploy", seen.deploy)
    monkeypatch.setattr(cloud, "up", lambda: seen.done.append("up"))
    monkeypatch.setattr(cloud, "down", lambda: seen.done.append("down"))
    monkeypatch.setattr(processes, "running", lambda: {"ministack": 1})
    monkeypatch.setattr(processes, "first_that_ended", lambda: None)
    (tmp_path / "env").write_text("SMS_QUEUE_URL=old\nRECADO_API_KEY=key\n")
    remember(tmp_path)
    return seen


def remember(state: Path, deployed: str = "present code", started: str = "present files") -> None:
    (state / "code.json").write_text(json.dumps({"deployed": deployed, "started": started}))


def test_one_with_the_checkouts_code_is_used_as_it_is(deployments: Deployments) -> None:
    with cloud.kept_up():
        deployments.done.append("used")
    assert deployments.done == ["used"]


def test_one_with_other_code_is_deployed_again_which_is_told(
    deployments: Deployments, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(tmp_path, deployed="earlier code")
    with cloud.kept_up():
        deployments.done.append("used")
    assert deployments.done == ["built", "deployed", "used"]
    assert "deploying it again" in capsys.readouterr().out
    variables = outputs.read(tmp_path / "env")
    assert variables == {"SMS_QUEUE_URL": "new", "RECADO_API_KEY": "key"}

    cloud.refresh()
    assert deployments.done == ["built", "deployed", "used"]


def test_one_whose_own_files_changed_is_refused_with_the_mend(
    deployments: Deployments, tmp_path: Path
) -> None:
    remember(tmp_path, started="earlier files")
    with pytest.raises(Problem, match="`make down` stops it"), cloud.kept_up():
        deployments.done.append("used")
    assert deployments.done == []


def test_one_of_which_nothing_is_known_is_refused(deployments: Deployments, tmp_path: Path) -> None:
    (tmp_path / "code.json").unlink()
    with pytest.raises(Problem, match="`make down` stops it"):
        cloud.refresh()


def test_one_that_was_not_up_is_stopped_again_even_after_an_error(
    deployments: Deployments, tmp_path: Path
) -> None:
    (tmp_path / "env").unlink()
    with pytest.raises(ZeroDivisionError), cloud.kept_up():
        raise ZeroDivisionError
    assert deployments.done == ["up", "down"]


def test_one_that_is_just_being_stopped_is_not_up(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloud.is_up()
    monkeypatch.setattr(processes, "running", dict)
    assert not cloud.is_up()
