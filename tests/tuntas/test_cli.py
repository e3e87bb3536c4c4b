"""Every command does what its help says, and says in one sentence what is wrong when it cannot."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from cases.model import SYSTEM
from cases.people import list_users, sign_in, token_actor
from storage.tables import CalendarVersion, Case, RulesetFile, RulesetVersion
from support.lint_sets import example, set_with
from support.office import config_for
from tuntas.cli import cli
from tuntas.config import ROOT
from tuntas.database import is_current, make_engine
from tuntas.office import Tuntas, build

FIXTURES = ROOT / "tests" / "fixtures"
PASSWORD = "empat-kata-acak-benar"
Command = Callable[..., Any]


@pytest.fixture
def database(sqlite_office: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite database with the fictional office and no cases."""
    path = tmp_path / "office.db"
    shutil.copyfile(sqlite_office, path)
    return f"sqlite:///{path}"


@contextmanager
def office_at(url: str, var: Path) -> Iterator[Tuntas]:
    """The office of a database, by today's clock."""
    engine = make_engine(url)
    try:
        yield build(config_for(url, var), engine)
    finally:
        engine.dispose()


def write_set(folder: Path, files: dict[str, bytes]) -> Path:
    """A set as files in a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_every_command_says_in_its_help_what_it_does() -> None:
    assert set(cli.commands) == {
        "init", "migrate", "seed", "serve", "worker", "lint", "deploy", "import", "token", "doctor", "deadline",
        "ruleset", "backup", "restore", "incident", "partition",
    }  # fmt: skip
    assert all(command.help for command in cli.commands.values())


@pytest.mark.parametrize("words", [("--help",), ("lint", "--help"), ("token", "create", "--help")])
def test_help_is_given(tuntas: Command, words: tuple[str, ...]) -> None:
    ended = tuntas(*words)
    assert (ended.code, "Usage:" in ended.out) == (0, True)


def test_an_unknown_command_is_refused(tuntas: Command) -> None:
    ended = tuntas("dance")
    assert ended.code == 2
    assert "No such command 'dance'" in ended.err


def test_an_unknown_setting_is_refused_in_one_sentence(tuntas: Command) -> None:
    ended = tuntas("migrate", TUNTAS_DATABSE_URL="sqlite:///x")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "tuntas: Unknown setting TUNTAS_DATABSE_URL. See docs/settings.md for the names.\n"


def test_a_bad_setting_is_refused_in_one_sentence(tuntas: Command) -> None:
    ended = tuntas("migrate", TUNTAS_PORT="many")
    assert (ended.code, len(ended.err.splitlines())) == (1, 1)


def test_migrate_makes_the_schema_and_may_be_repeated(tuntas: Command, tmp_path: Path) -> None:
    for _ in range(2):
        assert tuntas("migrate").out == "The database is current.\n"
    engine = make_engine(f"sqlite:///{tmp_path / 'var' / 'tuntas.db'}")
    assert is_current(engine)
    engine.dispose()


def test_migrate_gives_an_office_of_an_older_release_its_calendar_and_ruleset(
    tuntas: Command, database: str, tmp_path: Path
) -> None:
    with office_at(database, tmp_path) as office:
        for table in (RulesetFile, RulesetVersion, CalendarVersion):
            office.work.write(lambda session, table=table: session.execute(delete(table)))
    ended = tuntas("migrate", TUNTAS_DATABASE_URL=database)
    assert "a worker counts the open deadlines anew" in ended.out
    assert tuntas("migrate", TUNTAS_DATABASE_URL=database).out == "The database is current.\n"
    with office_at(database, tmp_path) as office:
        assert office.work.read(office.env.calendars.current).version == 1
        assert office.work.read(office.env.rulesets.active).key == "sp4n-2018"


def test_init_makes_an_office_whose_administrator_can_sign_in(tuntas: Command, tmp_path: Path) -> None:
    words = ("init", "--name", "Kabupaten Uji", "--code", "UJI", "--admin", "kepala", "--password", PASSWORD)
    assert tuntas(*words).code == 0
    with office_at(f"sqlite:///{tmp_path / 'var' / 'tuntas.db'}", tmp_path) as office:
        signed_in = office.work.write(
            lambda session: sign_in(session, office.env, "kepala", PASSWORD, address="127.0.0.1")
        )
        assert [grant.role for grant in signed_in.actor.grants] == ["system_administrator"]
        assert office.env.office_code == "UJI"
    again = tuntas(*words)
    assert (again.code, again.err) == (
        1,
        "tuntas: There is an office already; 'tuntas init' is for an empty database.\n",
    )


def test_init_takes_the_password_from_the_environment(tuntas: Command) -> None:
    assert tuntas("init", "--name", "Kabupaten Uji", TUNTAS_ADMIN_PASSWORD=PASSWORD).code == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--password", "pendek"),
        ("--password", PASSWORD, "--timezone", "Asia/Nowhere"),
        ("--password", PASSWORD, "--code", "with space"),
        ("--password", PASSWORD, "--admin", "not a name"),
    ],
)
def test_init_refuses_what_cannot_work_and_makes_nothing(
    tuntas: Command, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    ended = tuntas("init", "--name", "Kabupaten Uji", *wrong)
    assert (ended.code, len(ended.err.splitlines())) == (1, 1), ended.err
    with office_at(f"sqlite:///{tmp_path / 'var' / 'tuntas.db'}", tmp_path) as office:
        assert office.work.read(lambda session: list_users(session, office.env, by=SYSTEM)).items == ()


def test_lint_accepts_what_the_product_ships(tuntas: Command) -> None:
    ended = tuntas("lint", ROOT)
    assert ended.code == 0, ended.out
    assert ended.out.splitlines()[-1].startswith("0 errors")


def test_lint_names_the_element_and_the_remedy_and_fails(tuntas: Command, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", set_with(example("gateway-default-missing", "refused")))
    ended = tuntas("lint", folder / "bpmn" / "example.bpmn", folder / "bpmn" / "helper.bpmn")
    assert ended.code == 1
    assert re.search(r"\[\w+\] error gateway-default-missing: .*Mark one outgoing flow as default", ended.out)


def test_lint_of_a_file_that_is_not_there_is_refused(tuntas: Command) -> None:
    assert tuntas("lint", "nowhere.bpmn").code == 2


def test_deploy_makes_a_version_and_says_which(tuntas: Command, database: str, tmp_path: Path) -> None:
    changed = tmp_path / "intake.bpmn"
    source = (ROOT / "processes" / "bpmn" / "intake.bpmn").read_text(encoding="utf-8")
    changed.write_text(
        source.replace("</bpmn:definitions>", "<!-- changed --></bpmn:definitions>"), encoding="utf-8"
    )
    ended = tuntas("deploy", changed, "--note", "Uji", TUNTAS_DATABASE_URL=database)
    assert (ended.code, ended.out) == (0, "intake version 2\n"), ended.err


def test_deploy_refuses_a_faulty_set_and_deploys_nothing(
    tuntas: Command, database: str, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "set", set_with(example("gateway-default-missing", "refused")))
    ended = tuntas("deploy", folder / "bpmn" / "example.bpmn", TUNTAS_DATABASE_URL=database)
    assert ended.code == 1
    assert "gateway-default-missing" in ended.out
    assert ended.err == "tuntas: nothing was deployed\n"


def test_a_token_is_printed_once_and_lets_its_user_in(tuntas: Command, database: str, tmp_path: Path) -> None:
    ended = tuntas("token", "create", "auditor", "--days", "2", TUNTAS_DATABASE_URL=database)
    secret = ended.out.strip()
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)
    with office_at(database, tmp_path) as office:
        actor = office.work.read(lambda session: token_actor(session, office.env, secret))
    assert [grant.role for grant in actor.grants] == ["auditor"]
    assert secret.encode() not in (tmp_path / "office.db").read_bytes()


def test_a_token_for_nobody_is_refused(tuntas: Command, database: str) -> None:
    ended = tuntas("token", "create", "siapa", TUNTAS_DATABASE_URL=database)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)


def test_import_migrates_an_empty_database_and_ends_with_the_counts(tuntas: Command) -> None:
    ended = tuntas("import", FIXTURES / "stlouis.csv", "--mapping", "st-louis")
    assert ended.code == 0, ended.err
    assert ended.out == "rows=12 imported=5 repeated=2 rejected=5\n"
    assert "stlouis.rejects.csv" in ended.err
    again = tuntas("import", FIXTURES / "stlouis.csv", "--mapping", "st-louis")
    assert again.out == "rows=12 imported=0 repeated=7 rejected=5\n"


def test_import_into_an_office_keeps_the_office(tuntas: Command, database: str, tmp_path: Path) -> None:
    words = ("import", FIXTURES / "lapor.csv", "--mapping", "lapor", "--open")
    assert tuntas(*words, TUNTAS_DATABASE_URL=database).out.startswith("rows=5 imported=3 ")
    with office_at(database, tmp_path) as office:
        stages = office.work.read(lambda session: set(session.query(Case.stage).all()))
    assert stages == {("verification",)}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("lapor.csv", "--mapping", "st-louis"), "The file has no column"),
        (("stlouis.csv", "--mapping", "lapor"), "Is 'lapor' the right mapping?"),
        (("stlouis.csv", "--mapping", "paris"), "There is no mapping 'paris'. Known: lapor, st-louis."),
    ],
)
def test_an_import_that_does_not_fit_is_refused_in_one_sentence(
    tuntas: Command, words: tuple[str, ...], told: str
) -> None:
    ended = tuntas("import", FIXTURES / words[0], *words[1:])
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert told in ended.err


def test_a_database_that_is_away_is_said_in_one_sentence(tuntas: Command) -> None:
    away = "postgresql://nobody:secret-word@127.0.0.1:9/none"
    for words in (("token", "create", "auditor"), ("migrate",)):
        ended = tuntas(*words, TUNTAS_DATABASE_URL=away)
        assert ended.code == 1
        assert "secret-word" not in ended.out + ended.err
        assert ended.err.splitlines()[-1].startswith("tuntas: ")
