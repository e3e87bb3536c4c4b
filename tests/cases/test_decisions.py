"""The decision tables that ship, row by row against the domain facts; what no source gives says so."""

from __future__ import annotations

import json
from datetime import date

import pytest

from cases.model import CaseClass, Kind, Outcome, Sensitivity, Stage, Status, status_of
from cases.reference import load_reference, shipped_ruleset
from cases.rules.decisions import DecisionFailedError, decide
from cases.rules.details import describe_table
from cases.rules.handling import INPUTS, applies, handling_rule
from cases.rules.lapor import lapor_category, lapor_status
from cases.rules.retention import is_kept, retain_until
from cases.rules.routing import routed_unit
from cases.rules.words import TABLES
from engine.lint.rulebook import check_decisions
from engine.vocabulary import vocabulary
from tuntas.config import ROOT

FOLDER = ROOT / "reference"
RULES = shipped_ruleset(FOLDER)
DMN = {path.stem: path.read_bytes() for path in sorted((ROOT / "processes" / "dmn").glob("*.dmn"))}
REFERENCE = load_reference(FOLDER)
OFFICE = json.loads((FOLDER / "office-contoh.json").read_text(encoding="utf-8"))


def test_the_shipped_ruleset_holds_every_table_that_cases_asks() -> None:
    assert set(RULES.decisions) == set(TABLES)


@pytest.mark.parametrize("name", DMN)
def test_every_shipped_table_passes_the_gate_without_a_word(name: str) -> None:
    assert check_decisions({f"dmn/{name}.dmn": DMN[name]}) == ()


@pytest.mark.parametrize("name", DMN)
def test_every_row_says_where_it_comes_from_or_what_it_means(name: str) -> None:
    assert [row.number for row in describe_table(DMN[name]).rows if not row.description] == []


@pytest.mark.parametrize("name", ["retention", "archive_policy", "escalation_ladder", "routing"])
def test_values_that_no_source_gives_are_labelled_in_the_table(name: str) -> None:
    assert all(row.inferred for row in describe_table(DMN[name]).rows)


def test_a_table_that_the_ruleset_does_not_have_is_named() -> None:
    with pytest.raises(DecisionFailedError, match="no decision table weather"):
        decide(RULES, "weather", {})


# domain.md section 2: Belum = received, verification, awaiting_completion; Proses = disposition, follow_up,
# awaiting_approval, responded, awaiting_referral; Selesai = closed.
@pytest.mark.parametrize(
    ("status", "stages"),
    [
        ("Belum", ["received", "verification", "awaiting_completion"]),
        ("Proses", ["disposition", "follow_up", "awaiting_approval", "responded", "awaiting_referral"]),
        ("Selesai", ["closed"]),
    ],
)
def test_the_portal_is_told_the_status_of_the_stage(status: str, stages: list[str]) -> None:
    assert {lapor_status(RULES, stage=stage, outcome=None) for stage in stages} == {Status(status)}


@pytest.mark.parametrize("outcome", [None, *Outcome])
@pytest.mark.parametrize("stage", Stage)
def test_the_portal_and_the_office_show_the_same_status(stage: Stage, outcome: Outcome | None) -> None:
    assert lapor_status(RULES, stage=stage.value, outcome=outcome) is status_of(stage)


def test_every_category_leads_to_the_topic_of_the_portal_that_it_came_from() -> None:
    for key, category in REFERENCE.categories.items():
        above = REFERENCE.categories[category.parent] if category.parent else category
        wanted = "Topik lainnya" if key == "unmapped" else above.label.id
        assert lapor_category(RULES, REFERENCE.categories, key) == wanted


@pytest.mark.parametrize("category", [None, "unheard_of"])
def test_a_category_that_nobody_knows_has_no_topic_and_no_proposal(category: str | None) -> None:
    assert lapor_category(RULES, REFERENCE.categories, category) is None
    assert routed_unit(RULES, REFERENCE.categories, category, None) is None


def test_a_category_without_a_row_is_routed_as_its_parent() -> None:
    for key, category in REFERENCE.categories.items():
        wanted = OFFICE["routing"].get(key, OFFICE["routing"].get(category.parent))
        assert routed_unit(RULES, REFERENCE.categories, key, "mekarwangi") == wanted


def test_only_units_of_the_fictional_regency_are_proposed() -> None:
    codes = {unit["code"] for unit in OFFICE["units"]}
    proposed = {routed_unit(RULES, REFERENCE.categories, key, None) for key in REFERENCE.categories}
    assert proposed - {None} <= codes


# domain.md, disposition: the accused officer or unit may never see or handle the case: it goes to the superior.
@pytest.mark.parametrize(
    ("accused", "case_class", "route", "forbidden"),
    [
        (None, "ordinary", "none", "nobody"),
        (None, "oversight", "none", "nobody"),
        ("officer", "ordinary", "superior", "officer"),
        ("unit", "ordinary", "parent_unit", "unit"),
        ("head", "ordinary", "parent_unit", "unit"),
        ("head", "information", "parent_unit", "unit"),
        ("officer", "oversight", "inspectorate", "officer"),
        ("unit", "oversight", "inspectorate", "unit"),
        ("head", "oversight", "inspectorate", "unit"),
        # A kind that nobody thought of gets the strictest treatment.
        ("contractor", "ordinary", "parent_unit", "unit"),
    ],
)
def test_whoever_is_accused_does_not_handle_the_case(
    accused: str | None, case_class: str, route: str, forbidden: str
) -> None:
    answer = decide(RULES, "conflict", {"accused_kind": accused, "case_class": case_class})
    assert answer == {"mandatory_route": route, "forbidden": forbidden}


