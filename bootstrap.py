"""Set up `.venv` with exactly what the locks name: `python3 bootstrap.py`, with `--test` for the tests and checks too.

Standard library only. Any Python from 3.7 up can start it; it goes on under the first it finds from 3.11 up.
Running it again when nothing changed takes a blink; when it was interrupted it goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# The test lock holds everything that the other one holds, so whoever has it needs nothing more to run.
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}

COMMAND = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys
sys.path.insert(0, {root!r})
from cohort.cli import main
sys.exit(main())
"""


class SetUpError(Exception):
    """The environment cannot be made; the text says what to install."""


def main(arguments: list[str]) -> int:
    purpose = "test" if "--test" in arguments else "run"
    if is_ready(purpose):
        return 0
    try:
        set_up(purpose)
    except SetUpError as problem:
        say(str(problem))
        return 1
    except subprocess.CalledProcessError as problem:
        say(f"That step failed, its own words are above: {' '.join(map(str, problem.cmd))}")
        say("Run the same again to go on from there; if it fails again, remove .venv first.")
        return 1
    return 0


def is_ready(purpose: str) -> bool:
    stamp = stamp_of(purpose)
    return stamp.exists() and stamp.read_text() == fingerprint(purpose)


def set_up(purpose: str) -> None:
    if version_of(PYTHON) < OLDEST:
        make_environment(find_python())
    install(ROOT / LOCKS[purpose])
    write_command()
    say("Preparing the static files")
    subprocess.run([PYTHON, "-c", "from cohort.assets import ensure; ensure()"], cwd=ROOT, check=True)
    for ready in {purpose, "run"}:
        stamp_of(ready).write_text(fingerprint(ready))


def stamp_of(purpose: str) -> Path:
    return VENV / f"ready-to-{purpose}"


def fingerprint(purpose: str) -> str:
    """Changes with the lock, with the Python behind the environment, and when the checkout is moved."""
    lock = hashlib.sha256((ROOT / LOCKS[purpose]).read_bytes()).hexdigest()
    return f"{lock} {version_of(PYTHON)} {ROOT}\n"


def version_of(python: Path | str) -> tuple[int, ...]:
    """(3, 12, 1), or () when it does not run; version managers leave such names on the path."""
    try:
        asked = subprocess.run(
            [str(python), "-c", "import sys; print(*sys.version_info[:3])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return ()
    return tuple(int(part) for part in asked.stdout.split()) if asked.returncode == 0 else ()


def find_python() -> str:
    names = ["python3", *(f"python3.{minor}" for minor in (14, 13, 12, 11)), "python"]
    for candidate in [sys.executable, *filter(None, map(shutil.which, names))]:
        if version_of(candidate) >= OLDEST:
            return candidate
    raise SetUpError(
        "Python 3.11 or newer is needed and none was found; install one (python3.12, say) and run the same again."
    )


def make_environment(python: str) -> None:
    """Without pip when the Python has no ensurepip, as Debian's has not until python3-venv is installed."""
    version = version_of(python)
    say(f"Making .venv with Python {'.'.join(map(str, version))}")
    with_pip = has_module(python, "ensurepip")
    if not with_pip and not has_module(python, "pip"):
        package = f"python3.{version[1]}-venv"
        raise SetUpError(f"This Python has no pip to install with: install {package} and run the same again.")
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([python, "-m", "venv", *([] if with_pip else ["--without-pip"]), VENV], check=True)


def install(lock: Path) -> None:
    """Only wheels with the locked hashes: building from source would fetch tools that no hash covers."""
    say(f"Installing {lock.read_text().count('==')} packages from {lock.name}; the first time takes about a minute")
    options = ["--require-hashes", "--only-binary=:all:", "--no-compile", "--disable-pip-version-check", "--no-input"]
    own = has_module(PYTHON, "pip")
    pip = [str(PYTHON), "-m", "pip"] if own else [find_python(), "-m", "pip", "--python", str(PYTHON)]
    subprocess.run([*pip, "install", "--quiet", *options, "-r", str(lock)], check=True)


def has_module(python: Path | str, name: str) -> bool:
    return subprocess.run([str(python), "-c", f"import {name}"], stderr=subprocess.DEVNULL).returncode == 0


def write_command() -> None:
    """`.venv/bin/cohort`. Started through sh, because a path with a space in it cannot stand after `#!`."""
    command = VENV / "bin" / "cohort"
    command.write_text(COMMAND.format(python=shlex.quote(str(PYTHON)), root=str(ROOT)), encoding="utf-8")
    command.chmod(0o755)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
