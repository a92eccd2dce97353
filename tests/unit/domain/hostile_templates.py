"""What people have tried, or could try, to make a template engine do more than fill in words.

Data only. `REFUSED` must not pass the check; `HARMLESS` passes and must render to the text
beside it with the values of `VALUES`.
"""

from __future__ import annotations

from typing import NamedTuple

VALUES = {
    "Nombre": "Ana",
    "Vehículo": "Haval H6",
    "range": "a word",
    "lipsum": "a word",
    "__class__": "a word",
    "__builtins__": "a word",
    "environment": "a word",
}


class HostileTemplate(NamedTuple):
    """An attack by name."""

    name: str
    source: str


class HarmlessTemplate(NamedTuple):
    """Something that looks like an attack and is only text."""

    name: str
    source: str
    output: str


_CLASS_WALKS = {
    "subclasses of object": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class of a value": "{{ Nombre.__class__ }}",
    "class of a value as an item": "{{ Nombre['__class__'] }}",
    "class by the attr filter": "{{ Nombre|attr('__class__') }}",
    "class by the map filter": "{{ Nombre|map(attribute='__class__') }}",
    "class by hexadecimal escapes": r"{{ Nombre['\x5f\x5fclass\x5f\x5f'] }}",
    "class of an empty tuple": "{{ ().__class__.__base__ }}",
    "class of an empty list": "{{ [].__class__ }}",
    "class of an empty dictionary": "{{ {}.__class__ }}",
    "globals of the template": "{{ self.__init__.__globals__ }}",
    "context of the template": "{{ self._TemplateReference__context }}",
    "the template itself": "{{ self }}",
    "os by cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "os by lipsum": "{{ lipsum.__globals__['os'].system('id') }}",
    "os by joiner": "{{ joiner.__init__.__globals__.os }}",
    "os by namespace": "{{ namespace.__init__.__globals__.os }}",
    "a framework's configuration": "{{ config.items() }}",
    "a framework's request": "{{ request.application.__globals__ }}",
    "class by str.format": "{{ '{0.__class__}'.format(Nombre) }}",
    "class by format_map": "{{ ('{a.__class__}').format_map(Nombre) }}",
}

_ACCESS = {
    "attribute": "{{ Nombre.upper }}",
    "item by number": "{{ Nombre[0] }}",
    "item by number after a dot": "{{ Nombre.0 }}",
    "slice": "{{ Nombre[:1] }}",
    "slice that reverses": "{{ Nombre[::-1] }}",
}

_CALLS = {
    "range": "{{ range(10) }}",
    "a long lorem ipsum": "{{ lipsum(n=100000) }}",
    "cycler": "{{ cycler('a', 'b') }}",
    "dict": "{{ dict(a='b') }}",
    "a variable": "{{ Nombre() }}",
    "a method": "{{ Nombre.replace('A', 'B') }}",
    "a translation": "{{ _('text') }}",
    "caller": "{{ caller() }}",
    "super": "{{ super() }}",
    "caller as a name": "{{ caller }}",
    "super as a name": "{{ super }}",
    "loop as a name": "{{ loop }}",
    "the arguments of a macro": "{{ varargs }}{{ kwargs }}",
}

_LOOPS = {
    "over a value": "{% for c in Nombre %}{{ c }}{% endfor %}",
    "over a range": "{% for i in range(10000000000) %}a{% endfor %}",
    "nested": "{% for a in 'ab' %}{% for b in 'ab' %}x{% endfor %}{% endfor %}",
    "recursive": "{% for a in Nombre recursive %}{{ loop(a) }}{% endfor %}",
    "with else": "{% for a in '' %}a{% else %}b{% endfor %}",
}

_ARITHMETIC = {
    "repetition": "{{ 'a' * 1000000000 }}",
    "repetition of a value": "{{ Nombre * Nombre }}",
    "power": "{{ 9 ** 999999999 }}",
    "power of texts": "{{ 'a' ** 'b' }}",
    "sum": "{{ 'a' + Nombre }}",
    "difference": "{{ Nombre - Nombre }}",
    "division": "{{ 1 / 0 }}",
    "whole division": "{{ 1 // 0 }}",
    "percent format": "{{ '%999999999d' % Nombre }}",
    "percent format of a value": "{{ Nombre % Nombre }}",
    "negative": "{{ -Nombre }}",
    "positive": "{{ +Nombre }}",
    "tilde chain": "{{ Nombre ~ Nombre ~ Nombre ~ Nombre }}",
    "less than": "{{ Nombre < 'b' }}",
    "membership": "{{ 'a' in Nombre }}",
    "no membership": "{{ 'a' not in Nombre }}",
}

