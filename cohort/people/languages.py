"""Languages by name: rosters give codes (RFC 5646), people write 'Spanish', pages and reasons say it."""

import re
import unicodedata
from collections.abc import Sequence

from cohort.errors import DomainError
from cohort.people.invisible import excerpt

CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII)
"""The shape of a language tag, in lower case; whether it is registered is not asked."""

_NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fil": "Filipino", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "ig": "Igbo", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian",
    "mi": "Māori", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay",
    "mt": "Maltese", "my": "Burmese", "nb": "Norwegian", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa", "yo": "Yoruba",
    "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip


def language_name(code: str) -> str:
    """'es' -> 'Spanish', 'pt-br' -> 'Portuguese'; the code itself when we have no name for it."""
    return _NAMES.get(code.lower().partition("-")[0], code)


def read_languages(text: str, *, known: Sequence[str] = ()) -> list[str]:
    """The codes of the languages that `text` names, with ',' or ';' between them: 'English, es' -> ['en', 'es'].

    `known` are codes the person has now: of several for one name, theirs stays. Raises DomainError for what is neither
    the name of a language nor its code.
    """
    by_name = {_bare(name): code for code, name in reversed(_NAMES.items())}
    by_name |= {_bare(language_name(code)): code for code in reversed(known)}
    items = filter(None, (item.strip() for item in re.split(r"[,;\n]", text)))
    return list(dict.fromkeys(_code(item, by_name) for item in items))


def _code(item: str, by_name: dict[str, str]) -> str:
    word = _bare(item)
    if word in by_name:
        return by_name[word]
    if word.partition("-")[0] in _NAMES and CODE.fullmatch(word):
        return word
    raise DomainError(f"“{excerpt(item)}” is not a language we know. Write its English name.", field="languages")


def _bare(word: str) -> str:
    """As names are compared: 'Māori' and 'maori' are one."""
    return "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))
