"""What a file really is, by its bytes: its name and its claimed type are the sender's word.

Signatures: the formats' own specifications, as IANA's media type registrations refer to them.
Only types of the table are ever kept; HTML, SVG, archives and programs are none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/avif": "avif",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/3gpp": "3ga",
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/vcard": "vcf",
}
"""Types that are kept, each with the ending of its files."""

REFUSED_CLAIMS = frozenset(
    {
        "application/java-archive",
        "application/javascript",
        "application/vnd.android.package-archive",
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-msdownload",
        "application/x-msi",
        "application/x-sh",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/html",
        "text/javascript",
    }
)
"""Claims that no bytes can mend, so that such a file is not even fetched."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    # MPEG layer III, versions 1, 2 and 2.5, without and with a checksum.
    *((bytes((0xFF, second)), "audio/mpeg") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),
    *((bytes((0xFF, second)), "audio/aac") for second in (0xF1, 0xF0, 0xF9, 0xF8)),
)

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}

_BRANDS: Mapping[bytes, str] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    b"avif": "image/avif",
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    b"qt  ": "video/quicktime",
    **dict.fromkeys((b"isom", b"mp41", b"mp42", b"avc1", b"dash", b"MSNV", b"M4V "), "video/mp4"),
    **{b"iso%d" % number: "video/mp4" for number in range(2, 10)},
}
"""Major brands of the ISO base media file format (ISO/IEC 14496-12), which MPEG-4 is built on."""

_OFFICE: Mapping[bytes, str] = {
    b"word/document": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/workbook": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/presentation": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}
"""Parts of OOXML packages: names stand in a ZIP archive as they are, so nothing is unpacked."""

_LEGACY_OFFICE: Mapping[bytes, str] = {
    "WordDocument".encode("utf-16-le"): "application/msword",
    "Workbook".encode("utf-16-le"): "application/vnd.ms-excel",
    "PowerPoint Document".encode("utf-16-le"): "application/vnd.ms-powerpoint",
}
"""Streams of compound files (MS-CFB): installers and mails are such files too."""

_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))

_TEXT_CLAIMS = {
    "text/plain": "text/plain",
    "text/csv": "text/csv",
    "text/vcard": "text/vcard",
    "text/x-vcard": "text/vcard",
    "text/directory": "text/vcard",
}

CLAIMS = frozenset({*EXTENSIONS, *_TEXT_CLAIMS})
"""Claims that say something: all others leave it to the provider's answer."""

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\f\r")


def plain_type(claimed: str) -> str:
    """A MIME type without its parameters, in lower case."""
    return claimed.partition(";")[0].strip().lower()


def sniff(content: bytes, claimed: str) -> str | None:
    """The MIME type of a file, one of `EXTENSIONS`; None for everything that is not kept.

    The claim only decides where bytes cannot: whether a container of sound or pictures is audio,
    and whether plain text is meant as text at all.
    """
    claim = plain_type(claimed)
    for signature, mime_type in _SIGNATURES:
        if content.startswith(signature):
            return mime_type
    is_audio = claim.startswith("audio/")
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12])
    if content.startswith(b"OggS"):
        # The first page names the codec of the first stream.
        return "audio/ogg" if b"theora" not in content[:64] else None
    if content.startswith(b"\x1aE\xdf\xa3"):
        is_webm = b"webm" in content[:64]
        return ("audio/webm" if is_audio else "video/webm") if is_webm else None
    if content[4:8] == b"ftyp":
        return _iso_media(content[8:12], is_audio=is_audio)
    if content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _zipped_document(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _first(_LEGACY_OFFICE, content)
    return _text(content, _TEXT_CLAIMS.get(claim))


def _iso_media(brand: bytes, *, is_audio: bool) -> str | None:
    if brand.startswith((b"3gp", b"3g2")):
        return "audio/3gpp" if is_audio else "video/3gpp"
    mime_type = _BRANDS.get(brand)
    return "audio/mp4" if is_audio and mime_type == "video/mp4" else mime_type


def _zipped_document(content: bytes) -> str | None:
    """OpenDocument says what it is in its first entry, which is stored as it is."""
    if content[30:38] == b"mimetype":
        length = int.from_bytes(content[22:26], "little")
        named = content[38 : 38 + min(length, 80)].decode("ascii", errors="replace")
        is_known = named.startswith("application/vnd.oasis.") and named in EXTENSIONS
        return named if is_known else None
    return _first(_OFFICE, content) if b"[Content_Types].xml" in content else None


def _first(parts: Mapping[bytes, str], content: bytes) -> str | None:
    """The type of the office document whose main part is there, unless it brings macros."""
    if any(name in content for name in _MACROS):
        return None
    return next((mime_type for part, mime_type in parts.items() if part in content), None)


def _text(content: bytes, claim: str | None) -> str | None:
    """A text's type, if it is claimed to be one and is no markup and no script."""
    if claim is None:
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            return None
    if content.translate(None, _CONTROLS) != content:
        return None
    beginning = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f").lower()
    if beginning.startswith((b"<", b"#!")):
        return None
    is_card = beginning.startswith(b"begin:vcard")
    if is_card or claim == "text/vcard":
        return "text/vcard" if is_card else None
    return claim
