"""While a case rests: reading, files and whose task it is go on; moving its process is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cases.actions.hold import set_legal_hold
from cases.actions.protect import protect
from cases.actions.requests import start_request
from cases.attachments import add_attachment
from cases.errors import SuspendedError
from cases.inbox import get_task
from cases.incidents.asked import Act, Mending
from cases.incidents.mending import mend_case
from cases.listing import get_case
from cases.model import CaseView, TaskView, Upload
from cases.tasks import claim_task, delegate_task, release_task
from support.acts import act
from support.office import Desk, actor_named
from support.own_process import hire

OFFICER = "admin.instansi"
pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def resting(desk: Desk) -> tuple[Desk, str]:
    """Return a desk and a case that waits for verification and rests."""
    case_id = desk.register().id
    mend(desk, case_id, Act.SUSPEND)
    return desk, case_id


def mend(desk: Desk, case_id: str, what: Act) -> None:
    """The administrator suspends or resumes."""
    by, env, asked = actor_named(desk.office, "administrator"), desk.office.env, Mending(what, "Perbaikan")
    desk.office.work.write(lambda session: mend_case(session, env, case_id, asked, by=by))


def as_officer(desk: Desk, function: Callable[..., Any], subject: str, *more: Any, **named: Any) -> Any:
    """The coordinating admin does something."""
    by, env = actor_named(desk.office, OFFICER), desk.office.env
    return desk.office.work.write(lambda session: function(session, env, subject, *more, by=by, **named))


def seen(desk: Desk, case_id: str) -> tuple[CaseView, TaskView]:
    """The case and its task as the coordinating admin sees them."""
    task_id = desk.task(case_id, "verify_complaint").id
    return as_officer(desk, get_case, case_id), as_officer(desk, get_task, task_id)


def test_whose_task_it_is_and_what_moves_no_process_goes_on(resting: tuple[Desk, str]) -> None:
    desk, case_id = resting
    case, task = seen(desk, case_id)
    assert (case.suspended, case.messages, task.may) == (True, (), {"claim", "delegate"})
    other, task_id = hire(desk.office, "admin.dua", "Admin Dua"), task.row.id
    as_officer(desk, claim_task, task_id)
    as_officer(desk, release_task, task_id)
    as_officer(desk, delegate_task, task_id, to=other.id)
    assert desk.task(case_id, "verify_complaint").owner_id == other.id
    as_officer(desk, add_attachment, case_id, Upload("catatan.txt", iter([b"Sudah dicek."])))
    act(desk, OFFICER, set_legal_hold, case_id, on=True)
    act(desk, OFFICER, protect, case_id, confidential=True)
    assert desk.tags(case_id)[-1] == "case:case:protected"


def test_what_moves_its_process_is_refused_until_it_goes_on(resting: tuple[Desk, str]) -> None:
    desk, case_id = resting
    with pytest.raises(SuspendedError):
        desk.accept(case_id)
    with pytest.raises(SuspendedError):
        desk.say(case_id, "withdraw", reason="Sudah selesai.")
    with pytest.raises(SuspendedError):
        as_officer(desk, start_request, case_id, kind="ombudsman")
    mend(desk, case_id, Act.RESUME)
    case, task = seen(desk, case_id)
    assert (case.suspended, "complete" in task.may) == (False, True)
    desk.accept(case_id)
