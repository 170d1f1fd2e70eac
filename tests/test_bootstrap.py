"""The set-up script, in a small checkout of its own with real Pythons and empty locks: nothing is downloaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap
from cohort.config import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As fresh from a clone, in a folder whose name has a space in it; its command prints what it was given."""
    root = tmp_path / "my cohort"
    (root / "cohort").mkdir(parents=True)
    shutil.copy(ROOT / "bootstrap.py", root)
    for lock in bootstrap.LOCKS.values():
        (root / lock).write_text("# nothing\n")
    (root / "cohort" / "__init__.py").touch()
    (root / "cohort" / "assets.py").write_text("def ensure():\n    open('made', 'a').write('once ')\n")
    (root / "cohort" / "cli.py").write_text("import sys\ndef main():\n    print(sys.argv[1:])\n    return 2\n")
    return root


def set_up(root: Path, *arguments: str, without: tuple[str, ...] = ("ensurepip",)) -> subprocess.CompletedProcess[str]:
    """Run the script under the machine's Python, made to lack the modules named in `without`.

    Without ensurepip, as on Debian, the environment gets no pip of its own and is there five times sooner; every
    fresh clone takes the other way.
    """
    lacking = root.parent / "lacking"
    lacking.mkdir(exist_ok=True)
    (lacking / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({without!r}))\n")
    command = [sys._base_executable, "bootstrap.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(lacking), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def times_installed(root: Path) -> int:
    return (root / "made").read_text().count("once")


@pytest.mark.slow
def test_set_up_gives_the_command_and_is_done_once(checkout: Path) -> None:
    assert set_up(checkout).returncode == 0
    command = [checkout / ".venv/bin/cohort", "tick", "--now", "a b"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "['tick', '--now', 'a b']\n")

    again = set_up(checkout)
    assert (again.returncode, again.stdout, times_installed(checkout)) == (0, "", 1)


@pytest.mark.slow
def test_set_up_uses_the_pip_of_the_system_and_follows_a_changed_lock_and_a_moved_checkout(checkout: Path) -> None:
    set_up(checkout, "--test")
    set_up(checkout)
    assert times_installed(checkout) == 1  # whoever can test can run
    assert not list(checkout.glob(".venv/lib/*/site-packages/pip"))

    (checkout / "requirements.lock").write_text("# something else\n")
    set_up(checkout)
    assert times_installed(checkout) == 2

    moved = checkout.rename(checkout.with_name("moved"))
    assert set_up(moved).returncode == 0
    ran = subprocess.run([moved / ".venv/bin/cohort"], capture_output=True, text=True, check=False)
    assert (times_installed(moved), ran.stdout) == (3, "[]\n")


@pytest.mark.slow
def test_set_up_that_broke_off_goes_on(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("no-hash-given==1.0\n")
    broken = set_up(checkout)
    assert (broken.returncode, broken.stdout.splitlines()[-1]) == (
        1,
        "Run the same again to go on from there; if it fails again, remove .venv first.",
    )
    (checkout / "requirements.lock").write_text("# nothing\n")
    assert set_up(checkout).returncode == 0


def test_set_up_names_the_package_when_there_is_no_pip_at_all(checkout: Path) -> None:
    refused = set_up(checkout, without=("ensurepip", "pip"))
    package = f"python3.{sys.version_info.minor}-venv"
    assert refused.returncode == 1
    assert refused.stdout.splitlines()[-1] == (
        f"This Python has no pip to install with: install {package} and run the same again."
    )
    assert not (checkout / ".venv").exists()


def pretend(folder: Path, name: str, answer: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)
    return str(path)


def test_find_python_passes_over_old_and_broken_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", pretend(tmp_path, "python3", "echo 3 9 18"))
    pretend(tmp_path, "python3.13", "exit 127")
    newer = pretend(tmp_path, "python3.12", "echo 3 12 1")
    assert bootstrap.find_python() == newer


def test_find_python_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", pretend(tmp_path, "python3", "echo 3 9 18"))
    with pytest.raises(bootstrap.SetUpError, match=r"Python 3\.11 or newer is needed"):
        bootstrap.find_python()
