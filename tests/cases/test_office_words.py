"""The reference data agree with the enumerations, the vocabulary, the domain's clocks and each other."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from cases.model import CaseClass, Channel, Kind, Outcome, Priority, Sensitivity, Stage
from engine.vocabulary import vocabulary

REFERENCE = Path(__file__).resolve().parents[2] / "reference"


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return found


OFFICE = read("office-contoh")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kinds", Kind),
        ("case_classes", CaseClass),
        ("sensitivities", Sensitivity),
        ("priorities", Priority),
        ("stages", Stage),
        ("outcomes", Outcome),
        ("channels", Channel),
    ],
)
def test_a_list_of_words_has_exactly_the_words_of_the_code(name: str, words: type[StrEnum]):
    assert set(read(name)[name]) == {word.value for word in words}


def test_every_role_of_the_vocabulary_has_a_name_and_a_rule():
    assert set(read("roles")["roles"]) == set(read("permissions")["roles"]) == set(vocabulary().roles)


def test_every_clock_of_the_vocabulary_is_in_the_data_except_the_one_that_stands_for_three():
    assert set(vocabulary().clocks) - {"final"} <= set(read("rulesets/sp4n-2018/clocks")["clocks"])


def test_clocks_start_and_stop_at_events_that_are_named():
    clocks = read("rulesets/sp4n-2018/clocks")
    used = {name for rule in clocks["clocks"].values() for name in (rule["starts_at"], *rule["stops_at"])}
    assert used == set(clocks["events"])


@pytest.mark.parametrize(
    ("clock", "length", "unit"),
    [
        ("verification", 3, "working_days"),  # With disposition.
        ("first_answer_law", 14, "calendar_days"),  # UU 25/2009, article 44.
        ("completion", 30, "calendar_days"),  # UU 25/2009, article 44.
        ("first_response", 5, "working_days"),
        ("final_information", 5, "working_days"),
        ("final_ordinary", 14, "working_days"),
        ("final_oversight", 60, "working_days"),
        ("decision_law", 60, "calendar_days"),  # UU 25/2009, article 50(1).
        ("decision_delivery_law", 14, "calendar_days"),  # UU 25/2009, article 50(2).
        ("approval", 2, "working_days"),
        ("auto_close", 10, "working_days"),
        ("referral_reminder", 3, "working_days"),
        ("referral_decision", 5, "working_days"),
        ("information_law", 10, "working_days"),
        ("ombudsman_answer", 14, "calendar_days"),  # UU 37/2008.
        ("ombudsman_recommendation", 60, "calendar_days"),  # UU 37/2008.
        ("data_subject", 72, "hours"),  # UU 27/2022.
    ],
)
def test_a_clock_has_the_length_of_the_rule(clock: str, length: int, unit: str):
    rule = read("rulesets/sp4n-2018/clocks")["clocks"][clock]
    assert (rule["length"], rule["unit"]) == (length, unit)


def test_notices_use_only_the_known_placeholders():
    for name, notice in read("notices")["notices"].items():
        words = " ".join(text for part in notice.values() for text in part.values())
        assert set(re.findall(r"\{(\w+)\}", words)) <= {"reference", "unit", "due_on"}, name


def test_every_role_has_a_login_in_the_fictional_office():
    held = {role["role"] for person in OFFICE["people"] for role in person["roles"]}
    assert held == set(vocabulary().roles) - {"complainant"}


def test_every_agency_of_the_fictional_office_can_answer_with_four_eyes():
    agencies = {unit["code"] for unit in OFFICE["units"] if unit["kind"] in {"agency", "inspectorate"}}
    for agency in agencies & set(OFFICE["routing"].values()):
        holders = {
            role: {
                person["username"]
                for person in OFFICE["people"]
                if {"role": role, "unit": agency} in person["roles"]
            }
            for role in ("unit_liaison", "case_worker", "superior")
        }
        assert all(holders.values()), (agency, holders)
        assert holders["superior"].isdisjoint(holders["case_worker"]), agency


def test_units_and_categories_that_the_office_names_exist():
    units = {unit["code"] for unit in OFFICE["units"]}
    categories = {entry["code"] for entry in read("categories")["categories"]}
    assert set(OFFICE["routing"].values()) <= units
    assert set(OFFICE["routing"]) <= categories
    assert {role["unit"] for person in OFFICE["people"] for role in person["roles"]} <= units
    assert {unit["parent"] for unit in OFFICE["units"]} - {None} <= units


def test_every_invented_complaint_finds_its_unit():
    parents = {entry["code"]: entry.get("parent") for entry in read("categories")["categories"]}
    for complaint in read("sample-complaints")["complaints"]:
        code = complaint["category"]
        assert code in OFFICE["routing"] or parents[code] in OFFICE["routing"], complaint["title"]


def test_category_codes_are_unique_and_fit_their_column():
    codes = [entry["code"] for entry in read("categories")["categories"]]
    assert len(codes) == len(set(codes))
    assert max(map(len, codes)) <= 60
