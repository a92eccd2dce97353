"""Templates' texts, rendered by Jinja2, each compiled once a process."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2 import meta as jinja_meta
from jinja2.sandbox import SandboxedEnvironment

_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
_TEXTS = ("subject", "text", "html", "title", "body", "url")


def missing(content: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """The variables that a template names and that have no value."""
    named = set(content.get("approved_template", {}).get("parameters", []))
    for text in _TEXTS:
        if content.get(text):
            named |= _variables(content[text])
    return sorted(named - values.keys())


def render(content: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """What a template becomes."""
    message: dict[str, Any] = {
        name: _compile(content[name]).render(values) for name in _TEXTS if content.get(name)
    }
    if approved := content.get("approved_template"):
        filled = [values[name] for name in approved["parameters"]]
        message["approved_template"] = {**approved, "parameters": filled}
    return message


@lru_cache(maxsize=1000)
def _compile(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)


@lru_cache(maxsize=1000)
def _variables(text: str) -> frozenset[str]:
    return frozenset(jinja_meta.find_undeclared_variables(_ENVIRONMENT.parse(text)))
