"""What may be attached, under which name, and how it is stored."""

import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from cohort.assignments.files import LARGEST, clean_name, keep_file, path_of
from cohort.errors import DomainError


def archive(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        if first:
            written.writestr(*first)
        for name in names:
            written.writestr(name, b"<xml/>")
    return held.getvalue()


GOOD = {
    "a.pdf": b"%PDF-1.7 ...",
    "a.png": b"\x89PNG\r\n\x1a\n...",
    "a.jpg": b"\xff\xd8\xff\xe0...",
    "A.JPEG": b"\xff\xd8\xff\xe1...",
    "a.docx": archive("[Content_Types].xml", "word/document.xml"),
    "a.xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "a.pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "a.odt": archive("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text")),
    "a.txt": "Grüße".encode(),
    "a.md": b"# Title",
    "a.csv": "a;b".encode("utf-16"),
}


@pytest.mark.parametrize("name", GOOD)
def test_keep_file_takes_what_is_on_the_list(name: str, tmp_path: Path) -> None:
    kept = keep_file(name, GOOD[name], tmp_path)

    assert (kept.name, kept.size, kept.sha256) == (name, len(GOOD[name]), sha256(GOOD[name]).hexdigest())
    assert path_of(kept.sha256, tmp_path).read_bytes() == GOOD[name]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [kept.sha256]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ"),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("noextension", b"text"),
        ("a.pdf", b"<html>"),
        ("a.pdf.png", b"%PDF-1.7"),
        ("a.docx", archive("[Content_Types].xml", "xl/workbook.xml")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.txt", b"text\0more"),
        ("a.txt", b""),
        ("a.txt", b"x" * (LARGEST + 1)),
    ],
)
def test_keep_file_refuses_what_is_not(name: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refusal:
        keep_file(name, data, tmp_path)

    assert refusal.value.field == "files"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ann\\plan.docx", "plan.docx"),
        ("a\r\nSet-Cookie: b.txt", "a Set-Cookie: b.txt"),
        ("Größe.pdf", "Größe.pdf"),
        ("evil\u202efdp.txt", "evil fdp.txt"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
        ("...", ""),
    ],
)
def test_clean_name_keeps_the_last_part(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept
