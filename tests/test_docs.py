"""Documentation that cannot rot: whatever a reader may look up is held to the code that does it."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

import click
import pytest

from engine.lint.rulebook import RULES
from support.documents import REFERENCE, RESERVATIONS, permission_matrix, reference, with_matrix
from tuntas.cli import cli
from tuntas.config import SETTINGS
from tuntas.server import demonstration_logins

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PACKAGES = ("engine", "cases", "storage", "web", "api", "tuntas")
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
ROW = re.compile(r"^\| `([^`]+)`")


def page(name: str) -> str:
    """Return one page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


README = (ROOT / "README.md").read_text(encoding="utf-8")


def pages() -> list[Path]:
    """Return every tracked page that is there now."""
    told = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, check=True)
    return [path for name in told.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def rows(text: str) -> list[str]:
    """Return the code words that begin a row of a table."""
    return [found[1] for line in text.splitlines() if (found := ROW.match(line))]


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def commands(group: click.Command = cli, before: str = "tuntas") -> Iterator[tuple[str, click.Command]]:
    """Yield every command of the command line with its whole name."""
    for name, command in getattr(group, "commands", {}).items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


COMMANDS = dict(commands())


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^([a-z]+):", text))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings as they are made by the usual renderers."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    broken = []
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{path.relative_to(ROOT)}: {target}")
    return broken


def shell_lines() -> list[tuple[str, list[str]]]:
    """Return the words of every command that a page shows in a block of shell."""
    found = []
    for path in pages():
        for language, block in FENCE.findall(path.read_text(encoding="utf-8")):
            if language == "sh":
                code = re.sub(r"(?s)<<'END'.*?^END$", "", block, flags=re.MULTILINE)
                lines = code.replace("\\\n", " ").splitlines()
                found += [(path.name, words) for line in lines if (words := shlex.split(line, comments=True))]
    return found


def test_every_relative_link_of_every_page_leads_somewhere() -> None:
    assert [link for path in pages() for link in broken_links(path)] == []


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = page("README.md")
    missing = [path.name for path in DOCS.glob("*.md") if path.name != "README.md" and path.name not in index]
    assert missing == []


def test_every_decision_is_in_the_list_of_decisions() -> None:
    written = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", page("adr/README.md")) == written
    assert [int(name[:4]) for name in written] == list(range(1, len(written) + 1))


def test_every_picture_is_shown_and_small() -> None:
    pictures = sorted((DOCS / "images").glob("*"))
    text = "".join(path.read_text(encoding="utf-8") for path in pages())
    assert pictures
    assert [path.name for path in pictures if f"images/{path.name}" not in text] == []
    assert [path.name for path in pictures if path.stat().st_size > 250_000] == []


def test_every_setting_is_described_and_nothing_else_is() -> None:
    own, tests = page("settings.md").split("## For the tests")
    assert [name for name in rows(own) if name.startswith("TUNTAS_")] == list(SETTINGS)
    assert [name for name in SETTINGS if name in rows(tests)] == []


def test_every_variable_of_the_tests_is_described() -> None:
    described = set(rows(page("settings.md")))
    used: set[str] = set()
    for path in [*(ROOT / "tests").rglob("*.py"), ROOT / "Makefile"]:
        used |= set(re.findall(r"TUNTAS_(?:TEST_[A-Z0-9_]+|DATA)\b", path.read_text(encoding="utf-8")))
    assert used - {name for name in used if name.endswith("_")} <= described


def test_the_matrix_of_permissions_is_the_one_that_is_asked() -> None:
    # To write it anew: python tests/support/documents.py
    assert page("permissions.md") == with_matrix(page("permissions.md"))
    assert permission_matrix() in page("permissions.md")


def test_every_scope_and_every_reach_into_identity_is_explained() -> None:
    rules = reference("permissions")
    explained = rows(page("permissions.md"))
    assert set(rules["scopes"]) | set(rules["identity"]) <= set(explained)
    known = {"cases", "oversight", "identity", "acts", "escalation_level", *RESERVATIONS}
    assert {key for rule in rules["roles"].values() for key in rule} <= known


def test_the_page_says_which_acts_are_asked_for() -> None:
    asked, _, rest = (
        page("permissions.md").partition("## Which acts are asked for today")[2].partition("\n\nThe other")
    )
    acts = set(reference("permissions")["acts"])
    asking = {"permission", "is_allowed", "may", "require", "require_act"}
    found = {
        str(value.value)
        for _name, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in asking
        for value in call.args
        if isinstance(value, ast.Constant) and value.value in acts
    }
    assert set(re.findall(r"`(\w+)`", asked)) == found
    told = set(re.findall(r"`(\w+)`", rest)) & acts
    assert told - {"work"} == acts - found  # The page says there that work is what stands for the others.


def test_every_tag_of_the_history_is_described_with_its_label() -> None:
    labels = {tag: words["en"] for tag, words in reference("history_tags")["history_tags"].items()}
    described = dict(re.findall(r"(?m)^\| `((?:case|process):[^`]+)` \| ([^|]+) \|", page("history.md")))
    assert described == labels


def test_every_tag_that_the_code_writes_is_described() -> None:
    described = set(rows(page("history.md")))
    tag = re.compile(r"(?:case|process):[a-z-]+:[a-z-]+")
    topics = {"case:response:sent"} - described
    written, families = set(), set()
    for name, tree in sources():
        if not name.startswith("cases/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and tag.fullmatch(node.value):
                written.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                families.add(str(node.values[0].value))
    assert written - topics <= described
    families = {family for family in families if re.fullmatch(r"(?:case|process):[a-z-]+:", family)}
    assert families == {"case:task:", "process:activity:", "process:instance:"}
    assert [
        tag for tag in described if ":" in tag and tag not in written and not tag.startswith(tuple(families))
    ] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_with_every_option(name: str) -> None:
    line = next((line for line in page("operations.md").splitlines() if line.startswith(f"| `{name}`")), "")
    assert line, f"{name} is not in docs/operations.md"
    options = [option for each in COMMANDS[name].params for option in each.opts if option.startswith("--")]
    assert [option for option in options if f"`{option}`" not in line] == []


def test_no_command_is_described_that_is_not_there() -> None:
    assert {name for name in rows(page("operations.md")) if name.startswith("tuntas ")} == set(COMMANDS)


def test_every_function_of_cases_that_the_architecture_names_is_there() -> None:
    wrong = []
    for line in page("architecture.md").splitlines():
        if not ROW.match(line):
            continue
        modules, functions = (re.findall(r"`([\w.]+)`", cell) for cell in line.split("|")[1:3])
        found = [importlib.import_module(f"cases.{module}") for module in modules]
        wrong += [name for name in functions if not any(hasattr(module, name) for module in found)]
    assert wrong == []


def test_every_file_that_a_page_names_is_there() -> None:
    named = re.compile(
        r"`((?:engine|cases|storage|web|api|tuntas|tests|reference|scripts|processes)/[\w./-]+)`"
    )
    missing = []
    for path in pages():
        names = named.findall(path.read_text(encoding="utf-8"))
        missing += [f"{path.name}: {name}" for name in names if not (ROOT / name).exists()]
    assert missing == []


def test_every_lint_rule_is_described_and_no_other() -> None:
    assert sorted(rows(page("lint-rules.md"))) == sorted(RULES)


def test_every_make_target_is_described_and_no_other() -> None:
    described = set(re.findall(r"`make ([a-z]+)`", page("development.md")))
    assert described == make_targets()


def test_every_dependency_is_explained_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[\[<>=]", each)[0] for each in project["project"]["dependencies"]}
    table = [line.split("|")[1] for line in page("adr/0007-dependencies.md").splitlines() if ROW.match(line)]
    assert {name for cell in table for name in re.findall(r"`([^`]+)`", cell)} == wanted
    bundled = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for name in [*bundled["dependencies"], *bundled["devDependencies"]]:
        assert f"`{name}`" in page("adr/0007-dependencies.md")


def test_every_command_of_a_page_is_one_that_exists() -> None:
    wrong = []
    for name, line in shell_lines():
        words = list(dropwhile(re.compile(r"[A-Z_]+=").match, line))
        if words[:1] == ["make"]:
            wrong += [f"{name}: make {target}" for target in words[1:] if target not in make_targets()]
        elif words[:1] == [".venv/bin/tuntas"]:
            wrong += [f"{name}: {problem}" for problem in problems_of_call(words[1:])]
    assert wrong == []
    assert {words[0] for _name, words in shell_lines()} >= {"make", ".venv/bin/tuntas"}


def problems_of_call(words: list[str]) -> list[str]:
    """Say what the command line would not understand, without running anything."""
    called = max(
        (name for name in COMMANDS if words[: name.count(" ")] == name.split()[1:]), key=len, default=None
    )
    if called is None:
        return [f"no command {' '.join(words)}"]
    options = {option for each in COMMANDS[called].params for option in each.opts}
    return [f"{called} has no {word}" for word in words if word.startswith("--") and word not in options]


def test_the_readme_opens_with_what_it_is_a_picture_and_the_two_commands() -> None:
    places = [README.index(part) for part in ("# Tuntas", "](docs/images/", "make run", "make test")]
    assert places == sorted(places)
    assert README.index("How a designer changes the process") < README.index("## What works today")


def test_the_login_and_the_mappings_that_the_readme_names_exist() -> None:
    designer = re.search(r"Sign in as `([\w.]+)`", README)
    logins = dict(demonstration_logins())
    assert designer is not None
    assert logins[designer[1]].startswith("process_designer")
    for name in re.findall(r"--mapping ([\w-]+)", README + page("operations.md")):
        assert (REFERENCE / "mappings" / f"{name}.json").is_file()


def test_every_folder_that_the_readme_names_is_there_and_none_is_missing() -> None:
    named = {name.strip("/") for name in re.findall(r"`([a-z]+/)`", README.partition("## What is where")[2])}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True)
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    assert {name for name in folders if not name.startswith(".")} <= named
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_every_program_text_in_a_page_compiles() -> None:
    block = re.search(r"(?s)<<'END'\n(.*?)^END$", page("history.md"), re.MULTILINE)
    assert block is not None
    compile(block[1], "history.md", "exec")
