"""Who sees and does what: the matrix of domain.md section 5, asked of lists and of single reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from cases.attachments import add_attachment, list_attachments, open_attachment
from cases.errors import NotFoundError
from cases.inbox import list_tasks
from cases.keyset import any_of
from cases.listing import find_case_id, get_case, list_cases
from cases.model import Actor, CaseQuery, TaskQuery, Upload
from cases.policy import (
    OWNER_COLUMNS,
    acts_of,
    may,
    potential_owner,
    require,
    require_act,
    ways_to_free_tasks,
    workable_cases,
)
from storage.tables import Case, CaseUnit, UserTask
from support.policy_world import NOW, World, memory_engine, reference

ROLES: list[str] = sorted(reference().roles)

# What each role may do (domain.md section 5, column "acts"); every act that is not named is refused.
ACTS = {
    "complainant": "register send_message start_request attach rate",
    "front_desk": "register issue_receipt dispose_emergency read_cases work attach note "
    "read_units read_process delegate_role",
    "coordinating_admin": "register verify classify dispose dispose_emergency merge protect accuse hold "
    "refer archive reopen publish work delegate send_message start_request "
    "read_identity export import read_cases read_history attach note read_units "
    "read_process read_figures delegate_role",
    "unit_liaison": "work delegate read_cases read_history attach note read_units read_process delegate_role",
    "case_worker": "work delegate read_cases read_history attach note read_units read_process delegate_role",
    "superior": "work delegate approve extend reassign read_cases read_history attach note "
    "read_units read_process read_figures delegate_role",
    "inspectorate": "work delegate examine decide start_request protect accuse hold reveal_identity "
    "read_identity read_cases read_history attach note read_units read_process "
    "read_figures delegate_role second_person",
    "regional_secretary": "work assign decide_escalation start_request read_cases read_history note "
    "read_units read_process read_figures delegate_role",
    "leadership": "work decide_escalation read_cases read_history read_units read_process "
    "read_figures delegate_role",
    "provincial_supervisor": "read_cases read_units read_process read_figures delegate_role",
    "information_officer": "work answer read_identity read_cases read_history attach note read_units "
    "read_process delegate_role",
    "auditor": "read_cases read_history read_log sample export verify_history reveal_identity "
    "read_units read_process read_figures delegate_role second_person",
    "data_protection_officer": "work read_cases read_log answer start_request erase read_identity read_units "
    "read_process delegate_role second_person",
    "process_designer": "draft_process test_process deploy_process read_units read_process delegate_role "
    "second_person",
    "system_administrator": "manage_users manage_units manage_settings read_incidents manage_incidents read_units "
    "read_process delegate_role",
}

# The kinds of case that the rules tell apart, and how each is made.
CASES: dict[str, dict[str, Any]] = {
    "new": {},
    "own_unit": {"lead": "jalan", "stage": "follow_up"},
    "below": {"lead": "jalan", "stage": "follow_up"},
    "other_unit": {"lead": "dinkes", "stage": "follow_up"},
    "confidential": {"confidential": True},
    "sensitive": {"sensitivity": "sensitive"},
    "information": {"kind": "information_request", "case_class": "information", "lead": "dinkes"},
    "oversight_new": {"case_class": "oversight", "sensitivity": "oversight"},
    "oversight_handed": {"sensitivity": "oversight", "lead": "inspektorat", "stage": "follow_up"},
    "oversight_assigned": {"sensitivity": "oversight", "lead": "pupr", "stage": "follow_up"},
    "oversight_escalated": {"sensitivity": "oversight", "stage": "follow_up", "escalation_level": 3},
    "oversight_board": {"sensitivity": "oversight", "stage": "follow_up", "escalation_level": 4},
}

ORDINARY = "new own_unit below other_unit confidential sensitive information"
OVERSIGHT = "oversight_new oversight_handed oversight_assigned oversight_escalated oversight_board"

# Where each role is held here, and which cases it sees (domain.md section 5).
SIGHT = {
    # Own case only, and through its secret: a grant of this role gives nothing.
    "complainant": ("root", ""),
    # Those it entered, 30 days; of the restricted lane none, not even its own.
    "front_desk": ("root", ""),
    # All; of the restricted lane until it is handed to the inspectorate.
    "coordinating_admin": ("root", f"{ORDINARY} oversight_new"),
    # The unit's own.
    "unit_liaison": ("jalan", "own_unit below"),
    "case_worker": ("jalan", "own_unit below"),
    # The unit's and below; of the restricted lane those assigned to the unit by article 45.
    "superior": ("pupr", "own_unit below oversight_assigned"),
    # Those referred to it; of the restricted lane all.
    "inspectorate": ("inspektorat", OVERSIGHT),
    # All ordinary ones; of the restricted lane those escalated to it.
    "regional_secretary": ("root", f"{ORDINARY} oversight_escalated oversight_board"),
    "leadership": ("root", f"{ORDINARY} oversight_board"),
    # Public parts.
    "provincial_supervisor": ("root", ORDINARY.replace("confidential sensitive ", "")),
    # Information requests.
    "information_officer": ("root", "information"),
    # All, read.
    "auditor": ("root", f"{ORDINARY} {OVERSIGHT}"),
    # No case content.
    "data_protection_officer": ("root", ""),
    "process_designer": ("root", ""),
    "system_administrator": ("root", ""),
}


@pytest.fixture(scope="module")
def full() -> Iterator[tuple[World, dict[str, str]]]:
    """Yield an office with one case of every kind; tests of this module only read it."""
    world = World(memory_engine())
    yield world, {kind: world.case(**fields) for kind, fields in CASES.items()}
    world.engine.dispose()


@pytest.fixture
def world() -> Iterator[World]:
    """Yield an empty office of its own."""
    world = World(memory_engine())
    yield world
    world.engine.dispose()


def sees(world: World, actor: Actor, case_id: str) -> bool:
    """Whether the actor reads the case; the list, the reference and the single read must agree."""
    listed = any(row.id == case_id for row in world.ask(list_cases, CaseQuery(limit=200), by=actor).items)
    try:
        view = world.ask(get_case, case_id, by=actor)
    except NotFoundError:
        assert not listed
        return False
    assert listed
    assert world.ask(find_case_id, view.row.reference, by=actor) == case_id
    return True


def test_the_matrix_of_this_test_names_every_role() -> None:
    assert sorted(ACTS) == sorted(SIGHT) == ROLES == sorted(reference().permissions)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_exactly_what_the_table_names(full: tuple[World, Any], role: str) -> None:
    world, _ = full
    actor = world.officer(f"{role}@{SIGHT[role][0]}")
    assert {act for act in reference().acts if may(world.env, actor, act)} == set(ACTS[role].split())


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_exactly_the_cases_the_table_names(full: tuple[World, dict[str, str]], role: str) -> None:
    world, cases = full
    unit, seen = SIGHT[role]
    actor = world.officer(f"{role}@{unit}")
    assert {kind for kind, case_id in cases.items() if sees(world, actor, case_id)} == set(seen.split())


@pytest.mark.parametrize("role", ROLES)
def test_with_a_case_a_role_may_do_its_acts_or_the_case_does_not_exist(
    full: tuple[World, dict[str, str]], role: str
) -> None:
    world, cases = full
    unit, seen = SIGHT[role]
    actor = world.officer(f"{role}@{unit}")
    for kind, case_id in cases.items():
        facts = None
        with suppress(NotFoundError):
            facts = world.ask(require, case_id, by=actor)
        assert (facts is not None) is (kind in seen.split())
        if facts is not None:
            assert acts_of(world.env, facts) == set(ACTS[role].split())


def test_require_refuses_an_act_that_the_role_does_not_name(world: World) -> None:
    case_id, worker = world.case(lead="jalan"), world.officer("case_worker@jalan")
    world.ask(require, case_id, "note", by=worker)
    for act in ("approve", "verify", "send_message", "no_such_act"):
        with pytest.raises(NotFoundError):
            world.ask(require, case_id, act, by=worker)


def test_an_unknown_case_a_foreign_case_and_a_broken_id_answer_alike(world: World) -> None:
    foreign = world.case(lead="dinkes")
    worker = world.officer("case_worker@jalan")
    answers = set()
    for case_id in (foreign, "00000000-0000-7000-8000-000000000000", "no-uuid", ""):
        with pytest.raises(NotFoundError) as refused:
            world.ask(get_case, case_id, by=worker)
        answers.add((type(refused.value), refused.value.text))
    assert len(answers) == 1


def test_the_front_desk_sees_what_it_entered_for_thirty_days(world: World) -> None:
    desk, colleague = world.officer("front_desk"), world.officer("front_desk")
    entered = world.case(entered_by=desk.id, entered_at=NOW)
    assert sees(world, desk, entered)
    assert not sees(world, colleague, entered)
    world.clock.advance(timedelta(days=30))
    assert not sees(world, desk, entered)


def test_the_front_desk_loses_an_oversight_case_at_once(world: World) -> None:
    desk = world.officer("front_desk")
    assert not sees(world, desk, world.case(entered_by=desk.id, entered_at=NOW, sensitivity="oversight"))


def test_an_open_task_gives_sight_of_its_case_while_it_is_open(world: World) -> None:
    desk = world.officer("front_desk")
    case_id = world.case()
    world.task(case_id, "front_desk", state="completed")
    assert not sees(world, desk, case_id)
    world.task(case_id, "front_desk")
    assert sees(world, desk, case_id)


def test_a_task_for_another_unit_gives_no_sight(world: World) -> None:
    case_id = world.case(lead="dinkes")
    world.task(case_id, "case_worker", "dinkes")
    assert not sees(world, world.officer("case_worker@jalan"), case_id)


def test_an_open_task_gives_no_sight_of_an_oversight_case(world: World) -> None:
    case_id = world.case(sensitivity="oversight", stage="follow_up", lead="inspektorat")
    world.task(case_id, "case_worker", "inspektorat")
    worker = world.officer("case_worker@inspektorat")
    assert not sees(world, worker, case_id)
    assert world.ask(list_tasks, TaskQuery(), by=worker).items == ()


def test_a_supporting_unit_sees_the_case(world: World) -> None:
    case_id = world.case(lead="pupr")
    world.insert(CaseUnit, case_id=case_id, unit_id=world.units["dinkes"])
    assert sees(world, world.officer("unit_liaison@dinkes"), case_id)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "complainant"])
def test_nobody_in_or_below_the_accused_unit_sees_the_case(world: World, role: str) -> None:
    # "The accused officer or unit may never see or handle the case: it goes to the superior."
    case_id = world.case(lead="pupr", accused="pupr", kind="information_request", escalation_level=4)
    world.task(case_id, role, None)
    for unit in ("pupr", "jalan"):
        actor = world.officer(f"{role}@{unit}")
        assert not sees(world, actor, case_id)
        assert world.ask(list_tasks, TaskQuery(case_id=case_id), by=actor).items == ()
        assert world.ask(list_tasks, TaskQuery(), by=actor).items == ()


def test_the_superior_above_the_accused_unit_sees_the_case(world: World) -> None:
    case_id = world.case(accused="jalan", stage="disposition")
    assert sees(world, world.officer("superior@pupr"), case_id)
    assert not sees(world, world.officer("superior@jalan"), case_id)


def test_a_superior_sees_cases_about_people_below(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    case_id = world.case(accused_user_id=worker.id)
    assert sees(world, world.officer("superior@pupr"), case_id)
    assert not sees(world, world.officer("superior@dinkes"), case_id)


def test_the_accused_officer_gets_not_found_everywhere(world: World) -> None:
    accused = world.officer("coordinating_admin", "auditor", "case_worker@jalan", "inspectorate@inspektorat")
    case_id = world.case(lead="jalan", accused_user_id=accused.id)
    file = world.ask(add_attachment, case_id, _file(), by=world.officer("coordinating_admin"))
    world.task(case_id, "case_worker", "jalan", owner_id=accused.id)
    refusals = (
        lambda: world.ask(get_case, case_id, by=accused),
        lambda: world.ask(require, case_id, "read_history", by=accused),
        lambda: world.ask(add_attachment, case_id, _file(), by=accused),
        lambda: world.ask(list_attachments, case_id, by=accused),
        lambda: world.ask(open_attachment, file.id, by=accused),
    )
    for refusal in refusals:
        with pytest.raises(NotFoundError):
            refusal()
    assert world.ask(list_cases, CaseQuery(), by=accused).items == ()
    assert world.ask(list_tasks, TaskQuery(scope="mine"), by=accused).items == ()
    reference_of = world.rows(Case)[0].reference
    assert world.ask(find_case_id, reference_of, by=accused) is None


def test_an_accusation_of_the_whole_body_leaves_somebody_to_handle_it(world: World) -> None:
    assert sees(world, world.officer("coordinating_admin"), world.case(accused="root"))


def test_a_complainant_sees_one_case_and_no_task(world: World) -> None:
    own, other = world.case(), world.case()
    complainant = world.complainant(own)
    assert sees(world, complainant, own)
    assert not sees(world, complainant, other)
    world.task(own, "complainant")
    assert world.ask(list_tasks, TaskQuery(case_id=own), by=complainant).items == ()


# Tasks: role and unit of the task, role and unit of the officer, whether the officer may take it.
OFFERS = [
    # The same role in the same unit.
    ("case_worker", "jalan", "case_worker@jalan", True),
    # Another unit, also the one above: a case worker answers for one unit only.
    ("case_worker", "jalan", "case_worker@dinkes", False),
    ("case_worker", "jalan", "case_worker@pupr", False),
    # Another role.
    ("case_worker", "jalan", "unit_liaison@jalan", False),
    # The superior of the unit and of every unit above.
    ("superior", "jalan", "superior@jalan", True),
    ("superior", "jalan", "superior@pupr", True),
    ("superior", "jalan", "superior@root", True),
    ("superior", "pupr", "superior@jalan", False),
    # For the whole body any holder of the role.
    ("coordinating_admin", None, "coordinating_admin@root", True),
    ("coordinating_admin", None, "coordinating_admin@pupr", True),
    ("coordinating_admin", None, "superior@root", False),
]


@pytest.mark.parametrize(("role", "unit", "held", "offered"), OFFERS)
def test_a_task_is_offered_by_role_and_unit(
    world: World, role: str, unit: str | None, held: str, offered: bool
) -> None:
    actor = world.officer(held)
    task_id = world.task(world.case(lead="jalan"), role, unit)
    assert _owners_agree(world, actor, task_id) is offered


def test_in_the_restricted_lane_the_inspectorate_stands_in_for_every_role(world: World) -> None:
    case_id = world.case(sensitivity="oversight", stage="follow_up", lead="inspektorat")
    task_id = world.task(case_id, "superior", "inspektorat")
    assert _owners_agree(world, world.officer("inspectorate@inspektorat"), task_id)
    assert not _owners_agree(world, world.officer("case_worker@inspektorat"), task_id)


def test_the_accused_may_not_take_a_task(world: World) -> None:
    task_id = world.task(world.case(accused="pupr"), "case_worker", "jalan")
    assert not _owners_agree(world, world.officer("case_worker@jalan"), task_id)


def test_require_act_refuses_with_not_found(world: World) -> None:
    with pytest.raises(NotFoundError):
        require_act(world.env, world.officer("case_worker@jalan"), "manage_users")
    require_act(world.env, world.officer("system_administrator"), "manage_users")


def test_somebody_without_any_role_sees_nothing(world: World) -> None:
    case_id = world.case()
    world.task(case_id, "front_desk")
    nobody = world.officer()
    assert not sees(world, nobody, case_id)
    assert world.ask(list_tasks, TaskQuery(), by=nobody).items == ()


def test_two_roles_together_reach_what_each_reaches(world: World) -> None:
    both = world.officer("case_worker@jalan", "information_officer")
    assert sees(world, both, world.case(lead="jalan"))
    assert sees(world, both, world.case(kind="information_request"))
    assert not sees(world, both, world.case(lead="dinkes"))


def _owners_agree(world: World, actor: Actor, task_id: str) -> bool:
    """Whether the actor may own the task: the rule in SQL and the one on a row must agree."""
    with world.session() as session:
        joined = select(UserTask.id).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task_id)
        free = any_of(way.condition for way in ways_to_free_tasks(actor))
        in_sql = session.scalar(joined.where(free, workable_cases(world.env, actor)))
        columns = (*UserTask.__table__.columns, *OWNER_COLUMNS)
        whole = select(*columns).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task_id)
        row = session.execute(whole).one()
    on_row = potential_owner(world.env, actor, row)
    assert on_row is (in_sql is not None)
    return on_row


def test_who_may_own_a_task_is_never_guessed_from_half_of_its_columns(world: World) -> None:
    worker = world.officer("case_worker@jalan")
    unit, nobody = (
        worker.grants[0].unit_id,
        dict.fromkeys(("case_class", "accused_user_id", "accused_unit_id")),
    )
    whole = {"role": "case_worker", "unit_id": unit, "unit_path": unit, "sensitivity": "normal", **nobody}
    assert potential_owner(world.env, worker, SimpleNamespace(**whole))
    for name in whole:
        half = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(AttributeError, match=name):
            potential_owner(world.env, worker, SimpleNamespace(**half))


def _file() -> Upload:
    return Upload("catatan.txt", iter([b"isi"]))
