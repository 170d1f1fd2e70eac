"""Files that participants attach: what is taken, and where the bytes lie.

The content decides, not the name alone: a file is kept when its extension is on the list and its first bytes say the
same. Bytes lie under their SHA-256; a name from outside never becomes a path.
"""

import os
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from cohort.errors import DomainError
from cohort.people.invisible import excerpt, is_invisible

LARGEST = 10_000_000
"""Bytes of one file."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose bytes are safely on the disk."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Kind:
    media_type: str
    fits: Callable[[bytes], bool]
    """True when the content is of this kind."""


def keep_file(name: str, data: bytes, uploads_dir: Path) -> KeptFile:
    """Check a file and store its bytes. Takes a while and needs no transaction: call it before one begins.

    Raises DomainError, naming the file, when it is empty, too large, of a kind not taken, or not what its name says.
    """
    name = clean_name(name)
    kind = _check(name, data)
    digest = sha256(data).hexdigest()
    _store(path_of(digest, uploads_dir), data)
    return KeptFile(name, kind.media_type, len(data), digest)


def path_of(digest: str, uploads_dir: Path) -> Path:
    """Where the bytes with this SHA-256 lie."""
    return uploads_dir / digest[:2] / digest


def clean_name(name: str) -> str:
    """The last part of a name as sent by a browser, without what cannot be seen, its extension kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = " ".join("".join(" " if is_invisible(char) else char for char in last).split()).strip(". ")
    stem, dot, extension = shown.rpartition(".")
    if not dot:
        return shown[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(extension) - 1]}.{extension}"[-_LONGEST_NAME:]


def _check(name: str, data: bytes) -> _Kind:
    extension = name.rpartition(".")[2].lower()
    kind = KINDS.get(extension)
    shown = f"“{excerpt(name)}”"
    if kind is None:
        raise DomainError(f"{shown} cannot be attached. Save it as {ACCEPTED_WORDS}.", field="files")
    if not data:
        raise DomainError(f"{shown} is empty. Choose another file.", field="files")
    if len(data) > LARGEST:
        raise DomainError(f"{shown} is larger than 10 MB. Make it smaller or split it.", field="files")
    if not kind.fits(data):
        raise DomainError(
            f"The content of {shown} is not what its name says. Save it as {extension.upper()} again.", field="files"
        )
    return kind


def _store(path: Path, data: bytes) -> None:
    """Write all or nothing: a half-written file never has its final name."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(data)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(signatures)


def _has_part(part: str) -> Callable[[bytes], bool]:
    """An Office Open XML document: a ZIP archive with its list of types and its main part."""
    return lambda data: {"[Content_Types].xml", part} <= _parts(data)


def _parts(data: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return set()


def _is_open_document(data: bytes) -> bool:
    """OpenDocument 1.3, part 2, 3.3: the first entry is `mimetype`, stored, so that its content stands at byte 38."""
    return data[30:38] == b"mimetype" and data[38:].startswith(b"application/vnd.oasis.opendocument.text")


def _is_text(data: bytes) -> bool:
    """Text in any encoding that has no NUL, or in UTF-16 with its mark."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in data


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "pdf": _Kind("application/pdf", _begins(b"%PDF-")),
    "png": _Kind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": _Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": _Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "docx": _Kind(f"{_OFFICE}.wordprocessingml.document", _has_part("word/document.xml")),
    "xlsx": _Kind(f"{_OFFICE}.spreadsheetml.sheet", _has_part("xl/workbook.xml")),
    "pptx": _Kind(f"{_OFFICE}.presentationml.presentation", _has_part("ppt/presentation.xml")),
    "odt": _Kind("application/vnd.oasis.opendocument.text", _is_open_document),
    "txt": _Kind("text/plain", _is_text),
    "md": _Kind("text/markdown", _is_text),
    "csv": _Kind("text/csv", _is_text),
}
ACCEPTED = ",".join(f".{extension}" for extension in KINDS)
"""For the `accept` attribute of a file input."""
ACCEPTED_WORDS = "PDF, PNG, JPG, DOCX, XLSX, PPTX, ODT, TXT, MD or CSV"
