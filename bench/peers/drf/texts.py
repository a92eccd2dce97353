"""Templates' texts, rendered by Django's own engine, each compiled once a process."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template import Context, Engine, Template
from django.template.base import VariableNode

from bench.peers.drf.workshop import VARIABLES

_ENGINE = Engine(autoescape=False)
_TEXTS = ("subject", "text", "html", "title", "body", "url")


def fill(context: Mapping[str, str]) -> dict[str, str]:
    """Each variable's value: `vehiculo` fills `Vehículo`."""
    said = {_loose(name): value for name, value in context.items() if value.strip()}
    return {name: said[_loose(name)] for name in VARIABLES if _loose(name) in said}


def variables_of(content: Mapping[str, Any]) -> set[str]:
    """Every variable that a template prints."""
    return {
        str(node.filter_expression.var)
        for text in _compiled(content).values()
        for node in text.nodelist.get_nodes_by_type(VariableNode)
    }


def missing(content: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """The variables without which a template would have a hole: those outside any `if`."""
    named = {
        str(node.filter_expression.var)
        for text in _compiled(content).values()
        for node in text.nodelist
        if isinstance(node, VariableNode)
    }
    named.update(content.get("approved_template", {}).get("parameters", []))
    return sorted(named - values.keys())


def render(content: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """What a template becomes."""
    context = Context(dict(values), autoescape=False)
    message = {name: text.render(context) for name, text in _compiled(content).items()}
    if approved := content.get("approved_template"):
        filled = [values[name] for name in approved["parameters"]]
        message["approved_template"] = {**approved, "parameters": filled}
    return message


def _compiled(content: Mapping[str, Any]) -> dict[str, Template]:
    return {name: _compile(content[name]) for name in _TEXTS if content.get(name)}


@lru_cache(maxsize=1000)
def _compile(text: str) -> Template:
    return _ENGINE.from_string(text)


@lru_cache(maxsize=1000)
def _loose(name: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
