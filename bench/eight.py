"""The process that is measured everywhere: eight user tasks one after another, deployed through the gate."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.model import PUBLIC, NewComplaint
from cases.register import register_complaint
from storage.tables import UserTask
from support.diagram_text import bpmn
from support.own_process import deploy_drawn
from tuntas.office import Tuntas

TASKS = ("receive", "check", "weigh", "ask", "inspect", "draft", "approve", "send")
EIGHT = "\n".join(
    [
        "intake",
        "start complaint_registered message=complaint_registered",
        *(f"user {task} formKey=intake/note" for task in TASKS),
        "end finish",
        " -> ".join(["complaint_registered", *TASKS, "finish"]),
    ]
)
LIFECYCLE = """
intake
start complaint_registered message=complaint_registered
user receive formKey=intake/note
xor is_complete
user ask_reporter formKey=intake/note
user check formKey=intake/note
boundary check_is_late on=check interrupting=false duration=P3D
user remind formKey=intake/note
end reminded
xor is_accepted
end refused
user weigh formKey=intake/note
user ask formKey=intake/note
sub handling {
start handling_begins
user inspect formKey=intake/note
boundary inspect_is_late on=inspect interrupting=false duration=P30D
user escalate formKey=intake/note
end escalated
user draft formKey=intake/note
user approve formKey=intake/note
xor is_approved
end handled
handling_begins -> inspect -> draft -> approve -> is_approved
inspect_is_late -> escalate -> escalated
is_approved -> draft if note == "return"
is_approved -> handled default
}
boundary is_withdrawn on=handling message=withdraw
end withdrawn
user send formKey=intake/note
events wait_for_reporter
catch is_satisfied message=confirm
catch is_silent duration=P10D
end satisfied
end silent
complaint_registered -> receive -> is_complete
is_complete -> ask_reporter if note == "ask"
ask_reporter -> receive
is_complete -> check default
check_is_late -> remind -> reminded
check -> is_accepted
is_accepted -> refused if note == "refuse"
is_accepted -> weigh default
weigh -> ask -> handling -> send -> wait_for_reporter
is_withdrawn -> withdrawn
wait_for_reporter -> is_satisfied -> satisfied
wait_for_reporter -> is_silent -> silent
"""
"""The same eight tasks with what surrounds them in practice: gateways, ways back, timers, messages, a sub-process."""
NOTE = {"note": "Sudah dikerjakan dan dicatat."}
BATCH = 25
WAITING = "\n".join(
    [
        "intake",
        "start complaint_registered message=complaint_registered",
        "catch wait duration={}",
        "user act formKey=intake/note",
        "end finish",
        "complaint_registered -> wait -> act -> finish",
    ]
)
"""A process that waits for a time and then opens a task."""


def diagram(process: str = EIGHT) -> bytes:
    """The same process for engines that know nothing of lanes, forms and what starts a case."""
    plain = process.replace("registered message=complaint_registered", "registered")
    # The library takes a duration for an expression.
    return bpmn(re.sub(r"duration=(\w+)", r"""duration='"\1"'""", plain))


def deploy_eight(office: Tuntas, process: str = EIGHT) -> None:
    """Let the eight tasks be what every new case goes through."""
    deploy_drawn(office, process.strip())


def deploy_waiting(office: Tuntas, duration: str) -> None:
    """Let every new case wait so long before its one task."""
    deploy_drawn(office, WAITING.format(duration))


def start_cases(office: Tuntas, number: int) -> list[str]:
    """Register so many cases, whose process begins at once; their ids in order."""
    ids: list[str] = []
    for start in range(0, number, BATCH):
        count = min(BATCH, number - start)
        ids += office.work.write(lambda session, count=count: _register(session, office, count))  # type: ignore[misc]
    return ids


def _register(session: Session, office: Tuntas, count: int) -> list[str]:
    new = NewComplaint(title="Jalan berlubang di depan pasar", text="Lubangnya besar.", name="Budi Contoh")
    return [register_complaint(session, office.env, new, by=PUBLIC).case.id for _ in range(count)]


def open_tasks(office: Tuntas, case_ids: list[str], element: str) -> list[str]:
    """The open task at this element of each of the cases, in their order."""
    query = select(UserTask.case_id, UserTask.id).where(
        UserTask.element_id == element, UserTask.state == "open"
    )
    found = dict(office.work.read(lambda session: [tuple(row) for row in session.execute(query)]))
    return [found[case_id] for case_id in case_ids]
