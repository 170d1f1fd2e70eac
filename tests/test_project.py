"""What holds for the project as a whole: locks, version, settings in the documents, tidy files."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bootstrap
import cohort
from cohort.config import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted(bootstrap.LOCKS.values())
README = ROOT / "README.md"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def pins(lock: str) -> dict[str, set[str]]:
    """Name -> versions; more than one where they differ between Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / lock).read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host_and_gives_every_pin_a_hash(lock: str) -> None:
    entries = (ROOT / lock).read_text().replace("\\\n", "").splitlines()
    unhashed = [
        entry for entry in entries if not re.fullmatch(r"\S+==\S+( ;[^-]+)?( +--hash=sha256:[0-9a-f]{64})+", entry)
    ]
    assert unhashed == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_in_step_with_the_project_file(lock: str) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    wanted += PROJECT["dependency-groups"]["test"] if "test" in lock else []
    locked = pins(lock)
    apart = [
        text
        for text in wanted
        if not locked.get(name_of(text)) or not all(map(Requirement(text).specifier.contains, locked[name_of(text)]))
    ]
    assert apart == []


def name_of(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def test_test_lock_holds_all_that_runs() -> None:
    running, testing = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: testing.get(name) for name in running} == running


def test_version_is_said_once() -> None:
    assert PROJECT["project"]["version"] == cohort.__version__
    assert re.search(r"^## \[?([\w.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] in (
        cohort.__version__,
        "Unreleased",
    )


def settings_read() -> set[str]:
    """The names that `cohort/config.py` asks the environment for."""
    tree = ast.parse((ROOT / "cohort" / "config.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    asked = [call.args[0] for call in calls if call.func.attr in {"_text", "_choice", "_number"}]
    return {name.value for name in asked if isinstance(name, ast.Constant)}


def test_readme_describes_every_setting_and_no_other() -> None:
    assert settings_read() >= {"DATABASE_URL", "SECRET_KEY", "BASE_URL", "MAIL_URL", "MAIL_FROM", "DATA_DIR"}
    assert set(re.findall(r"^\| `([A-Z_]+)`", README.read_text(), re.MULTILINE)) == settings_read()


def test_documents_point_at_files_that_exist() -> None:
    documents = [path for path in tracked() if path.suffix == ".md" and "content" not in path.parts]
    links = [
        (path, link)
        for path in documents
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", path.read_text())
    ]
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_files_are_tidy() -> None:
    """No blanks at a line's end, one newline at the file's end, Unix line ends; what is made is not kept."""
    untidy = []
    for path in tracked():
        text = path.read_bytes()
        if b"\0" in text or path.parent.name == "content" or path.suffix == ".ics":
            continue
        if re.search(rb"[ \t\r]$", text, re.MULTILINE) or (text and not text.endswith(b"\n")) or text.endswith(b"\n\n"):
            untidy.append(str(path.relative_to(ROOT)))
    assert untidy == []
