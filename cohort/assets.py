"""Static files that are made, not kept: Bootstrap's sheet, our icon sprite, compressed copies.

Bootstrap-Flask carries Bootstrap's CSS and its icons; nothing of a third party lies in the repository. The set-up
script calls `ensure`, and so does the application when it starts: a fresh checkout works either way.
"""

import ast
import gzip
import importlib.util
import os
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

PACKAGE = Path(__file__).resolve().parent
STATIC = PACKAGE / "static"
TEMPLATES = PACKAGE.parent / "templates"
SPRITE = STATIC / "icons.svg"
BOOTSTRAP = STATIC / "bootstrap.min.css"

_SYMBOL = re.compile(r'<symbol class="[^"]*" viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL)
_CODE = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_LITERAL = re.compile(r"""(["'])([a-z0-9-]+)\1""")


def ensure() -> None:
    """Make what is missing or older than what it is made from. Safe when several processes do it at once.

    In a folder that may not be written, as in a sealed image, what the set-up made is served as it is.
    """
    if not os.access(STATIC, os.W_OK):
        return
    if _is_older(BOOTSTRAP, [_carrier() / "css/bootstrap.min.css"]):
        _write(BOOTSTRAP, _bootstrap())
    if _is_older(SPRITE, _sources()):
        _write(SPRITE, _sprite(icons_in_use()))
    for plain in (path for suffix in ("css", "js", "svg") for path in STATIC.glob(f"*.{suffix}")):
        packed = plain.with_name(plain.name + ".gz")
        if _is_older(packed, [plain]):
            _write(packed, gzip.compress(plain.read_bytes(), mtime=0))
    icons_made.cache_clear()
    fingerprint.cache_clear()


def icons_in_use() -> frozenset[str]:
    """Every quoted word in the templates' code and in our Python that names an icon of the carrier.

    A few words that merely look like one come along ("people"); none that is used can be left out.
    """
    return frozenset(_words()) & _all_icons().keys()


@cache
def icons_made() -> frozenset[str]:
    """The names in the sprite this process serves."""
    return frozenset(re.findall(r'id="([^"]+)"', SPRITE.read_text()))


@cache
def fingerprint(name: str) -> str:
    """Ten hex digits that change with the static file's content: `theme.css` -> `1f0c9a77de`."""
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def _carrier() -> Path:
    spec = importlib.util.find_spec("flask_bootstrap")
    if spec is None or spec.origin is None:
        raise RuntimeError("Bootstrap-Flask is not installed. Run the set-up again: make setup.")
    return Path(spec.origin).parent / "static/bootstrap5"


def _bootstrap() -> bytes:
    """The sheet without the pointer to its source map, which is not served."""
    sheet = (_carrier() / "css/bootstrap.min.css").read_bytes()
    return re.sub(rb"/\*# sourceMappingURL=\S+ \*/\s*$", b"", sheet)


@cache
def _all_icons() -> dict[str, tuple[str, str]]:
    """Name -> (view box, drawing) of every icon the carrier has."""
    text = (_carrier() / "icons/bootstrap-icons.svg").read_text()
    return {name: (box, drawing) for box, name, drawing in _SYMBOL.findall(text)}


def _sprite(names: frozenset[str]) -> bytes:
    icons = _all_icons()
    symbols = (f'<symbol id="{name}" viewBox="{icons[name][0]}">{icons[name][1]}</symbol>' for name in sorted(names))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'.encode()


def _sources() -> list[Path]:
    return [*TEMPLATES.rglob("*.html"), *PACKAGE.rglob("*.py")]


def _words() -> Iterator[str]:
    for path in _sources():
        text = path.read_text()
        if path.suffix == ".py":
            yield from (str(node.value) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        else:
            yield from (word for code in _CODE.findall(text) for _, word in _LITERAL.findall(code))


def _is_older(made: Path, sources: list[Path]) -> bool:
    return not made.exists() or made.stat().st_mtime < max(path.stat().st_mtime for path in sources)


def _write(path: Path, content: bytes) -> None:
    """Replace in one step: another process never reads half a file."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(path)
