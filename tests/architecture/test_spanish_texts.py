"""Every message that is raised for clients is written out, and has a Spanish text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest

from recado.api.spanish import TEXTS
from recado.domain.errors import LINE

ROOT = Path(__file__).parents[2] / "shared" / "recado"

TOLD_TO_PROVIDERS = {"WebhookRefusedError", "MalformedWebhookError"}
"""What a webhook is refused with; no person reads it."""

NOT_TOLD_TO_CLIENTS = {
    # What only the command and the seed make.
    "api_keys.py",
    "client_endpoints.py",
    "plain_words.py",
    # What we store ourselves.
    "media.py",
}
"""Files of the domain whose models break no request."""


@dataclass(frozen=True)
class Raised:
    """A message where it is raised, or said in an answer."""

    where: str
    error: str
    message: ast.expr


def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}


def request_errors(trees: dict[Path, ast.Module]) -> dict[str, ast.ClassDef]:
    """Every class of errors that is told to clients, by name."""
    classes = {
        node.name: node
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }

    def is_told(name: str) -> bool:
        if name in TOLD_TO_PROVIDERS or name not in classes:
            return False
        bases = {base.id for base in classes[name].bases if isinstance(base, ast.Name)}
        return name == "RequestError" or any(is_told(base) for base in bases)

    return {name: node for name, node in classes.items() if is_told(name)}


def makes_its_own_message(error: ast.ClassDef, errors: dict[str, ast.ClassDef]) -> bool:
    """Whether a class is raised with something else than its message."""
    for node in error.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            arguments = [*node.args.posonlyargs, *node.args.args]
            return len(arguments) < 2 or arguments[1].arg != "message"
    bases = [errors[b.id] for b in error.bases if isinstance(b, ast.Name) and b.id in errors]
    return any(makes_its_own_message(base, errors) for base in bases)


def raised() -> Iterator[Raised]:
    trees = modules()
    errors = request_errors(trees)
    own = {name for name, node in errors.items() if makes_its_own_message(node, errors)}
    for path, tree in trees.items():
        told = (set(errors) - own) | {"InvalidValueError", "say"}
        if path.parent.name in ("domain", "services") and path.name not in NOT_TOLD_TO_CLIENTS:
            told.add("ValueError")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                match node.func:
                    case ast.Name(id=name) if name in told:
                        yield Raised(f"{path.name}:{node.lineno}", name, node.args[0])
    for name in sorted(own):
        for node in ast.walk(errors[name]):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"),
                    args=[message, *_],
                ):
                    yield Raised(f"{name}", name, message)


def literals(message: ast.expr) -> list[str] | None:
    """The texts that a message can be; None for one that is put together."""
    match message:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            texts = [literals(body), literals(orelse)]
            return None if None in texts else [text for each in texts for text in each or []]
        case ast.Attribute(attr="message") | ast.Call(func=ast.Name(id="str")):
            # The message of another error of ours, whose own place is looked at.
            return []
    return None


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


RAISED = list(raised())


@pytest.mark.parametrize("each", RAISED, ids=lambda each: each.where)
def test_a_message_for_clients_is_written_out_and_has_a_spanish_text(each: Raised) -> None:
    texts = literals(each.message)

    assert texts is not None, f"{each.where}: {each.error} needs a literal message with {{names}}"
    for text in texts:
        assert text in TEXTS, f"{each.where}: no Spanish text for {text!r} in api/spanish.py"


@pytest.mark.parametrize(("english", "spanish"), TEXTS.items(), ids=list(TEXTS))
def test_a_spanish_text_has_the_values_of_the_english_one(english: str, spanish: str) -> None:
    assert names(english) == names(spanish)


def test_no_text_is_left_over() -> None:
    said = {text for each in RAISED for text in literals(each.message) or []}

    assert set(TEXTS) - said == {LINE}


def test_the_texts_are_loaded_only_when_somebody_asks_for_them() -> None:
    loaded = [
        path.name
        for path, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "recado.api.spanish"
    ]

    assert loaded == []


def test_the_walk_finds_what_is_raised() -> None:
    errors = {each.error for each in RAISED}

    assert {"NotFoundError", "UnprocessableError", "TemplateRefusedError", "ValueError"} <= errors
    assert {"MissingVariablesError", "TooManyRequestsError", "UnexpectedError"} <= errors
