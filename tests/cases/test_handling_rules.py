"""The table ``handling`` of a case's own ruleset says which final clock, process and approver the case has."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cases.actions.protect import protect
from cases.actions.reclassify import reclassify
from cases.complainants import get_status_page
from cases.deadlines.explained import explain_case
from cases.model import PUBLIC, CaseClass, Kind, Sensitivity
from cases.rules.versions import deploy_ruleset
from engine.decision_table import load
from engine.model import Files
from support.acts import ADMIN, act, clocks, last, open_tasks, processes, to_unit
from support.clocks import end_of
from support.office import Desk, actor_named
from support.own_process import deploy_drawn, start_beside
from support.rulesets import in_table

ORDINARY, URGENT = end_of("2026-03-27"), end_of("2026-03-03")
"""14 working days, and 1, after Monday 2 March 2026."""


def with_urgent(files: Files) -> Files:
    """The ruleset with one more final clock, of one working day."""
    content = json.loads(files["clocks.json"])
    content["clocks"]["final_urgent"] = {**content["clocks"]["final_ordinary"], "length": 1, "mark": "INFER"}
    return {**files, "clocks.json": json.dumps(content).encode()}


def urgent_in_row(number: int) -> Files:
    """The shipped ruleset, whose table ``handling`` gives the cases of a row the clock of one working day."""
    return with_urgent(in_table("handling", number, "final_clock", '"final_urgent"'))


def deployed(desk: Desk, files: Files) -> None:
    """A designer deploys a ruleset."""
    office, by = desk.office, actor_named(desk.office, "perancang")
    office.work.write(lambda session: deploy_ruleset(session, office.env, files, by=by, note="uji"))


def finals(desk: Desk, case_id: str) -> dict[str, Any]:
    """The final clocks that run for a case."""
    return {key: due for key, due in clocks(desk, case_id).items() if key.startswith("final_")}


@pytest.mark.parametrize(
    ("case_class", "final"),
    [
        (CaseClass.INFORMATION, "final_information"),
        (CaseClass.ORDINARY, "final_ordinary"),
        (CaseClass.OVERSIGHT, "final_oversight"),
    ],
)
def test_every_class_has_the_final_clock_that_the_table_names_and_no_other(
    desk: Desk, case_class: CaseClass, final: str
) -> None:
    assert set(finals(desk, desk.register(case_class=case_class).id)) == {final}


def test_a_new_table_changes_the_clock_of_new_cases_only(desk: Desk) -> None:
    old = desk.register()
    deployed(desk, urgent_in_row(7))
    new, oversight = desk.register("Lampu padam"), desk.register("Pungli", case_class=CaseClass.OVERSIGHT)
    assert finals(desk, old.id) == {"final_ordinary": ORDINARY}
    assert finals(desk, new.id) == {"final_urgent": URGENT}
    assert set(finals(desk, oversight.id)) == {"final_oversight"}
    # Later acts on either follow the table under which each was opened.
    for case in (old, new):
        act(desk, ADMIN, reclassify, case.id, case_class=CaseClass.INFORMATION)
        assert set(finals(desk, case.id)) == {"final_information"}
        act(desk, ADMIN, reclassify, case.id, case_class=CaseClass.ORDINARY)
    assert finals(desk, old.id) == {"final_ordinary": ORDINARY}
    assert finals(desk, new.id) == {"final_urgent": URGENT}


def test_a_diagram_that_waits_for_the_final_clock_waits_for_the_one_that_the_table_names(desk: Desk) -> None:
    deployed(desk, urgent_in_row(7))
    case = desk.register()
    deploy_drawn(
        desk.office,
        """urgent_wait
start begin
user answer formKey=urgent_wait/note clock=final
end done
begin -> answer -> done""",
    )
    start_beside(desk.office, case.id, "urgent_wait")
    task = open_tasks(desk, case.id)["answer"]
    assert (task.clock, task.due_at) == ("final_urgent", URGENT)


def test_the_clock_that_the_table_names_is_explained(desk: Desk) -> None:
    deployed(desk, urgent_in_row(7))
    case, env = desk.register(), desk.office.env
    by = actor_named(desk.office, ADMIN)
    told = desk.office.work.read(lambda session: explain_case(session, env, case.id, by=by))
    (final,) = (one for one in told if one.deadline.clock.startswith("final_"))
    assert final.explanation is not None
    assert final.explanation.due_on == date(2026, 3, 3)


def test_more_protection_counts_from_the_receipt_when_the_table_names_another_clock_for_it(
    desk: Desk,
) -> None:
    deployed(desk, urgent_in_row(6))
    case_id = desk.register().id
    desk.pass_time(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    act(desk, ADMIN, protect, case_id, sensitivity=Sensitivity.SENSITIVE)
    assert finals(desk, case_id) == {"final_urgent": URGENT}
    moved = last(desk, case_id, "case:deadline:moved")
    assert (moved["clock"], moved["why"]["from_clock"]) == ("final_urgent", "final_ordinary")


def test_another_kind_counts_from_the_receipt_when_the_table_names_another_clock_for_it(desk: Desk) -> None:
    deployed(desk, urgent_in_row(5))
    case_id = desk.register().id
    act(desk, ADMIN, reclassify, case_id, kind=Kind.INFORMATION_REQUEST)
    assert finals(desk, case_id) == {"final_urgent": URGENT}


def test_protection_that_the_table_gives_no_other_clock_moves_nothing(desk: Desk) -> None:
    case_id = desk.register().id
    act(desk, ADMIN, protect, case_id, sensitivity=Sensitivity.SENSITIVE)
    assert finals(desk, case_id) == {"final_ordinary": ORDINARY}
    assert "case:deadline:moved" not in desk.tags(case_id)


def test_a_case_is_handled_by_the_process_that_its_own_ruleset_names(desk: Desk) -> None:
    old = desk.register()
    deployed(desk, in_table("handling", 7, "handling_process", '"information_request"'))
    new = desk.register("Lampu padam")
    for case in (old, new):
        desk.accept(case.id)
    assert "dispose_complaint" in open_tasks(desk, old.id)
    assert "information_request" in processes(desk, new.id)


def test_a_table_that_shows_cases_to_nobody_outside_hides_the_title_of_new_cases_only(desk: Desk) -> None:
    old = desk.register()
    deployed(desk, in_table("handling", 7, "visibility", '"limited"'))
    new = desk.register()
    env = desk.office.env

    def title(reference: str) -> str | None:
        return desk.office.work.read(
            lambda session: get_status_page(session, env, reference, by=PUBLIC).title
        )

    assert title(old.reference) is not None
    assert title(new.reference) is None


def test_no_table_is_read_again_for_another_case(desk: Desk) -> None:
    to_unit(desk)
    before = load.cache_info().misses
    to_unit(desk, title="Lampu padam")
    assert load.cache_info().misses == before