@pytest.mark.parametrize("reason", [*RULES.archive_reasons, None, "a reason of another ruleset"])
def test_every_archive_reason_has_a_policy_and_a_notice_that_exists(reason: str | None) -> None:
    answer = decide(RULES, "archive_policy", {"outcome_reason": reason})
    assert isinstance(answer["second_approval"], bool)
    assert answer["notice"] in {*REFERENCE.notices, "none"}


def test_reasons_that_touch_a_right_need_a_second_person() -> None:
    needed = {
        reason
        for reason in RULES.archive_reasons
        if decide(RULES, "archive_policy", {"outcome_reason": reason})["second_approval"]
    }
    assert needed == {"not_about_government", "out_of_scope_legal", "prohibited_content"}


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("case_class", CaseClass)
def test_every_closed_case_is_kept_for_years(case_class: CaseClass, outcome: Outcome) -> None:
    closed_on = date(2026, 3, 2)
    until = retain_until(RULES, case_class=case_class.value, outcome=outcome.value, closed_on=closed_on)
    assert until >= date(2028, 3, 2)
    if case_class is CaseClass.OVERSIGHT:
        assert until == date(2036, 3, 2)


def test_a_case_closed_on_a_leap_day_is_kept_to_the_end_of_february() -> None:
    until = retain_until(RULES, case_class="ordinary", outcome="resolved", closed_on=date(2028, 2, 29))
    assert until == date(2033, 2, 28)


@pytest.mark.parametrize(
    ("until", "legal_hold", "today", "kept"),
    [
        (None, False, date(2099, 1, 1), True),
        (date(2031, 3, 2), False, date(2031, 3, 2), True),
        (date(2031, 3, 2), False, date(2031, 3, 3), False),
        (date(2031, 3, 2), True, date(2031, 3, 3), True),
    ],
    ids=["open", "last day", "over", "legal hold"],
)
def test_a_legal_hold_outlives_the_retention(
    until: date | None, legal_hold: bool, today: date, kept: bool
) -> None:
    assert is_kept(until=until, legal_hold=legal_hold, today=today) is kept


# domain.md section 1 to 5: oversight in a restricted lane; information requests to the information officer.
@pytest.mark.parametrize(
    ("facts", "process", "visibility"),
    [
        (("ordinary", "normal", "complaint"), "response_round", "public"),
        (("ordinary", "normal", "aspiration"), "response_round", "public"),
        (("ordinary", "sensitive", "complaint"), "response_round", "limited"),
        (("information", "normal", "information_request"), "information_request", "public"),
        (("information", "normal", "complaint"), "information_request", "public"),
        (("oversight", "oversight", "complaint"), "oversight", "restricted"),
        (("oversight", "normal", "information_request"), "oversight", "restricted"),
        (("ordinary", "oversight", "complaint"), "oversight", "restricted"),
        (("information", "oversight", "complaint"), "oversight", "restricted"),
    ],
)
def test_class_sensitivity_and_kind_choose_the_handling(
    facts: tuple[str, str, str], process: str, visibility: str
) -> None:
    answer = handling_rule(RULES, dict(zip(INPUTS, facts, strict=True)))
    assert (answer.process, answer.visibility) == (process, visibility)
    assert answer.approver in vocabulary().roles


# domain.md section 3: the final clock follows the class alone.
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("sensitivity", Sensitivity)
@pytest.mark.parametrize("case_class", CaseClass)
def test_the_class_alone_chooses_the_shipped_final_clock(
    case_class: CaseClass, sensitivity: Sensitivity, kind: Kind
) -> None:
    case = {"case_class": case_class.value, "sensitivity": sensitivity.value, "kind": kind.value}
    assert handling_rule(RULES, case).final_clock == f"final_{case_class.value}"


def test_a_case_has_no_final_clock_but_its_own() -> None:
    case = {"case_class": "ordinary", "sensitivity": "normal", "kind": "complaint"}
    finals = {key for key in RULES.clocks if key.startswith("final_")}
    assert {key for key in RULES.clocks if not applies(RULES, key, case)} == finals - {"final_ordinary"}


@pytest.mark.parametrize(
    ("level", "offset", "recipients"),
    [
        # domain.md, escalation: T-1, T0, T+2, T+5, T+10 working days.
        (0, -1, "owner"),
        (1, 0, "superior"),
        (2, 2, "head_of_unit, coordinating_admin"),
        (3, 5, "regional_secretary"),
        (4, 10, "leadership"),
        (5, 0, ""),
    ],
)
def test_the_ladder_alerts_one_level_after_the_other(level: int, offset: int, recipients: str) -> None:
    answer = decide(RULES, "escalation_ladder", {"on_expiry": "escalate", "level": level})
    assert answer == {"offset": offset, "recipients": recipients}
