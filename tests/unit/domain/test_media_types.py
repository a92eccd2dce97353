"""What files really are."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.media_types import EXTENSIONS, REFUSED_CLAIMS, plain_type, sniff

ANY = "application/octet-stream"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return file.getvalue()


def open_document(mime_type: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", mime_type)
        archive.writestr("content.xml", "<x/>")
    return file.getvalue()


def compound(*streams: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"".join(s.encode("utf-16-le") for s in streams)


def iso(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 20


@pytest.mark.parametrize(
    ("content", "claimed", "expected"),
    [
        (b"\xff\xd8\xff\xe0....", ANY, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/jpeg", "image/png"),
        (b"GIF89a....", ANY, "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ANY, "image/webp"),
        (iso(b"heic"), ANY, "image/heic"),
        (iso(b"avif"), ANY, "image/avif"),
        (b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"ID3\x04....", ANY, "audio/mpeg"),
        (b"\xff\xfb\x90\x00....", ANY, "audio/mpeg"),
        (b"\xff\xf1\x50\x80....", ANY, "audio/aac"),
        (b"#!AMR\n....", ANY, "audio/amr"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", ANY, "audio/wav"),
        (b"fLaC....", ANY, "audio/flac"),
        (iso(b"M4A "), ANY, "audio/mp4"),
        (iso(b"isom"), "audio/mp4", "audio/mp4"),
        (iso(b"isom"), "video/mp4", "video/mp4"),
        (iso(b"3gp4"), "video/3gpp", "video/3gpp"),
        (iso(b"3gp4"), "audio/3gpp", "audio/3gpp"),
        (iso(b"qt  "), ANY, "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "audio/webm", "audio/webm"),
        (b"%PDF-1.7\n....", ANY, "application/pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", ANY, "application/pdf"),
        (zipped("[Content_Types].xml", "word/document.xml"), ANY, WORD),
        (zipped("word/document2.xml", "[Content_Types].xml"), "application/zip", WORD),
        (open_document("application/vnd.oasis.opendocument.text"), ANY, EXTENSIONS),
        (compound("WordDocument"), ANY, "application/msword"),
        (compound("Workbook"), ANY, "application/vnd.ms-excel"),
        (b"Hola, \xf1o\xf1o\r\n", "text/plain; charset=latin-1", "text/plain"),
        ("Motor más grande".encode(), "text/plain", "text/plain"),
        ("a;b\nc;d".encode("utf-16"), "text/csv", "text/csv"),
        (b"BEGIN:VCARD\r\nFN:Ana", "text/x-vcard", "text/vcard"),
        (b"BEGIN:VCARD\r\nFN:Ana", "text/plain", "text/vcard"),
    ],
)
def test_a_file_is_known_by_its_bytes(content: bytes, claimed: str, expected: object) -> None:
    found = sniff(content, claimed)
    if expected is EXTENSIONS:
        expected = "application/vnd.oasis.opendocument.text"
    assert found == expected
    assert found in EXTENSIONS


@pytest.mark.parametrize(
    ("content", "claimed"),
    [
        (b"MZ\x90\x00....", "application/pdf"),
        (b"\x7fELF....", "image/png"),
        (b"\xca\xfe\xba\xbe....", ANY),
        (b"Rar!\x1a\x07....", ANY),
        (b"7z\xbc\xaf\x27\x1c", ANY),
        (zipped("a.txt"), "application/zip"),
        (zipped("AndroidManifest.xml", "classes.dex"), WORD),
        (zipped("[Content_Types].xml", "evil.exe"), WORD),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), WORD),
        (open_document("application/epub+zip"), ANY),
        (compound("Workbook", "_VBA_PROJECT_CUR"), "application/vnd.ms-excel"),
        (compound("SummaryInformation"), "application/msword"),
        (b"<!DOCTYPE html><html>", "text/plain"),
        (b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'>", "text/plain"),
        ("<script>alert(1)</script>".encode("utf-16"), "text/plain"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"<html>", "image/jpeg"),
        (b"#!/bin/sh\nrm -rf ~", "text/plain"),
        (b"\x00\x01\x02", "text/plain"),
        (b"\xff\xfe\x00", "text/plain"),
        (b"no card at all", "text/vcard"),
        (b"only text", ANY),
        (b'{"error":"gone"}', "image/jpeg"),
        (iso(b"crx "), "video/mp4"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/avi"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "video/webm"),
        (b"", "image/png"),
    ],
)
def test_what_is_not_in_the_table_is_not_kept(content: bytes, claimed: str) -> None:
    assert sniff(content, claimed) is None


@given(
    content=st.binary(max_size=200),
    claimed=st.one_of(st.sampled_from([*EXTENSIONS, *REFUSED_CLAIMS]), st.text(max_size=40)),
)
def test_any_bytes_are_a_type_of_the_table_or_none(content: bytes, claimed: str) -> None:
    assert sniff(content, claimed) in {None, *EXTENSIONS}


@given(
    markup=st.sampled_from([b"<html", b"<svg", b"<script", b"<!doctype html", b"<?xml", b"<a"]),
    space=st.text(alphabet=" \t\r\n", max_size=20),
    claimed=st.sampled_from(list(EXTENSIONS)),
    rest=st.binary(max_size=50),
)
def test_markup_is_never_kept_whatever_it_claims_to_be(
    markup: bytes, space: str, claimed: str, rest: bytes
) -> None:
    assert sniff(space.encode() + markup.upper() + rest, claimed) is None


def test_no_type_is_both_kept_and_refused() -> None:
    assert not REFUSED_CLAIMS & EXTENSIONS.keys()


def test_a_types_parameters_do_not_count() -> None:
    assert plain_type(" Audio/OGG; codecs=opus") == "audio/ogg"
