"""Text in header lines: cleaned of what breaks them, put into encoded words where it must be, folded (RFC 2047, 5322).

What is cleaned here can stand in a subject or before an address; addresses and ids are never text and never encoded.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache

LONGEST_TEXT = 150
"""Characters of a subject or a name, as people count them; what is longer is cut."""
MOST_CODE_POINTS = 20 * LONGEST_TEXT
LONGEST_LINE = 76
LONGEST_WORD = 75
"""Of an encoded word, its frame included."""
FRAME = len("=?utf-8?q??=")

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What an encoded word says by itself, in names as well as in subjects."""


def clean_line(text: str) -> str:
    """`text` fit for a header: one line, no control characters, at most LONGEST_TEXT characters.

    A title pasted from a word processor may hold a vertical tab or U+2028, and some programs let NUL through. What
    looks like an encoded word, which some decode into header lines, is taken apart.
    """
    if not (text.isascii() and text.isprintable()):
        text = without_breaks(unicodedata.normalize("NFC", text))
    text = " ".join(text.replace("=?", "= ?").split())
    return text if len(text) <= LONGEST_TEXT else _first_characters(text)


def without_breaks(text: str) -> str:
    """`text` with a space for each control character, line break or half of a character."""
    return _BREAKS.sub(" ", text)


def _first_characters(text: str) -> str:
    """The first LONGEST_TEXT characters as people count them, none of them torn; of the oddest text a little less."""
    count = flags = 0
    for at, char in enumerate(text[:MOST_CODE_POINTS]):
        flags = flags + 1 if "\U0001f1e6" <= char <= "\U0001f1ff" else 0
        is_second_half = flags > 0 and flags % 2 == 0
        if at == 0 or not (is_second_half or _is_joined(char) or text[at - 1] == "\u200d"):
            count += 1
            if count > LONGEST_TEXT:
                return text[:at].rstrip()
    return text[:MOST_CODE_POINTS]


def _is_joined(char: str) -> bool:
    """An accent, a joiner, a skin tone or a tag: it belongs to the character before it."""
    is_tone_or_tag = "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"
    return char in "\u200c\u200d" or is_tone_or_tag or unicodedata.category(char) in {"Mn", "Mc", "Me"}


@lru_cache(maxsize=2048)
def text_header(name: str, text: str) -> str:
    """`Subject: Führung für alle`, in as many lines as it takes. Kept, because a cohort gets the same subject."""
    text = clean_line(text)
    line = f"{name}: {text}"
    if len(line) <= LONGEST_LINE and line.isascii():
        return line
    return _folded(name, _words(name, text))


@lru_cache(maxsize=2048)
def address_header(name: str, person: str, address: str) -> str:
    """`To: Ann Lee <ann@example.com>`; `address` is left as it is."""
    person = clean_line(person)
    if not person:
        return f"{name}: {address}"
    return _folded(name, [*_words(name, person, is_phrase=True), f"<{address}>"])


def _words(name: str, text: str, *, is_phrase: bool = False) -> Sequence[str]:
    """The words of `text`: its own where all of them fit into a line, else encoded ones."""
    room = LONGEST_LINE - len(f"{name}: ")
    words = (_in_quotes(text) if is_phrase and not _ATOMS.fullmatch(text) else text).split(" ")
    return words if text.isascii() and max(map(len, words)) <= room else list(_encoded(text, room))


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _folded(name: str, words: Sequence[str]) -> str:
    lines, line = [], f"{name}: {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > LONGEST_LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line])


def _encoded(text: str, room: int) -> Iterator[str]:
    """Encoded words, the first at most `room` long, of whole characters; legible where most of the text is ASCII."""
    quoted = {char: _quoted(char) for char in set(text)}
    is_quoted = sum(len(quoted[char]) for char in text) <= 3 * len(text)
    sizes = {char: len(quoted[char]) if is_quoted else len(char.encode()) for char in quoted}
    part, size, inside = "", 0, room - FRAME
    for char in text:
        if size + sizes[char] > (inside if is_quoted else inside // 4 * 3):
            yield _word(part, quoted, is_quoted=is_quoted)
            part, size, inside = "", 0, LONGEST_WORD - FRAME
        part, size = part + char, size + sizes[char]
    yield _word(part, quoted, is_quoted=is_quoted)


def _word(part: str, quoted: dict[str, str], *, is_quoted: bool) -> str:
    if is_quoted:
        return f"=?utf-8?q?{''.join(quoted[char] for char in part)}?="
    return f"=?utf-8?b?{b64encode(part.encode()).decode()}?="


def _quoted(char: str) -> str:
    if char == " ":
        return "_"
    return "".join(chr(octet) if octet in _PLAIN else f"={octet:02X}" for octet in char.encode())
