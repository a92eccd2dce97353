"""A build is made again exactly when something that goes into it has changed."""

from pathlib import Path

import pytest

from local import build, commands

LAMBDA = "arm64"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one function, built, where building is only pretended."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "BUILD", tmp_path / "out")
    monkeypatch.setattr(build, "_STAMP", tmp_path / "stamp")
    monkeypatch.setattr(build, "_compile_bytecode", lambda: None)
    monkeypatch.setattr(commands, "run", lambda *_: "")
    (tmp_path / "functions" / "api").mkdir(parents=True)
    (tmp_path / "functions" / "api" / "handler.py").write_text("answer = 42\n")
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    build.build(LAMBDA)
    return tmp_path


def test_an_unchanged_checkout_is_not_built_again(checkout: Path) -> None:
    (checkout / "functions" / "api" / "__pycache__").mkdir()
    (checkout / "functions" / "api" / "__pycache__" / "handler.pyc").write_bytes(b"bytecode")
    (checkout / "README.md").write_text("not part of the build")
    assert build.is_current(LAMBDA)


@pytest.mark.parametrize(
    "path", ["functions/api/handler.py", "template.yaml", "functions/api/new.py"]
)
def test_a_changed_or_new_file_is_built(checkout: Path, path: str) -> None:
    (checkout / path).write_text("answer = 43\n")
    assert not build.is_current(LAMBDA)


def test_a_renamed_file_is_built(checkout: Path) -> None:
    handler = checkout / "functions" / "api" / "handler.py"
    handler.rename(handler.with_name("other.py"))
    assert not build.is_current(LAMBDA)


def test_another_processor_is_another_build(checkout: Path) -> None:
    assert not build.is_current("x86_64")


def test_a_file_that_is_changed_during_a_build_is_built_the_next_time(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = checkout / "functions" / "api" / "handler.py"
    monkeypatch.setattr(build, "_compile_bytecode", lambda: handler.write_text("answer = 44\n"))
    build.build(LAMBDA)
    assert not build.is_current(LAMBDA)
    assert build.built() != build.fingerprint(LAMBDA)


def test_only_a_build_may_ask_a_proxy(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[dict[str, str]] = []
    monkeypatch.setattr(
        commands, "run", lambda _, environment, *__: environments.append(environment)
    )
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    build.build(LAMBDA)
    assert environments[0]["https_proxy"] == "http://proxy.example:3128"
