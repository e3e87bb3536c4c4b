"""``tuntas deadline`` counts and explains any clock, with an office's calendar or without any database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cases.deadlines.calendar_changes import AddDayOff, change_calendar
from cases.model import SYSTEM
from cases.reference import shipped_ruleset
from engine.model import Text
from support.office import config_for
from tuntas.config import ROOT
from tuntas.database import make_engine
from tuntas.office import build

Command = Callable[..., Any]
CLOCKS = sorted(shipped_ruleset(ROOT / "reference").clocks)


def answer(tuntas: Command, *words: str, **settings: str) -> dict[str, Any]:
    """The JSON that the command answers."""
    ended = tuntas("deadline", *words, "--json", **settings)
    assert (ended.code, ended.err) == (0, ""), ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


# The check values of the domain, and one clock of each unit. (clock, options, last day, instant that ends it)
KNOWN = [
    ("first_response", (), "2026-03-30", "2026-03-30T17:00:00+00:00"),
    ("auto_close", (), "2026-04-07", "2026-04-07T17:00:00+00:00"),
    ("final_oversight", (), "2026-06-25", "2026-06-25T17:00:00+00:00"),
    ("first_answer_law", (), "2026-03-30", "2026-03-30T17:00:00+00:00"),
    ("data_subject", (), "2026-03-18", "2026-03-18T17:00:00+00:00"),
    ("first_response", ("--pause", "2026-03-25/2026-03-27"), "2026-04-02", "2026-04-02T17:00:00+00:00"),
    ("first_response", ("--pause", "2026-03-25"), "2026-03-31", "2026-03-31T17:00:00+00:00"),
    (
        "first_response",
        ("--pause", "2026-03-25/2026-03-26", "--pause", "2026-03-26/2026-03-27"),
        "2026-04-02",
        "2026-04-02T17:00:00+00:00",
    ),
    ("information_law", ("--extended",), "2026-04-16", "2026-04-16T17:00:00+00:00"),
    ("first_response", ("--zone", "WIT"), "2026-03-30", "2026-03-30T15:00:00+00:00"),
    ("first_response", ("--zone", "Asia/Makassar"), "2026-03-30", "2026-03-30T16:00:00+00:00"),
]


@pytest.mark.parametrize(("clock", "options", "due_on", "due_at"), KNOWN)
def test_a_clock_from_monday_16_march_2026_is_due(
    tuntas: Command, clock: str, options: tuple[str, ...], due_on: str, due_at: str
) -> None:
    found = answer(tuntas, clock, "--from", "2026-03-16", *options)
    assert (found["clock"], found["due_on"], found["due_at"]) == (clock, due_on, due_at)
    assert found["start"].startswith("2026-03-16T00:00:00+")
    assert found["steps"][0]["kind"] == "start"
    assert found["steps"][-1]["kind"] == "due"


def test_the_answer_names_law_rule_ruleset_and_calendar(tuntas: Command) -> None:
    found = answer(tuntas, "first_answer_law", "--from", "2026-03-16")
    kept = {
        key: found[key]
        for key in ("law", "unit", "length", "ruleset", "calendar_version", "calendar", "mark")
    }
    assert kept == {
        "law": True,
        "unit": "calendar_days",
        "length": 14,
        "ruleset": "sp4n-2018",
        "calendar_version": 1,
        "calendar": "shipped",
        "mark": "LAW UU 25/2009 44",
    }


def test_without_json_each_day_is_one_sentence(tuntas: Command) -> None:
    ended = tuntas("deadline", "first_response", "--from", "2026-03-16")
    assert ended.code == 0
    assert "Paling lambat Senin 30 Maret 2026: 5 hari kerja sejak" in ended.out
    assert "\n  Kamis 19 Maret 2026: Hari Suci Nyepi, tidak dihitung\n" in ended.out
    assert "basis data kantor tidak dipakai. Zona WIB." in ended.out
    english = tuntas("deadline", "first_response", "--from", "2026-03-16", "--language", "en")
    assert "\n  Thursday 19 March 2026: Day of Silence, not counted\n" in english.out


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_clock_of_the_ruleset_is_explained(tuntas: Command, clock: str) -> None:
    assert answer(tuntas, clock, "--from", "2026-03-16")["due_on"] > "2026-03-16"


def test_hours_count_from_the_time_that_is_given(tuntas: Command) -> None:
    local = answer(tuntas, "data_subject", "--from", "2026-03-16T10:30")
    assert (local["start"], local["due_at"]) == ("2026-03-16T10:30:00+07:00", "2026-03-19T03:30:00+00:00")
    aware = answer(tuntas, "data_subject", "--from", "2026-03-16T03:30:00+00:00")
    assert aware["due_at"] == local["due_at"]


def test_an_open_pause_leaves_the_date_open(tuntas: Command) -> None:
    found = answer(tuntas, "first_response", "--from", "2026-03-16", "--pause", "2026-03-25/")
    assert (found["due_on"], found["due_at"], found["paused_since"]) == (
        None,
        None,
        "2026-03-24T17:00:00+00:00",
    )
    assert found["steps"][-1]["kind"] == "waiting"


def test_what_a_clock_does_not_know_is_ignored_and_told(tuntas: Command) -> None:
    found = answer(
        tuntas, "first_answer_law", "--from", "2026-03-16", "--pause", "2026-03-20/2026-03-27", "--extended"
    )
    assert found["due_on"] == "2026-03-30"
    assert [note["en"] for note in found["notes"]] == [
        "This clock never pauses; the pauses that were given are ignored.",
        "The law knows no second term of this clock; --extended is ignored.",
    ]
    ended = tuntas("deadline", "first_answer_law", "--from", "2026-03-16", "--pause", "2026-03-20")
    assert "jeda yang disebut diabaikan" in ended.out


# (what is asked, the English and the Indonesian sentence)
REFUSED = [
    (("nope", "--from", "2026-03-16"), "There is no clock 'nope'", "Batas waktu 'nope' tidak ada"),
    (("verification", "--from", "2026-13-45"), "'2026-13-45' is no date", "'2026-13-45' bukan tanggal"),
    (("verification", "--from", "soon"), "'soon' is no date", "'soon' bukan tanggal"),
    (("verification", "--from", "1999-06-01"), "The calendar covers", "Kalender mencakup"),
    (
        ("first_response", "--from", "2026-03-16", "--pause", "2026-03-27/2026-03-25"),
        "ends before it begins",
        "berakhir sebelum dimulai",
    ),
    (
        ("first_response", "--from", "2026-03-16", "--pause", "lusa/besok"),
        "is not two dates",
        "bukan dua tanggal",
    ),
    (("verification", "--from", "2026-03-16", "--zone", "Mars"), "Unknown time zone", "Zona waktu 'Mars'"),
]


@pytest.mark.parametrize(("words", "english", "indonesian"), REFUSED)
def test_a_mistake_is_refused_in_both_languages_with_exit_code_2(
    tuntas: Command, words: tuple[str, ...], english: str, indonesian: str
) -> None:
    ended = tuntas("deadline", *words)
    assert (ended.code, ended.out) == (2, "")
    assert english in ended.err
    assert indonesian in ended.err
    assert "Traceback" not in ended.err


def test_no_database_is_made_by_asking(tuntas: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    assert (
        answer(tuntas, "verification", "--from", "2026-03-16", TUNTAS_DATABASE_URL=url)["calendar"]
        == "shipped"
    )
    assert not (tmp_path / "none.db").exists()


def test_a_database_without_an_office_is_not_used(tuntas: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    (tmp_path / "empty.db").touch()
    assert (
        answer(tuntas, "verification", "--from", "2026-03-16", TUNTAS_DATABASE_URL=url)["calendar"]
        == "shipped"
    )
    assert tuntas("migrate", TUNTAS_DATABASE_URL=url).code == 0
    assert (
        answer(tuntas, "verification", "--from", "2026-03-16", TUNTAS_DATABASE_URL=url)["calendar"]
        == "shipped"
    )


def test_the_offices_own_calendar_is_used_when_there_is_one(
    tuntas: Command, sqlite_office: Path, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_office, tmp_path / "office.db")
    url = f"sqlite:///{tmp_path / 'office.db'}"
    engine = make_engine(url)
    office = build(config_for(url, tmp_path), engine)
    day_off = AddDayOff(date(2026, 3, 30), Text("Hari jadi", "Anniversary"))
    office.work.write(
        lambda session: change_calendar(session, office.env, day_off, by=SYSTEM, reason="Keputusan Bupati")
    )
    engine.dispose()
    found = answer(tuntas, "first_response", "--from", "2026-03-16", TUNTAS_DATABASE_URL=url)
    assert (found["calendar"], found["calendar_version"], found["due_on"]) == ("office", 2, "2026-03-31")
    told = tuntas("deadline", "first_response", "--from", "2026-03-16", TUNTAS_DATABASE_URL=url)
    assert "Dihitung menurut kalender kantor versi 2. Zona WIB." in told.out
