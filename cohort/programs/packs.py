"""Reads a program pack from YAML, with every mistake in its place, and writes it back.

A document is the pack as plain data, the form in which it is stored: `write_pack(document)` read again gives the same
document, so that importing an export changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.representer import SafeRepresenter

from cohort.people.invisible import excerpt
from cohort.programs.checks import check_agreement
from cohort.programs.fields import Kind, ListOf, Record
from cohort.programs.findings import Findings
from cohort.programs.layout import FORMAT, PACK
from cohort.programs.pack import Document, Pack, build_pack
from cohort.programs.source import PackError, Source, SourceError, read_source

__all__ = ["PackError", "Reading", "read_pack", "write_pack"]

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NO_WRAP = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a file: a document and its pack, or the mistakes."""

    document: dict[str, Any] | None
    pack: Pack | None
    errors: tuple[PackError, ...]


def read_pack(text: str | bytes) -> Reading:
    """Reads and checks a program pack. Never raises for what is in the text."""
    try:
        source = read_source(text)
    except SourceError as error:
        return Reading(None, None, (error.error,))
    findings = Findings(source)
    if _has_format(source, findings):
        PACK.inspect(source.document, (), findings)
        if isinstance(source.document, dict):
            check_agreement(findings)
    if findings.errors:
        return Reading(None, None, findings.list_errors())
    return Reading(source.document, build_pack(source.document), ())


def _has_format(source: Source, findings: Findings) -> bool:
    """False, with one error, when the document says that it is in another format: nothing else can be judged then."""
    if not isinstance(source.document, dict) or source.document.get("format") == FORMAT:
        return True
    if source.document.get("format") is not None:
        message = f"Found the format “{excerpt(str(source.document['format']))}”; this program reads {FORMAT}."
        findings.refuse(("format",), "unknown-format", message)
    else:
        findings.refuse(("format",), "missing-field", f"format is missing: begin the file with format: {FORMAT}.")
    return False


def write_pack(document: Document) -> str:
    """The YAML text of a checked document, its fields in the order of the format."""
    sections = [_write_section(name, kind, document[name]) for name, kind in PACK.fields.items() if name in document]
    return "".join(sections)


def _write_section(name: str, kind: Kind, value: Any) -> str:
    node = yaml.MappingNode("tag:yaml.org,2002:map", [(_write_text(name), _write(kind, value))])
    text = yaml.serialize(node, Dumper=_DUMPER, allow_unicode=True, width=_NO_WRAP)
    return f"\n{text}" if isinstance(value, (list, dict)) else str(text)


def _write(kind: Kind, value: Any, *, in_line: bool = False) -> yaml.Node:
    if isinstance(kind, Record):
        in_line = in_line or kind.in_line
        fields = [
            (_write_text(name), _write(field, value[name], in_line=in_line))
            for name, field in kind.fields.items()
            if name in value
        ]
        return yaml.MappingNode("tag:yaml.org,2002:map", fields, flow_style=in_line)
    if isinstance(kind, ListOf):
        items = [_write(kind.kind, item, in_line=in_line) for item in value]
        return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=in_line)
    return _write_text(value) if isinstance(value, str) else SafeRepresenter().represent_data(value)


def _write_text(text: str) -> yaml.Node:
    """Texts of several lines stand as a block, where YAML can write them so; the dumper falls back to quotes."""
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