_FILTERS = {
    name: "{{ Nombre|" + use + " }}"
    for name, use in {
        "center": "center(1000000000)",
        "indent": "indent(1000000000)",
        "indent by keyword": "indent(width=1000000000)",
        "wordwrap": "wordwrap(1)",
        "format": "format(Nombre)",
        "replace": "replace('', Nombre)",
        "join": "join(Nombre)",
        "list": "list",
        "batch": "batch(1000000000)",
        "slice": "slice(1000000000)",
        "tojson": "tojson(indent=1000000000)",
        "pprint": "pprint",
        "string": "string",
        "safe": "safe",
        "escape": "escape",
        "forceescape": "forceescape",
        "striptags": "striptags",
        "urlize": "urlize",
        "xmlattr": "xmlattr",
        "random": "random",
        "map": "map('upper')",
        "select": "select('eq', 'a')",
        "groupby": "groupby('a')",
        "length": "length",
        "int": "int",
        "truncate": "truncate(1)",
        "a filter that does not exist": "nothing",
        "a plain filter with an argument": "upper('a')",
        "a plain filter with a spread argument": "upper(*Nombre)",
        "a plain filter with a spread keyword": "upper(**Nombre)",
        "default without a text": "default",
        "default with a variable": "default(Nombre)",
        "default with a number": "default(1)",
        "default with a switch": "default('a', true)",
        "default by keyword": "default(default_value='a')",
        "default with a filtered text": "default('a'|upper)",
    }.items()
}

_CONDITIONS_AS_TEXT = {
    "negation": "{{ not Nombre }}",
    "comparison": "{{ Nombre == 'Ana' }}",
    "conjunction": "{{ Nombre and 'a' }}",
    "disjunction": "{{ Nombre or 'a' }}",
    "filtered comparison": "{{ (Nombre == 'Ana')|upper }}",
}

_TESTS = {
    "chained comparison": "{% if Nombre == 'Ana' == 'Ana' %}a{% endif %}",
    "is defined": "{% if Nombre is defined %}a{% endif %}",
    "is divisible": "{% if Nombre is divisibleby(3) %}a{% endif %}",
    "is not": "{% if Nombre is not none %}a{% endif %}",
}

_STATEMENTS = {
    "include": "{% include '/etc/passwd' %}",
    "include of a variable": "{% include Nombre ignore missing %}",
    "import": "{% import 'os' as os %}",
    "from import": "{% from 'os' import system %}",
    "extends": "{% extends 'base.html' %}",
    "block": "{% block a %}{{ super() }}{% endblock %}",
    "macro": "{% macro a() %}{{ a() }}{% endmacro %}",
    "call": "{% call Nombre() %}a{% endcall %}",
    "set": "{% set a = 'b' %}",
    "set of a block": "{% set a %}b{% endset %}",
    "filter block": "{% filter upper %}a{% endfilter %}",
    "with": "{% with a = 'b' %}{{ a }}{% endwith %}",
    "escaping switched off": "{% autoescape false %}{{ Nombre }}{% endautoescape %}",
    "the do extension": "{% do Nombre.append('a') %}",
    "the i18n extension": "{% trans %}a{% pluralize %}b{% endtrans %}",
    "the debug extension": "{% debug %}",
    "the loop controls extension": "{% for a in 'ab' %}{% break %}{% endfor %}",
    "an unknown statement": "{% exec 'id' %}",
}

_LITERALS = {
    "whole number": "{{ 1 }}",
    "number with a fraction": "{{ 1.5 }}",
    "infinite number": "{{ 1e999999 }}",
    "number of 5,000 digits": "{{ " + "9" * 5_000 + " }}",
    "true": "{{ true }}",
    "none": "{{ none }}",
    "list": "{{ ['a'] }}",
    "tuple": "{{ 'a', 'b' }}",
    "dictionary": "{{ {'a': 'b'} }}",
    "inline if": "{{ 'a' if Nombre else 'b' }}",
    "half a surrogate pair, which no provider can encode": r"{{ '\ud800' }}",
}

