"""The language of templates: a small part of Jinja2's syntax that cannot do harm.

Tenants write templates, so a template is untrusted. Jinja's sandbox stops class walks but not
memory and CPU bombs (`'a' * 10**9`, nested ranges). So Jinja only parses: its tree is checked
against an allow-list and then carried out here, never compiled to Python. There are variables by
name, a few plain filters, and `if` with and, or, not and comparison with a text. No loops, calls,
attributes or arithmetic: a text can only become as long as its source and the values it names.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes
from markupsafe import escape

from recado.domain.errors import MissingVariablesError, TemplateRefusedError

MAX_SOURCE_CHARACTERS = 100_000
MAX_EXPRESSIONS = 500
MAX_DEPTH = 10
MAX_STACKED_ACCENTS = 30
"""More on one letter is no language but an attack on normalisation (Unicode UAX #15-D3)."""

REMEMBERED_CHARACTERS = 2_000_000
"""Of all sources together; with its tree a character takes up to 8 bytes, so about 16 MB."""

Names = frozenset[str]

_NOTHING: Names = frozenset()
_RESERVED: Names = frozenset({"self", "super", "caller", "loop", "varargs", "kwargs"})
_FILTERS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "capitalize": str.capitalize,
    "trim": str.strip,
}
_PARSER = Environment(autoescape=True, keep_trailing_newline=True)


@dataclass(frozen=True)
class CheckedTemplate:
    """A template that is within the language.

    Attributes
    ----------
    variables
        Every variable that the source names.
    required
        Those without which the text would have a hole: printed where no `if` made sure of them,
        and without a `default`.
    """

    variables: Names
    required: Names
    _tree: nodes.Template
    _html: bool

    def render(self, values: Mapping[str, str]) -> str:
        """Render with exact variable names; in HTML, values are escaped.

        Raises
        ------
        MissingVariablesError
            A required variable has no value; names all of them. Permanent for the message.
        """
        missing = sorted(name for name in self.required if not values.get(name))
        if missing:
            raise MissingVariablesError(missing)
        written: list[str] = []
        _write(self._tree.body, values, self._html, written)
        return "".join(written)


class RememberedTemplates:
    """The templates used last, so many that their sources have `most_characters` at most."""

    def __init__(self, *, most_characters: int) -> None:
        self._most = most_characters
        self._templates: dict[tuple[str, bool], CheckedTemplate] = {}
        self._characters = 0
        self._lock = threading.Lock()

    def recall(self, key: tuple[str, bool], load: Callable[[], CheckedTemplate]) -> CheckedTemplate:
        """The template of a source, as text or HTML; loaded when it is not remembered."""
        with self._lock:
            known = self._templates.pop(key, None)
            if known is not None:
                # A dict keeps its order: put back, it is the one used last.
                self._templates[key] = known
                return known
        fresh = load()
        size = len(key[0])
        if size > self._most:
            return fresh
        with self._lock:
            if key not in self._templates:
                self._templates[key] = fresh
                self._characters += size
            while self._characters > self._most:
                oldest = next(iter(self._templates))
                del self._templates[oldest]
                self._characters -= len(oldest[0])
        return fresh


_REMEMBERED = RememberedTemplates(most_characters=REMEMBERED_CHARACTERS)


def check_template(source: str, *, html: bool = False) -> CheckedTemplate:
    """Read a template and make sure that it is within the language.

    The source is normalised to NFC first, so that a decomposed `{{Vehículo}}` is the same
    variable as a composed one.

    Raises
    ------
    TemplateRefusedError
        The source is too large, is no valid syntax, or uses something outside the language.
    """
    return _REMEMBERED.recall((source, html), lambda: _check(source, html=html))


def _check(source: str, *, html: bool) -> CheckedTemplate:
    _check_characters(source)
    try:
        tree = _PARSER.parse(unicodedata.normalize("NFC", source))
    except TemplateSyntaxError as error:
        raise TemplateRefusedError(
            "syntax error: {fault}", line=error.lineno, fault=error.message
        ) from None
    except (RecursionError, ValueError):
        # Thousands of brackets, or a number with thousands of digits.
        raise TemplateRefusedError("too complicated to read") from None
    _check_body(tree.body, depth=0)
    expressions = list(tree.find_all((nodes.Name, nodes.If)))
    if len(expressions) > MAX_EXPRESSIONS:
        raise TemplateRefusedError(
            "more than {most} variables and conditions", most=MAX_EXPRESSIONS
        )
    return CheckedTemplate(
        variables=frozenset(node.name for node in expressions if isinstance(node, nodes.Name)),
        required=_required(tree.body, given=_NOTHING),
        _tree=tree,
        _html=html,
    )


def _check_characters(source: str) -> None:
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise TemplateRefusedError("longer than {most} characters", most=MAX_SOURCE_CHARACTERS)
    stacked = 0
    for character in source:
        if "\ud800" <= character <= "\udfff":
            raise TemplateRefusedError("half a surrogate pair is no character")
        stacked = stacked + 1 if unicodedata.combining(character) else 0
        if stacked > MAX_STACKED_ACCENTS:
            raise TemplateRefusedError(
                "more than {most} accents on one letter", most=MAX_STACKED_ACCENTS
            )


