"""Small processes that tests draw in words, deployed through the gate and started beside a case's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.definitions import deploy
from cases.model import SYSTEM, Actor
from cases.people import create_user
from cases.runtime import run_queue, start_process
from cases.work import CaseWork
from storage.tables import Unit
from support.diagram_text import bpmn
from support.lint_sets import BPMN, drawn
from support.office import actor_named
from tuntas.database import make_engine
from tuntas.office import Tuntas
from tuntas.unit_of_work import UnitOfWork

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NOTE = {
    "type": "object",
    "title": "Catatan",
    "properties": {"note": {"type": "string", "title": "Catatan", "maxLength": 50}},
}

STUCK = """stuck
start begin
catch wait duration=PT1H
xor which
user look formKey=stuck/note
end left
end right
begin -> wait -> which
which -> look if nowhere == 1
which -> right default
look -> left"""
"""A process that fails an hour after it began, at its gateway: no value has the name that it asks for."""

UNCLEAR = """unclear
start begin
user first formKey=unclear/note
xor which
user second formKey=unclear/note
end left
end right
begin -> first -> which
which -> second if ready == 1
which -> right default
second -> left"""
"""A process that fails when a person completes its first task: no value has the name that its gateway asks for."""

UNHEARD = """unheard
start begin
catch hear message=reply
xor which
user look formKey=unheard/note
end left
end right
begin -> hear -> which
which -> look if ready == 1
which -> right default
look -> left"""
"""A process that fails when the complainant replies: no value has the name that its gateway asks for."""


def deploy_drawn(office: Tuntas, text: str) -> None:
    """Deploy a process in the notation of ``diagram_text``; its user tasks use the form ``<process>/note``."""
    key = text.split(maxsplit=1)[0]
    picture = drawn(in_one_lane(bpmn(text)))
    files = {f"bpmn/{key}.bpmn": picture, f"forms/{key}/note.json": json.dumps(NOTE).encode()}
    office.work.write(lambda session: deploy(session, office.env, files, by=SYSTEM, note="uji"))


def in_one_lane(xml: bytes) -> bytes:
    """Put every element into a lane of the coordinating administrators, for the whole body."""
    root = etree.fromstring(xml)
    process = root.find(f"{{{BPMN}}}process")
    process.set("name", "Proses uji")
    lanes = etree.Element(f"{{{BPMN}}}laneSet", id="lanes")
    lane = etree.SubElement(lanes, f"{{{BPMN}}}lane", id="lane_admin", name="Admin")
    extensions = etree.SubElement(lane, f"{{{BPMN}}}extensionElements")
    properties = etree.SubElement(extensions, f"{{{SPIFF}}}properties")
    for name, value in (("role", "coordinating_admin"), ("unit", "organisation")):
        etree.SubElement(properties, f"{{{SPIFF}}}property", name=name, value=value)
    for node in process:
        if not node.tag.endswith("sequenceFlow"):
            etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = node.get("id")
    process.insert(0, lanes)
    return etree.tostring(root)


def start_beside(office: Tuntas, case_id: str, key: str, **data: Any) -> str:
    """Start the process on a case that runs already and answer the instance's id."""

    def run(session: Session) -> str:
        work = CaseWork.load(session, office.env, case_id, by=SYSTEM)
        instance = start_process(work, key, data)
        run_queue(work)
        work.flush()
        return instance.id

    return office.work.write(run)


def hire(
    office: Tuntas, username: str, name: str, role: str = "coordinating_admin", unit: str = "sukamaju"
) -> Actor:
    """One more person with a role in a unit."""

    def work(session: Session) -> None:
        unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
        create_user(session, office.env, username=username, name=name, roles=[(role, unit_id)], by=SYSTEM)

    office.work.write(work)
    return actor_named(office, username)


def at_once(office: Tuntas, *acts: Callable[[UnitOfWork], Any]) -> list[Any]:
    """Run the acts at the same moment, each on connections of its own; answers what they returned or raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[UnitOfWork], Any]) -> Any:
        engine = make_engine(office.config.database_url)
        try:
            with engine.connect():
                barrier.wait(30)
            return act(UnitOfWork(engine, office.env))
        except Exception as error:
            return error
        finally:
            engine.dispose()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
