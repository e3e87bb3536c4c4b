"""Rules for every tracked file: nothing of one machine, nothing of a registry, nothing grown too long."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
PINS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    r"pypi\.(?:org|python)|pythonhosted|npmjs\.(?:org|com)|registry\.(?:npm|yarn)|deb\.debian|index-url\s*="
    r"|(?:jsdelivr|unpkg|cdnjs|googleapis|gstatic)\b",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:work|root|home|Users|opt)/[\w.]")


def tracked() -> list[Path]:
    """Return the tracked files that are there now."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in names.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and content of each tracked text file but this one."""
    for path in tracked():
        content = path.read_bytes()
        if path != Path(__file__).resolve() and b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode()


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def python_files() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def written_by_hand() -> list[Path]:
    """Leave out the migrations: each is one schema spelled out once, and never worked on again."""
    versions = ROOT / "storage" / "migrations" / "versions"
    return [path for path in python_files() if path.parent != versions]


def test_no_tracked_file_names_the_address_of_a_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_other_lock_file_is_tracked() -> None:
    names = {path.name for path in tracked()}
    assert names.isdisjoint({"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "yarn.lock"})


def test_nothing_that_is_built_or_fetched_is_tracked() -> None:
    built = ("node_modules/", "web/static/dist/", ".venv/", "var/", "dist/", "build/")
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [
        name for name in names if name.startswith(built) or name.endswith((".min.js", ".pyc", ".mo"))
    ] == []


def test_the_npm_lock_holds_every_package_by_hash_and_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
    assert [
        name
        for name, entry in packages.items()
        if entry.get("hasInstallScript") and name != "node_modules/esbuild"
    ] == []


@pytest.mark.parametrize("name", PINS)
def test_every_pinned_package_has_a_version_and_hashes(name: str) -> None:
    logical = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pins = [line for line in logical if line and not line.lstrip().startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.match(r"[a-z0-9][a-z0-9._-]*==\S+ .*--hash=sha256:", pin)] == []


def test_the_development_set_holds_what_is_deployed() -> None:
    def pinned(name: str) -> set[str]:
        return set(
            re.findall(r"^([a-z0-9][\w.-]*==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        )

    assert pinned("requirements.txt") <= pinned("requirements-dev.txt")


def test_no_folder_of_tests_is_a_package() -> None:
    # A tests/engine/__init__.py would be imported in place of the real engine.
    assert [
        path for path in tracked() if path.name == "__init__.py" and "tests" in path.relative_to(ROOT).parts
    ] == []


def test_no_module_is_longer_than_the_limit() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in written_by_hand()
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_the_limit() -> None:
    long = []
    for path in written_by_hand():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines")
    assert long == []


def test_every_module_opens_with_a_sentence_on_what_it_is_for() -> None:
    silent = []
    for path in python_files():
        opening = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if not opening.split("\n\n")[0].rstrip().endswith("."):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_no_test_sleeps_or_mocks() -> None:
    forbidden = re.compile(r"\btime\.sleep\(|unittest\.mock|\bMagicMock\b")
    # The one bounded wait for real servers is what every other test uses instead.
    allowed = {"tests/support/processes.py"}
    found = [line for line in lines_with(forbidden) if line.startswith("tests/")]
    assert [line for line in found if line.partition(":")[0] not in allowed] == []


def test_the_tests_run_on_a_python_that_is_promised() -> None:
    assert sys.version_info >= (3, 11)
