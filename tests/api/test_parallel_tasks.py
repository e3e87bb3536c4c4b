"""Four people complete four parallel tasks of one case, and nobody is turned away."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cases.model import SYSTEM
from cases.people import create_user, list_units
from support.api import COMPLAINT, AsRole, Caller
from support.diagram_text import bpmn
from tuntas.office import Tuntas

TASKS = ("first", "second", "third", "fourth")
FORM = "intake/check_registration"
INTAKE = "\n".join(
    [
        "intake",
        "start complaint_registered message=complaint_registered",
        "and split",
        *(f"user {task} role=coordinating_admin unit=organisation formKey={FORM}" for task in TASKS),
        "and join",
        "end done",
        *(f"split -> {task} -> join" for task in TASKS),
        "complaint_registered -> split",
        "join -> done",
    ]
)
DI = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)


def drawn(diagram: str) -> str:
    """The diagram with one lane around everything, and a picture of it."""
    nodes = re.findall(r"<(?:startEvent|endEvent|userTask|parallelGateway) id=\"(\w+)\"", diagram)
    flows = re.findall(r"<sequenceFlow id=\"(\w+)\"", diagram)
    refs = "".join(f"<flowNodeRef>{node}</flowNodeRef>" for node in nodes)
    lane = f'<laneSet id="lanes"><lane id="front_desk" name="Petugas penerima">{refs}</lane></laneSet>'
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{node}_di" bpmnElement="{node}">'
        f'<dc:Bounds x="{index * 150}" y="100" width="100" height="80"/></bpmndi:BPMNShape>'
        for index, node in enumerate(["front_desk", *nodes])
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{flow}_di" bpmnElement="{flow}">'
        '<di:waypoint x="0" y="0"/><di:waypoint x="9" y="9"/></bpmndi:BPMNEdge>'
        for flow in flows
    )
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="intake">{shapes}{edges}</bpmndi:BPMNPlane>'
    picture = f'<bpmndi:BPMNDiagram id="picture" {DI}>{plane}</bpmndi:BPMNDiagram>'
    diagram = diagram.replace('isExecutable="true">', f'name="Periksa bersama" isExecutable="true">{lane}')
    return diagram.replace("</definitions>", f"{picture}</definitions>")


@pytest.fixture
def people(office: Tuntas, as_role: AsRole, as_user: Callable[[str], Caller]) -> list[Caller]:
    """Return four coordinating admins."""

    def hire(session: Session) -> None:
        units = list_units(session, office.env, by=SYSTEM)
        for task in TASKS:
            roles = [("coordinating_admin", units[0].id)]
            create_user(session, office.env, username=f"admin.{task}", name=task, roles=roles, by=SYSTEM)

    office.work.write(hire)
    return [as_user(f"admin.{task}") for task in TASKS]


def test_four_people_complete_four_parallel_tasks_of_one_case(as_role: AsRole, people: list[Caller]) -> None:
    deployed = as_role("process_designer").post(
        "/process-definitions", json={"files": {"bpmn/intake.bpmn": drawn(bpmn(INTAKE).decode())}}
    )
    assert deployed.status_code == 201, deployed.text
    tasks = people[0].post("/cases", json=COMPLAINT).json["next_tasks"]
    assert sorted(task["element_id"] for task in tasks) == sorted(TASKS)
    together = Barrier(len(tasks))

    def complete(person: Caller, task: dict[str, Any]) -> TestResponse:
        together.wait(10)
        return person.complete(task, kind="complaint")

    with ThreadPoolExecutor(len(tasks)) as threads:
        answers = list(threads.map(complete, people, tasks))
    assert [answer.status_code for answer in answers] == [200] * 4, [answer.text for answer in answers]
    assert min(len(answer.json["next_tasks"]) for answer in answers) == 0