def _check_body(body: Iterable[nodes.Node], *, depth: int) -> None:
    for node in body:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        _check_text(part, depth=depth)
            case nodes.If():
                _check_test(node.test, depth=depth + 1)
                for branch in (node.body, node.elif_, node.else_):
                    _check_body(branch, depth=depth + 1)
            case _:
                raise _refusal(node)


def _check_text(node: nodes.Node, *, depth: int) -> None:
    """An expression that gives a text: a variable or a text in quotes, perhaps filtered."""
    _check_depth(node, depth)
    match node:
        case nodes.Name(name=name) if name not in _RESERVED:
            pass
        case nodes.Const(value=str() as text):
            _check_characters(text)
        case nodes.Filter(node=nodes.Expr() as inner, name=name) if _is_well_used(node):
            if name not in _FILTERS and name != "default":
                raise TemplateRefusedError(
                    "filter '{filter}' is not allowed", line=node.lineno, filter=name
                )
            _check_text(inner, depth=depth + 1)
        case _:
            raise _refusal(node)


def _is_well_used(node: nodes.Filter) -> bool:
    """`default` takes one text in quotes, every other filter nothing."""
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        return False
    if node.name != "default":
        return not node.args
    match node.args:
        case [nodes.Const(value=str())]:
            return True
    return False


def _check_test(node: nodes.Node, *, depth: int) -> None:
    """What an `if` may ask: has a value, equals a text, and their combinations."""
    _check_depth(node, depth)
    match node:
        case nodes.And() | nodes.Or():
            _check_test(node.left, depth=depth + 1)
            _check_test(node.right, depth=depth + 1)
        case nodes.Not():
            _check_test(node.node, depth=depth + 1)
        case nodes.Compare(ops=[nodes.Operand(op="eq" | "ne") as operand]):
            _check_text(node.expr, depth=depth + 1)
            _check_text(operand.expr, depth=depth + 1)
        case _:
            _check_text(node, depth=depth)


def _check_depth(node: nodes.Node, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TemplateRefusedError("nested too deeply", line=node.lineno)


def _refusal(node: nodes.Node) -> TemplateRefusedError:
    kind = type(node).__name__.lower()
    return TemplateRefusedError("'{kind}' is not allowed here", line=node.lineno, kind=kind)


def _required(body: Iterable[nodes.Node], *, given: Names) -> Names:
    """The variables that a body prints, without those that are given there."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, nodes.If):
            otherwise = given | _implied(node.test, holds=False)
            found |= _required(node.body, given=given | _implied(node.test, holds=True))
            for elif_ in node.elif_:
                held = _implied(elif_.test, holds=True)
                found |= _required(elif_.body, given=otherwise | held)
                otherwise |= _implied(elif_.test, holds=False)
            found |= _required(node.else_, given=otherwise)
        elif isinstance(node, nodes.Output):
            found |= {name for part in node.nodes for name in _printed(part)} - given
    return frozenset(found)


def _printed(node: nodes.Node) -> Names:
    """The variable that an expression would leave a hole for."""
    match node:
        case nodes.Name():
            return frozenset({node.name})
        case nodes.Filter(node=nodes.Expr() as inner) if node.name != "default":
            return _printed(inner)
    return _NOTHING


def _implied(test: nodes.Node, *, holds: bool) -> Names:
    """The variables that surely have a value when a test holds, or when it does not."""
    match test:
        case nodes.Not():
            return _implied(test.node, holds=not holds)
        case nodes.And() | nodes.Or():
            left, right = _implied(test.left, holds=holds), _implied(test.right, holds=holds)
            return left | right if isinstance(test, nodes.And) == holds else left & right
        case nodes.Compare(ops=[nodes.Operand(op=op, expr=nodes.Const(value=text))]):
            return _printed(test.expr) if text.strip() and (op == "eq") == holds else _NOTHING
        case _:
            return _printed(test) if holds else _NOTHING


def _write(
    body: Iterable[nodes.Node], values: Mapping[str, str], html: bool, written: list[str]
) -> None:
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if isinstance(part, nodes.TemplateData):
                    written.append(part.data)
                else:
                    text = _text(part, values)
                    written.append(str(escape(text)) if html else text)
        elif isinstance(node, nodes.If):
            _write(_branch(node, values), values, html, written)


def _branch(node: nodes.If, values: Mapping[str, str]) -> list[nodes.Node]:
    for candidate in (node, *node.elif_):
        if _holds(candidate.test, values):
            return candidate.body
    return node.else_


def _holds(test: nodes.Node, values: Mapping[str, str]) -> bool:
    match test:
        case nodes.And():
            return _holds(test.left, values) and _holds(test.right, values)
        case nodes.Or():
            return _holds(test.left, values) or _holds(test.right, values)
        case nodes.Not():
            return not _holds(test.node, values)
        case nodes.Compare(ops=[operand]):
            equal = _text(test.expr, values) == _text(operand.expr, values)
            return equal == (operand.op == "eq")
        case _:
            return bool(_text(test, values))


def _text(node: nodes.Node, values: Mapping[str, str]) -> str:
    match node:
        case nodes.Name():
            return values.get(node.name, "")
        case nodes.Const():
            return str(node.value)
        case nodes.Filter(name="default", node=nodes.Expr() as inner, args=[default]):
            return _text(inner, values) or _text(default, values)
        case nodes.Filter(node=nodes.Expr() as inner):
            return _FILTERS[node.name](_text(inner, values))
    raise TypeError(f"the check let a {type(node).__name__} through")
