"""Template variables: their names, and how an event's context fills them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from recado.domain.model import Model


class Variable(Model):
    """A variable that templates may use: its exact name, what it means, an example."""

    name: str
    description: dict[str, str]
    example: str


def loose(name: str) -> str:
    """The form in which names of a context are compared: no case, no accents."""
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def fill(variables: Iterable[str], context: Mapping[str, str]) -> dict[str, str]:
    """Give each variable the value that the context holds under any spelling of its name.

    `vehiculo` fills `Vehículo`. An exact name wins over a loose one; a variable that the context
    does not hold, or holds as an empty text, is left out.
    """
    said = {name: value for name, value in context.items() if value.strip()}
    exact = {unicodedata.normalize("NFC", name): value for name, value in said.items()}
    by_loose_name = {loose(name): value for name, value in said.items()}
    values = {name: exact.get(name) or by_loose_name.get(loose(name)) for name in variables}
    return {name: value for name, value in values.items() if value}


def with_defaults(context: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """Add what the product itself knows, where the context says nothing under any spelling.

    What the context holds as an empty text counts as nothing said.
    """
    said = {name: value for name, value in context.items() if value.strip()}
    spoken_of = {loose(name) for name in said}
    known = {name: value for name, value in defaults.items() if loose(name) not in spoken_of}
    return {**known, **said}
