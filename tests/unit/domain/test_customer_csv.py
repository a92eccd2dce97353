"""Files of customers: what offices write is understood, what we write harms nobody."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.contact import email_of, phone_of, with_email, with_phone
from recado.domain.customer_csv import Column, read_csv, write_csv
from recado.domain.directory import Recipient
from recado.domain.errors import UnprocessableError
from recado.domain.sync import ImportedCustomer
from recado.domain.tasks import MOST_RECORDS

NAMES = st.text(min_size=1, max_size=40).filter(
    lambda text: text == text.strip() and text.isprintable()
) | st.sampled_from(["=1+1", "+cmd", "-2", "@SUM(A1)", "'=x", "''=", "'t Hooft", "\uff1d1", 'a"b'])
PHONES = st.integers(min_value=10_000_000, max_value=99_999_999).map(lambda n: f"+5939{n}")
EMAILS = st.from_regex(r"[a-z+=-][a-z0-9]{0,9}@[a-z]{2,8}\.com", fullmatch=True)


@st.composite
def people(draw: st.DrawFn) -> Recipient:
    name = draw(NAMES)
    person = Recipient(
        tenant_id="andinos",
        recipient_id=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True)),
        name=name,
        locale=draw(st.none() | st.sampled_from(["es", "en-US"])),
        division=draw(st.none() | NAMES),
        time_zone=draw(st.none() | st.sampled_from(["Europe/Madrid", "Etc/GMT+5"])),
    )
    person = with_phone(person, draw(st.none() | PHONES))
    return with_email(person, draw(st.none() | EMAILS))


@given(st.lists(people(), max_size=5))
def test_what_is_exported_can_be_imported_and_says_the_same(everybody: list[Recipient]) -> None:
    file = read_csv(write_csv(everybody), {})

    assert len(file.rows) == len(everybody)
    for person, row in zip(everybody, file.rows, strict=True):
        line = ImportedCustomer.model_validate(row.cells)
        assert line.applied_to(person) == person
        nobody = Recipient(tenant_id="andinos", recipient_id=person.recipient_id, name="?")
        copy = line.applied_to(nobody)
        assert (copy.name, copy.locale, copy.division, copy.time_zone) == (
            person.name,
            person.locale,
            person.division,
            person.time_zone,
        )
        assert (email_of(copy), phone_of(copy)) == (email_of(person), phone_of(person))


@given(st.lists(people(), max_size=5))
def test_no_cell_of_an_export_begins_like_a_formula(everybody: list[Recipient]) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(everybody), newline="")))

    assert rows[0] == list(Column)
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize(
    "text",
    [
        "nombre,correo,teléfono\nAna,ana@example.com,+593991234567\n",
        "\ufeffNombre completo;Correo electrónico;CELULAR\r\nAna;ana@example.com;+593991234567",
        "Name\tE-mail\tPhone\nAna\tana@example.com\t'+593991234567\n",
        'NOMBRES,"e_mail",WhatsApp,Edad\n\n" Ana ",ana@example.com,+593991234567,33\n,,,\n',
    ],
)
def test_what_offices_write_is_understood(text: str) -> None:
    [row] = read_csv(text, {}).rows

    assert row.cells == {
        Column.NAME: "Ana",
        Column.EMAIL: "ana@example.com",
        Column.PHONE: "+593991234567",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headers_may_be_quoted(delimiter: str) -> None:
    lines = [["Nombre completo", 'Correo "electrónico"', "Fono; o, celular"], ["Ana", "a@b.co", ""]]
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    text = "\r\n".join(line.replace('","', f'"{delimiter}"') for line in quoted)

    file = read_csv(text, {})

    assert file.ignored == ("Fono; o, celular",)
    assert [row.cells for row in file.rows] == [{Column.NAME: "Ana", Column.EMAIL: "a@b.co"}]


def test_a_client_names_headers_that_are_not_understood() -> None:
    file = read_csv(
        "Titular,Nombre,Fono\nAna,x,1\n", {Column.NAME: "titular", Column.PHONE: "Fono"}
    )

    assert file.columns == {Column.NAME: "Titular", Column.PHONE: "Fono"}
    assert file.ignored == ("Nombre",)
    assert file.rows[0].cells == {Column.NAME: "Ana", Column.PHONE: "1"}


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    file = read_csv('nombre,correo\n"Ana\nMaría",a\n\nBeto,b\n', {})

    assert [row.line for row in file.rows] == [2, 5]


@pytest.mark.parametrize(
    ("text", "named", "field"),
    [
        ("", {}, "columns.name"),
        ("correo\na@b.co", {}, "columns.name"),
        ("nombre,name\na,b", {}, "columns"),
        ("nombre\na", {Column.PHONE: "fono"}, "columns.phone"),
        ('nombre\n"Ana', {}, "lines.2"),
        ('nombre,"correo\nAna,a@b.co', {}, "lines.1"),
        ('"' + "x" * 200_000, {}, "columns.name"),
        ('nombre\nAna\n"Be"to\n', {}, "lines.3"),
        ("nombre\n" + "Ana\n" * (MOST_RECORDS + 1), {}, "csv"),
    ],
)
def test_what_is_no_file_of_customers_is_refused_by_name(
    text: str, named: dict[Column, str], field: str
) -> None:
    with pytest.raises(UnprocessableError) as refused:
        read_csv(text, named)

    assert refused.value.field == field


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from('",;\n\r\t\0')))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_csv(text, {Column.NAME: "a"})
        read_csv(f"nombre\n{text}", {})
    except UnprocessableError:
        return
