"""Rulesets in an office: versions are deployed and retired, a case keeps its own, and its tables are used."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.forms import FormInvalidError
from cases.inbox import get_task
from cases.model import SYSTEM, TaskView
from cases.ports import FixedClock
from cases.reference import shipped_ruleset_files
from cases.rules.versions import (
    RulesetView,
    check_upload,
    deploy_ruleset,
    get_ruleset_files,
    list_rulesets,
    retire_ruleset,
)
from engine.errors import DeploymentRefusedError
from engine.model import Files
from storage.tables import Case, Deadline, Unit
from support.office import Desk, actor_named
from support.own_process import at_once
from tuntas.config import ROOT
from tuntas.office import Tuntas

SHIPPED: Files = shipped_ruleset_files(ROOT / "reference")
JUNE = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


def changed(*, key: str = "sp4n-2018", clock: str = "first_answer_law", **values: object) -> Files:
    """The shipped ruleset under a key, with other values of one clock."""
    about, clocks = json.loads(SHIPPED["ruleset.json"]), json.loads(SHIPPED["clocks.json"])
    about["key"] = key
    clocks["clocks"][clock].update(values)
    return {
        **SHIPPED,
        "ruleset.json": json.dumps(about).encode(),
        "clocks.json": json.dumps(clocks).encode(),
    }


def deployed(office: Tuntas, files: Files, note: str = "uji", username: str = "perancang") -> RulesetView:
    """The version that a designer made of the files."""
    by = actor_named(office, username)
    return office.work.write(lambda session: deploy_ruleset(session, office.env, files, by=by, note=note))


def listed(office: Tuntas) -> list[tuple[str, int, str, bool]]:
    """Every version: key, number, status, and whether new cases take it."""
    views = office.work.read(lambda session: list_rulesets(session, office.env, by=SYSTEM))
    return [(view.key, view.version, view.status, view.in_force) for view in views]


def rules_of(desk: Desk, case_id: str) -> tuple[str, int]:
    """The ruleset that a case keeps."""
    row = desk.case(case_id)
    return row.ruleset, row.ruleset_version


def due_on(desk: Desk, case_id: str, clock: str) -> date:
    """The last day of a clock of a case."""
    query = select(Deadline.due_at).where(Deadline.case_id == case_id, Deadline.clock == clock)
    due = desk.office.work.read(lambda session: session.scalars(query).one())
    assert due is not None
    # The due instant is the local midnight that ends the day.
    return datetime.fromtimestamp(due.timestamp() - 1, desk.office.env.zone).date()


def test_a_new_office_has_the_shipped_ruleset_in_force(office: Tuntas) -> None:
    assert listed(office) == [("sp4n-2018", 1, "active", True)]
    files = office.work.read(
        lambda session: get_ruleset_files(session, office.env, "sp4n-2018", 1, by=SYSTEM)
    )
    assert files == dict(SHIPPED)


def test_a_changed_length_holds_for_new_cases_only(desk: Desk, clock: FixedClock) -> None:
    old = desk.register()
    before = due_on(desk, old.id, "first_answer_law")
    view = deployed(desk.office, changed(length=10))
    new = desk.register("Lampu jalan padam")
    assert (view.key, view.version) == ("sp4n-2018", 2)
    assert (rules_of(desk, old.id), rules_of(desk, new.id)) == (("sp4n-2018", 1), ("sp4n-2018", 2))
    # 14 and 10 calendar days after Monday 2 March 2026.
    assert before == due_on(desk, old.id, "first_answer_law") == date(2026, 3, 16)
    assert due_on(desk, new.id, "first_answer_law") == date(2026, 3, 12)


SPAM: Files = {
    **SHIPPED,
    "archive_reasons.json": SHIPPED["archive_reasons.json"].replace(b'"too_general"', b'"spam"'),
    "dmn/archive_policy.dmn": SHIPPED["dmn/archive_policy.dmn"].replace(b'"too_general"', b'"spam"'),
}
"""The shipped ruleset with another reason for archiving in place of one."""


def archive(desk: Desk, case_id: str, reason: str) -> None:
    desk.complete(case_id, "verify_complaint", "admin.instansi", decision="archive", archive_reason=reason)


def test_the_reasons_of_a_case_are_those_of_its_own_ruleset(desk: Desk) -> None:
    old = desk.register()
    deployed(desk.office, SPAM)
    new = desk.register("Lampu jalan padam")
    for case, reason, foreign in ((old, "too_general", "spam"), (new, "spam", "too_general")):
        with pytest.raises(FormInvalidError):
            archive(desk, case.id, foreign)
        archive(desk, case.id, reason)
        assert desk.case(case.id).outcome_reason == reason


def test_a_case_is_archived_as_its_own_ruleset_says(desk: Desk) -> None:
    old = desk.register()
    strict = SHIPPED["dmn/archive_policy.dmn"].replace(b"<text>False</text>", b"<text>True</text>")
    deployed(desk.office, {**SHIPPED, "dmn/archive_policy.dmn": strict})
    new = desk.register("Lampu jalan padam")
    for case in (old, new):
        archive(desk, case.id, "too_general")
    assert (desk.case(old.id).stage, desk.case(new.id).stage) == ("closed", "verification")


def test_a_table_that_names_a_notice_which_the_office_has_not_is_refused(office: Tuntas) -> None:
    table = SHIPPED["dmn/archive_policy.dmn"].replace(b'"archived"', b'"archivd"', 1)
    with pytest.raises(DeploymentRefusedError) as refusal:
        deployed(office, {**SHIPPED, "dmn/archive_policy.dmn": table})
    (finding,) = refusal.value.findings
    assert (finding.rule, finding.element_id) == ("decision-output-value", "archive_policy_rule_1")
    assert "archived" in finding.message.en


def test_an_old_case_is_counted_by_its_old_rules_to_its_end(desk: Desk) -> None:
    old = desk.register()
    deployed(desk.office, changed(clock="first_response", length=1))
    new = desk.register("Lampu jalan padam")
    for case in (old, new):
        desk.accept(case.id)
        dispose(desk, case.id, "pupr")
    assert due_on(desk, old.id, "first_response") == date(2026, 3, 9)
    assert due_on(desk, new.id, "first_response") == date(2026, 3, 3)


def test_a_new_regulation_is_added_as_a_ruleset_of_its_own_without_code(
    desk: Desk, clock: FixedClock
) -> None:
    old = desk.register()
    clock.set(JUNE)
    deployed(desk.office, changed(key="sp4n-2025", clock="verification", length=1))
    new = desk.register("Lampu jalan padam")
    assert listed(desk.office)[0] == ("sp4n-2025", 1, "active", True)
    assert (rules_of(desk, old.id), rules_of(desk, new.id)) == (("sp4n-2018", 1), ("sp4n-2025", 1))


def test_a_retired_ruleset_gives_way_to_the_one_before_it(desk: Desk, clock: FixedClock) -> None:
    clock.set(JUNE)
    office = desk.office
    deployed(office, changed(key="sp4n-2025"))
    case = desk.register()
    by = actor_named(office, "perancang")
    office.work.write(lambda session: retire_ruleset(session, office.env, "sp4n-2025", 1, by=by))
    assert listed(office) == [("sp4n-2025", 1, "retired", False), ("sp4n-2018", 1, "active", True)]
    assert rules_of(desk, case.id) == ("sp4n-2025", 1)
    desk.accept(case.id)
    assert rules_of(desk, desk.register("Lampu jalan padam").id) == ("sp4n-2018", 1)


def test_the_last_active_ruleset_cannot_be_retired(office: Tuntas) -> None:
    by = actor_named(office, "perancang")
    with pytest.raises(RefusedByRuleError):
        office.work.write(lambda session: retire_ruleset(session, office.env, "sp4n-2018", 1, by=by))
    assert listed(office) == [("sp4n-2018", 1, "active", True)]


@pytest.mark.parametrize(("key", "version"), [("sp4n-2018", 2), ("sp4n-2030", 1), ("\0", 2**70)])
def test_an_unknown_version_is_not_found(office: Tuntas, key: str, version: int) -> None:
    by = actor_named(office, "perancang")
    with pytest.raises(NotFoundError):
        office.work.write(lambda session: retire_ruleset(session, office.env, key, version, by=by))


def test_the_files_in_force_keep_their_version(office: Tuntas) -> None:
    assert deployed(office, SHIPPED).version == 1
    assert len(listed(office)) == 1


def test_a_ruleset_with_a_hole_is_refused_and_nothing_is_kept(office: Tuntas) -> None:
    broken = {path: content for path, content in changed(length=-1).items() if path != "dmn/retention.dmn"}
    with pytest.raises(DeploymentRefusedError) as refused:
        deployed(office, broken)
    assert {"clock-length", "decision-missing"} <= {one.rule for one in refused.value.findings}
    assert len(listed(office)) == 1


def test_a_unit_that_the_office_does_not_have_is_refused(office: Tuntas) -> None:
    routing = SHIPPED["dmn/routing.dmn"].replace(b'"dlh"', b'"dlhk"')
    by = actor_named(office, "perancang")
    findings = office.work.read(
        lambda session: check_upload(session, office.env, {**SHIPPED, "dmn/routing.dmn": routing}, by=by)
    )
    assert {one.rule for one in findings} == {"decision-output-value"}


@pytest.mark.parametrize("username", ["admin.instansi", "administrator", "sekda"])
def test_only_a_designer_deploys_and_retires(office: Tuntas, username: str) -> None:
    by = actor_named(office, username)
    with pytest.raises(NotFoundError):
        deployed(office, changed(length=9), username=username)
    with pytest.raises(NotFoundError):
        office.work.write(lambda session: retire_ruleset(session, office.env, "sp4n-2018", 1, by=by))


def test_two_designers_at_once_make_two_versions(office: Tuntas) -> None:
    by = actor_named(office, "perancang")

    def act(length: int) -> Any:
        files = changed(length=length)
        return lambda work: work.write(
            lambda session: deploy_ruleset(session, office.env, files, by=by, note="uji")
        )

    results = at_once(office, act(11), act(12))
    numbers = sorted(one.version for one in results if isinstance(one, RulesetView))
    assert all(isinstance(one, RulesetView | ConflictError) for one in results), results
    assert numbers == list(range(2, 2 + len(numbers)))
    assert numbers
    assert len(listed(office)) == 1 + len(numbers)


def dispose(desk: Desk, case_id: str, unit: str) -> None:
    """The coordinating admin disposes the case to a unit."""
    values = {"lead_unit": unit, "priority": "normal", "instruction": "Tindak lanjuti."}
    desk.complete(case_id, "dispose_complaint", "admin.instansi", **values)


def disposition(desk: Desk, case_id: str) -> TaskView:
    """The disposition as the coordinating admin sees it."""
    task, by = desk.task(case_id, "dispose_complaint"), actor_named(desk.office, "admin.instansi")
    env = desk.office.env
    return desk.office.work.write(lambda session: get_task(session, env, task.id, by=by))


@pytest.mark.parametrize(
    ("category", "unit"),
    [
        # Under pekerjaan_umum, which has a row; it has none of its own.
        ("pekerjaan_umum_jalan_berlubang", "pupr"),
        ("pekerjaan_umum_penerangan_jalan", "dishub"),
        ("kependudukan", "disdukcapil"),
        ("srgi", None),
    ],
)
def test_the_disposition_form_proposes_the_unit_of_the_category(
    desk: Desk, category: str, unit: str | None
) -> None:
    case = desk.register()
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class="ordinary",
        category=category,
    )
    assert disposition(desk, case.id).values.get("lead_unit") == unit


def test_the_officer_may_choose_another_unit_than_the_proposed_one(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    assert disposition(desk, case.id).values["lead_unit"] == "pupr"
    dispose(desk, case.id, "dlh")
    code = select(Unit.code).join(Case, Case.lead_unit_id == Unit.id).where(Case.id == case.id)
    assert desk.office.work.read(lambda session: session.scalar(code)) == "dlh"


def set_up(office: Tuntas, case_id: str, accused: str | None = None, closed_unit: str | None = None) -> None:
    """A unit is accused in the case, or a unit is closed."""

    def work(session: Session) -> None:
        if accused:
            unit = select(Unit.id).where(Unit.code == accused).scalar_subquery()
            session.execute(update(Case).where(Case.id == case_id).values(accused_unit_id=unit))
        if closed_unit:
            session.execute(update(Unit).where(Unit.code == closed_unit).values(valid_to=date(2026, 1, 31)))

    office.work.write(work)


@pytest.mark.parametrize(("accused", "unit"), [("pupr", "sukamaju"), ("pupr-sda", "pupr"), ("dlh", "pupr")])
def test_the_unit_above_is_proposed_instead_of_the_accused_one(desk: Desk, accused: str, unit: str) -> None:
    case = desk.register()
    desk.accept(case.id)
    set_up(desk.office, case.id, accused=accused)
    assert disposition(desk, case.id).values["lead_unit"] == unit


def test_a_unit_that_was_closed_is_not_proposed(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    set_up(desk.office, case.id, closed_unit="pupr")
    assert "lead_unit" not in disposition(desk, case.id).values


def test_a_case_that_closes_gets_its_retention_from_its_own_ruleset(desk: Desk) -> None:
    old = desk.register()
    retention = SHIPPED["dmn/retention.dmn"].replace(b"<text>2</text>", b"<text>7</text>", 1)
    deployed(desk.office, {**SHIPPED, "dmn/retention.dmn": retention})
    new = desk.register("Percobaan")
    for case in (old, new):
        assert desk.case(case.id).retain_until is None
        desk.complete(
            case.id, "verify_complaint", "admin.instansi", decision="archive", archive_reason="test"
        )
        assert desk.case(case.id).outcome == "archived"
    assert desk.case(old.id).retain_until == date(2028, 3, 2)
    assert desk.case(new.id).retain_until == date(2033, 3, 2)
