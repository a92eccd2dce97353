"""The template language: what it understands, what it demands, what it refuses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.errors import MissingVariablesError, TemplateRefusedError
from recado.domain.template_language import (
    MAX_SOURCE_CHARACTERS,
    REMEMBERED_CHARACTERS,
    CheckedTemplate,
    RememberedTemplates,
    check_template,
)
from tests.unit.domain.hostile_templates import (
    HARMLESS,
    REFUSED,
    VALUES,
    HarmlessTemplate,
    HostileTemplate,
)

GROWTH = 5
"""The most that one character becomes: a quotation mark, escaped for HTML."""

# Hostile templates


@pytest.mark.parametrize("hostile", REFUSED, ids=lambda hostile: hostile.name)
@pytest.mark.parametrize("html", [False, True], ids=["text", "html"])
def test_a_hostile_template_is_refused_before_it_is_ever_rendered(
    hostile: HostileTemplate, html: bool
) -> None:
    with pytest.raises(TemplateRefusedError):
        check_template(hostile.source, html=html)


@pytest.mark.parametrize("harmless", HARMLESS, ids=lambda harmless: harmless.name)
def test_what_only_looks_hostile_is_printed_as_text(harmless: HarmlessTemplate) -> None:
    assert check_template(harmless.source).render(VALUES) == harmless.output


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "__import__", "__builtins__"])
def test_the_engines_own_names_are_variables_like_any_other(name: str) -> None:
    with pytest.raises(MissingVariablesError, match=name):
        check_template("{{ " + name + " }}").render({})


def test_a_value_is_never_taken_for_a_template() -> None:
    attack = "{{ ''.__class__ }}{% for a in 'ab' %}"

    assert check_template("{{Nombre}}").render({"Nombre": attack}) == attack


def test_a_refusal_tells_the_line() -> None:
    with pytest.raises(TemplateRefusedError) as caught:
        check_template("Hola\n{{ Nombre }}\n{{ Nombre.upper() }}")

    assert caught.value.line == 3
    assert "line 3" in str(caught.value)


_PIECES = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-}}", "|", "(", ")", "[", "]", "{", "}"),
        *(".", ",", ":", "~", "*", "**", "%", "+", "-", "=", "==", "!=", "<", "'", '"', "\\"),
        *("if", "elif", "else", "endif", "for", "in", "endfor", "set", "raw", "endraw", "print"),
        *("not", "and", "or", "is", "self", "true", "none", "range", "9", "9e9", "\n", "  "),
        *("Nombre", "Vehículo", "Vehi\u0301culo", "upper", "default", "title", "'a'", "ß", "ŉ"),
    ]
)
_HOSTILE_TEXT = st.one_of(
    st.text(max_size=60),
    st.lists(_PIECES, max_size=25).map("".join),
    st.lists(_PIECES, max_size=25).map(" ".join),
    st.lists(_PIECES, max_size=12).map(lambda pieces: "{{ " + " ".join(pieces) + " }}"),
    st.lists(_PIECES, max_size=12).map(lambda pieces: "{% if " + " ".join(pieces) + "{% endif %}"),
)


@given(source=_HOSTILE_TEXT, value=st.text(min_size=1, max_size=40), html=st.booleans())
def test_any_text_is_refused_or_renders_no_longer_than_itself_and_its_values(
    source: str, value: str, html: bool
) -> None:
    try:
        template = check_template(source, html=html)
    except TemplateRefusedError:
        return

    rendered = template.render(dict.fromkeys(template.variables, value))

    named = sum(unicodedata.normalize("NFC", source).count(name) for name in template.variables)
    assert len(rendered) <= GROWTH * (len(source) + named * len(value))
    assert " object at 0x" not in rendered
    assert "<class " not in rendered


# What templates can say


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("Hola {{Nombre}}", "Hola ana pérez"),
        ("Hola {{ Nombre }}!\n", "Hola ana pérez!\n"),
        ("{{Nombre|upper}}", "ANA PÉREZ"),
        ("{{Nombre|title}}", "Ana Pérez"),
        ("{{Nombre|capitalize}}", "Ana pérez"),
        ("{{Nombre|upper|lower}}", "ana pérez"),
        ("[{{Hora|trim}}]", "[14:30]"),
        ("{% if Nombre %}Hola{% else %}Adiós{% endif %}", "Hola"),
        ("{% if Orden %}Hola{% else %}Adiós{% endif %}", "Adiós"),
        ("{% if Orden %}a{% elif Nombre %}b{% else %}c{% endif %}", "b"),
        ("{% if not Orden %}sin orden{% endif %}", "sin orden"),
        ("{% if Nombre and Orden %}a{% endif %}{% if Nombre or Orden %}b{% endif %}", "b"),
        ("{% if Placa == 'ABC123' %}su auto{% endif %}", "su auto"),
        ("{% if Placa != 'ABC123' %}otro{% endif %}", ""),
        ("{{Orden|default('sin número')}}", "sin número"),
        ("{{Orden|default('sin número')|upper}}", "SIN NÚMERO"),
        ("{{Orden|upper|default('sin número')}}", "sin número"),
        ("{{Placa|default('sin placa')}}", "ABC123"),
    ],
)
def test_a_template_fills_in_and_chooses_words(source: str, rendered: str) -> None:
    values = {"Nombre": "ana pérez", "Placa": "ABC123", "Hora": "  14:30 "}

    assert check_template(source).render(values) == rendered


def test_a_decomposed_variable_is_the_same_variable_as_a_composed_one() -> None:
    composed = "Su {{Vehículo}}, {{Técnico|upper}}"
    decomposed = unicodedata.normalize("NFD", composed)
    values = {"Vehículo": "Haval", "Técnico": "Luis"}

    assert decomposed != composed
    assert check_template(decomposed).variables == {"Vehículo", "Técnico"}
    assert check_template(decomposed).render(values) == check_template(composed).render(values)


@given(st.text(alphabet="aeiouáéíóúñüÁÉÑ", min_size=1, max_size=12))
def test_every_unicode_form_of_a_name_is_the_same_variable(name: str) -> None:
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]

    assert len({check_template("{{ " + form + " }}").variables for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Nº", "No"), ("ª", "a"), ("Placa", "placa"), ("Técnico", "Tecnico"), ("\u00b5", "\u03bc")],
)
def test_variables_that_look_alike_keep_their_own_values(one: str, other: str) -> None:
    source = "{{ " + one + " }} {{ " + other + " }}"

    assert check_template(source).render({one: "first", other: "second"}) == "first second"


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("<b>{{Nombre}}</b>", "<b>&lt;i&gt;&#34;Ana&#34; &amp; &#39;Co&#39;&lt;/i&gt;</b>"),
        ("{{Nombre|upper}}", "&lt;I&gt;&#34;ANA&#34; &amp; &#39;CO&#39;&lt;/I&gt;"),
        ("{{ '<br>' }}", "&lt;br&gt;"),
        ("{{ Nada|default('<br>') }}", "&lt;br&gt;"),
        ("{% if Nombre %}<hr>{% endif %}", "<hr>"),
    ],
)
def test_in_html_every_value_is_escaped_and_the_templates_own_tags_stay(
    source: str, rendered: str
) -> None:
    values = {"Nombre": "<i>\"Ana\" & 'Co'</i>"}

    assert check_template(source, html=True).render(values) == rendered


def test_plain_text_is_not_escaped() -> None:
    assert check_template("{{Nombre}}").render({"Nombre": "<Ana & Co>"}) == "<Ana & Co>"


def test_the_longest_source_is_accepted() -> None:
    source = "a" * MAX_SOURCE_CHARACTERS

    assert check_template(source).render({}) == source


# What a template demands


@pytest.mark.parametrize(
    ("source", "required"),
    [
        ("Hola", ""),
        ("{{A}}", "A"),
        ("{{A|upper}}", "A"),
        ("{{A|default('x')}}", ""),
        ("{{A|upper|default('x')}}", ""),
        ("{{A|default('x')|upper}}", ""),
        ("{% if A %}x{% endif %}", ""),
        ("{% if A %}{{A}}{% endif %}", ""),
        ("{% if A %}{{A}}{% endif %}{{A}}", "A"),
        ("{% if A %}{{A}}{% else %}{{B}}{% endif %}", "B"),
        ("{% if A %}x{% else %}{{A}}{% endif %}", "A"),
        ("{% if A %}x{% elif B %}{{B}}{% else %}{{C}}{% endif %}", "C"),
        ("{% if A %}x{% elif B %}{{A}}{% endif %}", "A"),
        ("{% if A %}{% if B %}{{A}}{{B}}{{C}}{% endif %}{% endif %}", "C"),
        ("{% if A and B %}{{A}}{{B}}{% endif %}", ""),
        ("{% if A or B %}{{A}}{% endif %}", "A"),
        ("{% if A == 'x' %}{{A}}{% endif %}", ""),
        ("{% if A != 'x' %}{{A}}{% endif %}", "A"),
        ("{% if not A %}{{A}}{% endif %}", "A"),
        ("{% if not A %}x{% endif %}", ""),
    ],
)
def test_a_variable_is_required_where_its_absence_would_leave_a_hole(
    source: str, required: str
) -> None:
    assert check_template(source).required == set(required)


_CONDITIONS = st.sampled_from(
    ["A", "B", "not A", "A and B", "A or B", "not (A or B)", "A == 'x'", "A != 'x'", "A|trim"]
)
_SENTENCES = st.recursive(
    st.sampled_from(["<{{A}}>", "<{{B|upper}}>", "<{{A|default('x')}}>", "words"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.builds("{{% if {} %}}{}{{% endif %}}".format, _CONDITIONS, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, _CONDITIONS, inner, inner),
        st.builds(
            "{{% if {} %}}{}{{% elif {} %}}{}{{% endif %}}".format,
            *(_CONDITIONS, inner, _CONDITIONS, inner),
        ),
    ),
    max_leaves=5,
)


@given(_SENTENCES, st.dictionaries(st.sampled_from("AB"), st.sampled_from(["x", "y"])))
def test_a_message_never_has_a_hole(source: str, values: dict[str, str]) -> None:
    template = check_template(source)
    missing = template.required - values.keys()

    if missing:
        with pytest.raises(MissingVariablesError) as caught:
            template.render(values)
        assert set(caught.value.names) == missing
    else:
        assert "<>" not in template.render(values)


def test_all_missing_variables_are_named_at_once() -> None:
    template = check_template("{{Placa}} {{Nombre}} {{Fecha}} {{Orden|default('x')}}")

    with pytest.raises(MissingVariablesError) as caught:
        template.render({"Fecha": "hoy"})

    assert caught.value.names == ("Nombre", "Placa")
    assert str(caught.value) == "missing variables: Nombre, Placa"


def test_a_templates_variables_include_those_that_it_only_asks_for() -> None:
    source = "{% if A %}{{B}}{% elif C == 'x' %}{{D|default('y')}}{% endif %}"

    assert check_template(source).variables == set("ABCD")


# What is remembered


def test_a_template_is_read_once_while_it_is_in_use() -> None:
    source = "Hola {{Nombre}}, otra vez"

    assert check_template(source) is check_template(source)
    assert check_template(source) is not check_template(source, html=True)


def test_what_is_remembered_is_bounded_by_its_size_and_the_longest_unused_goes_first() -> None:
    remembered = RememberedTemplates(most_characters=100)
    read: list[str] = []

    def recall(source: str) -> CheckedTemplate:
        def load() -> CheckedTemplate:
            read.append(source[0])
            return check_template(source)

        return remembered.recall((source, False), load)

    for letter in "abacab":
        recall(letter * 40)

    assert read == ["a", "b", "c", "b"]


def test_a_template_larger_than_all_that_may_be_remembered_costs_the_others_nothing() -> None:
    remembered = RememberedTemplates(most_characters=100)
    small, large = check_template("a" * 40), check_template("b" * 101)

    remembered.recall(("a" * 40, False), lambda: small)
    for _ in range(2):
        assert remembered.recall(("b" * 101, False), lambda: large) is large

    assert remembered.recall(("a" * 40, False), lambda: large) is small


def test_the_longest_templates_together_stay_within_the_functions_memory() -> None:
    assert MAX_SOURCE_CHARACTERS <= REMEMBERED_CHARACTERS <= 20 * MAX_SOURCE_CHARACTERS
