"""The language of templates: Jinja2's syntax, cut down to what cannot do harm.

Tenants write templates, so a template is untrusted. Jinja's sandbox stops class walks but not
memory and CPU bombs (`'a' * 10**9`, nested ranges). So the parsed tree is checked against an
allow-list: variables by name, a few plain filters, `if`/`else` and comparison with a text.
No loops, calls, attributes, subscripts or arithmetic: the output can only be as long as the
source plus the values that it names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, Template, TemplateSyntaxError, nodes

from recado.domain.errors import MissingVariablesError, TemplateRefusedError

MAX_SOURCE_CHARACTERS = 100_000
MAX_EXPRESSIONS = 500
MAX_NESTED_CONDITIONS = 10
PLAIN_FILTERS = frozenset({"upper", "lower", "title", "capitalize", "trim"})
RESERVED_NAMES = frozenset({"self", "super", "caller", "loop", "varargs", "kwargs"})

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        autoescape=autoescape,  # noqa: S701 - only HTML parts are HTML
        optimized=False,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    return environment


_PLAIN = _environment(autoescape=False)
_HTML = _environment(autoescape=True)


@dataclass(frozen=True)
class CompiledTemplate:
    """A checked template.

    Attributes
    ----------
    variables
        Every variable that the source names.
    required
        Those without which the text would have a hole: printed outside an `if` that asks for
        them and without a `default`.
    """

    variables: frozenset[str]
    required: frozenset[str]
    _template: Template

    def render(self, values: Mapping[str, str]) -> str:
        """Render with exact variable names.

        Raises
        ------
        MissingVariablesError
            A required variable has no value; names all of them. Permanent for the message.
        """
        missing = sorted(self.required - values.keys())
        if missing:
            raise MissingVariablesError(missing)
        return self._template.render({name: values.get(name, "") for name in self.variables})


@lru_cache(maxsize=512)
def compile_template(source: str, *, html: bool = False) -> CompiledTemplate:
    """Check and compile a template; with `html`, values are escaped.

    The source is normalised to NFC first, so that a decomposed `{{Vehículo}}` is the same
    variable as a composed one.

    Raises
    ------
    TemplateRefusedError
        The source is too large, is no valid syntax, or uses something outside the language.
    """
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise TemplateRefusedError(f"longer than {MAX_SOURCE_CHARACTERS} characters")
    environment = _HTML if html else _PLAIN
    try:
        tree = environment.parse(unicodedata.normalize("NFC", source))
        _check(tree, depth=0)
    except TemplateSyntaxError as error:
        raise TemplateRefusedError(error.message or "syntax error", line=error.lineno) from None
    except RecursionError:
        raise TemplateRefusedError("nested too deeply") from None
    names = [node.name for node in tree.find_all(nodes.Name)]
    if len(names) > MAX_EXPRESSIONS:
        raise TemplateRefusedError(f"more than {MAX_EXPRESSIONS} variables")
    template = Template.from_code(environment, environment.compile(tree), {})
    return CompiledTemplate(
        variables=frozenset(names),
        required=frozenset(_required(tree, asked_for=frozenset())),
        _template=template,
    )


def _check(node: nodes.Node, *, depth: int) -> None:
    """Refuse the first node that the language does not know."""
    match node:
        case nodes.Name(name=name) if name in RESERVED_NAMES:
            raise TemplateRefusedError(f"'{name}' is not a variable", line=node.lineno)
        case nodes.Const(value=value) if not isinstance(value, str):
            raise TemplateRefusedError("only texts in quotes are allowed", line=node.lineno)
        case nodes.Operand(op=op) if op not in {"eq", "ne"}:
            raise TemplateRefusedError("only == and != compare", line=node.lineno)
        case nodes.Filter():
            _check_filter(node)
        case nodes.If():
            depth += 1
            if depth > MAX_NESTED_CONDITIONS:
                raise TemplateRefusedError("conditions are nested too deeply", line=node.lineno)
        case _ if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            raise TemplateRefusedError(f"'{kind}' is not allowed in templates", line=node.lineno)
    for child in node.iter_child_nodes():
        _check(child, depth=depth)


def _check_filter(node: nodes.Filter) -> None:
    arguments_allowed = 1 if node.name == "default" else 0
    if node.name not in PLAIN_FILTERS | {"default"}:
        raise TemplateRefusedError(f"filter '{node.name}' is not allowed", line=node.lineno)
    if node.node is None or len(node.args) != arguments_allowed or node.kwargs:
        raise TemplateRefusedError(f"filter '{node.name}' is used wrongly", line=node.lineno)
    if not all(isinstance(argument, nodes.Const) for argument in node.args):
        raise TemplateRefusedError("default takes a text in quotes", line=node.lineno)
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise TemplateRefusedError(f"filter '{node.name}' is used wrongly", line=node.lineno)


def _required(node: nodes.Node, *, asked_for: frozenset[str]) -> Iterator[str]:
    """The variables that must have a value, given those that an enclosing `if` asked for."""
    if isinstance(node, nodes.If):
        asked_here = {name.name for name in node.test.find_all(nodes.Name)}
        if isinstance(node.test, nodes.Name):
            asked_here.add(node.test.name)
        for child in node.body:
            yield from _required(child, asked_for=asked_for | asked_here)
        for child in (*node.elif_, *node.else_):
            yield from _required(child, asked_for=asked_for)
        return
    if isinstance(node, nodes.Filter) and node.name == "default":
        return
    if isinstance(node, nodes.Name) and node.name not in asked_for:
        yield node.name
    for child in node.iter_child_nodes():
        yield from _required(child, asked_for=asked_for)