_SIZES = {
    "a source of 100,001 characters": "a" * 100_001,
    "501 variables": "{{ Nombre }}" * 501,
    "50 nested conditions": "{% if Nombre %}" * 50 + "{% endif %}" * 50,
    "5,000 nested conditions": "{% if Nombre %}" * 5_000 + "{% endif %}" * 5_000,
    "5,000 nested parentheses": "{{ " + "(" * 5_000 + "Nombre" + ")" * 5_000 + " }}",
    "5,000 opened braces": "{" * 5_000,
    "300 filters in a row": "{{ Nombre" + "|upper" * 300 + " }}",
    "1,000 filters in a row": "{{ Nombre" + "|upper" * 1_000 + " }}",
    "300 times not": "{% if " + "not " * 300 + "Nombre %}a{% endif %}",
    "300 times or": "{% if " + "'' or " * 300 + "Nombre %}a{% endif %}",
    "1,000 times and": "{% if " + "'a' and " * 1_000 + "Nombre %}a{% endif %}",
    "9,000 elif without a variable": "{% if Nombre %}" + "{%elif''%}" * 9_000 + "{% endif %}",
    "accents stacked 10,000 high, slow to normalise": "a" + "\u0301\u0323" * 5_000,
}

_UNICODE = {
    "zero width space in a name": "{{ Nom\u200bbre }}",
    "right-to-left override in a name": "{{ \u202eerbmoN }}",
    "attribute by a full-width name": "{{ Nombre.＿＿class＿＿ }}",
    "call behind a line separator": "{{ range\u2028(10) }}",
}

_SYNTAX = {
    "unclosed variable": "{{ Nombre",
    "unclosed statement": "{% if Nombre",
    "unclosed condition": "{% if Nombre %}a",
    "unclosed comment": "{# a",
    "unclosed raw block": "{% raw %}{{ Nombre }}",
    "unclosed text": "{{ 'a }}",
    "endif alone": "{% endif %}",
    "nothing to print": "{{ }}",
    "nested braces": "{{ {{ Nombre }} }}",
    "filter of nothing": "{{ |upper }}",
    "a broken escape": r"{{ '\x' }}",
}

REFUSED = tuple(
    HostileTemplate(f"{kind}: {name}", source)
    for kind, sources in {
        "class walk": _CLASS_WALKS,
        "access": _ACCESS,
        "call": _CALLS,
        "loop": _LOOPS,
        "arithmetic": _ARITHMETIC,
        "filter": _FILTERS,
        "condition printed": _CONDITIONS_AS_TEXT,
        "test": _TESTS,
        "statement": _STATEMENTS,
        "literal": _LITERALS,
        "size": _SIZES,
        "unicode": _UNICODE,
        "syntax": _SYNTAX,
    }.items()
    for name, source in sources.items()
)

HARMLESS = (
    HarmlessTemplate("raw block", "{% raw %}{{ ''.__class__ }}{% endraw %}", "{{ ''.__class__ }}"),
    HarmlessTemplate("raw statement", "{% raw %}{% set a %}{% endraw %}", "{% set a %}"),
    HarmlessTemplate("comment", "a{# {{ ''.__class__ }} #}b", "ab"),
    HarmlessTemplate("print statement", "{% print Nombre %}", "Ana"),
    HarmlessTemplate(
        "full-width braces", "｛｛ Nombre.__class__ ｝｝", "｛｛ Nombre.__class__ ｝｝"
    ),
    HarmlessTemplate("shell's braces", "${Nombre} $(id)", "${Nombre} $(id)"),
    HarmlessTemplate("Ruby's braces", "#{Nombre} <%= Nombre %>", "#{Nombre} <%= Nombre %>"),
    HarmlessTemplate("Python's braces", "{Nombre.__class__}", "{Nombre.__class__}"),
    HarmlessTemplate("Python's percent", "%(Nombre)s %999999d", "%(Nombre)s %999999d"),
    HarmlessTemplate("line statement", "# for a in range(9)\n", "# for a in range(9)\n"),
    HarmlessTemplate("line comment", "## Nombre\n", "## Nombre\n"),
    HarmlessTemplate("a global's name", "{{ range }}{{ lipsum }}", "a worda word"),
    HarmlessTemplate("a class's name", "{{ __class__ }}", "a word"),
    HarmlessTemplate("Python's built-ins", "{{ __builtins__ }}", "a word"),
    HarmlessTemplate("the engine's own names", "{{ environment }}", "a word"),
    HarmlessTemplate("500 variables", "{{ Nombre }}" * 500, "Ana" * 500),
    HarmlessTemplate("a large text", "a" * 100_000, "a" * 100_000),
    HarmlessTemplate("5 filters in a row", "{{ Nombre" + "|upper" * 5 + " }}", "ANA"),
    HarmlessTemplate("5 nested conditions", "{% if Nombre %}" * 5 + "a" + "{% endif %}" * 5, "a"),
    HarmlessTemplate("right-to-left override in the text", "\u202eabc", "\u202eabc"),
    HarmlessTemplate("white space control", "a {%- if Nombre -%} b {%- endif -%} c", "abc"),
)
