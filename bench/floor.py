"""The floor: what a small team writes in an afternoon, without login, permissions, history or forms.

``python -m bench.floor URL DIAGRAM PORT`` serves it with waitress. One JSON row for the state with the specification
kept out of it, one table of tasks, one of events, one transaction for each request. It knows nothing of our code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import waitress
from flask import Flask, Response, jsonify, request
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.library import parsed


class Base(DeclarativeBase):
    """What the three tables derive from."""


class Instance(Base):
    """A running process and its whole state."""

    __tablename__ = "floor_instances"
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]


class Work(Base):
    """A user task."""

    __tablename__ = "floor_tasks"
    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("floor_instances.id"), index=True)
    name: Mapped[str]
    done: Mapped[bool] = mapped_column(default=False)


class Happening(Base):
    """Something that happened to an instance."""

    __tablename__ = "floor_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("floor_instances.id"), index=True)
    name: Mapped[str]
    data: Mapped[str]


class WithoutSpec(BpmnWorkflowConverter):
    """The library's converter, leaving out the specification, which never changes."""

    def to_dict(self, workflow: Any) -> Any:
        """Hide the specification while the library writes the workflow."""
        shown, workflow.spec = workflow.spec, None
        try:
            return super().to_dict(workflow)
        finally:
            workflow.spec = shown


def build(url: str, path: Path) -> Flask:
    """The whole application."""
    app, engine, spec = Flask("floor"), create_engine(url, pool_size=10), parsed(path)[0]
    Base.metadata.create_all(engine)
    registry = BpmnWorkflowSerializer.configure({**SPIFF_CONFIG, BpmnWorkflow: WithoutSpec})
    app.add_url_rule("/cases", view_func=_begin(engine, spec, registry), methods=["POST"])
    view = _complete(engine, spec, registry)
    app.add_url_rule("/tasks/<task_id>/complete", view_func=view, methods=["POST"])
    return app


def _begin(engine: Any, spec: Any, registry: Any) -> Callable[[], tuple[Response, int]]:
    def begin() -> tuple[Response, int]:
        with Session(engine) as session, session.begin():
            workflow = BpmnWorkflow(spec)
            workflow.do_engine_steps()
            instance = Instance(id=str(uuid4()), state=_written(workflow, registry))
            session.add(instance)
            session.flush()
            opened = _open(session, instance, workflow)
        return jsonify(tasks=opened), 201

    return begin


def _complete(engine: Any, spec: Any, registry: Any) -> Callable[[str], tuple[Response, int]]:
    def complete(task_id: str) -> tuple[Response, int]:
        with Session(engine) as session, session.begin():
            work = session.get(Work, task_id, with_for_update=True)
            if work is None or work.done:
                return jsonify(error="gone"), 409
            instance = session.get_one(Instance, work.instance_id, with_for_update=True)
            workflow = _restored(instance.state, spec, registry)
            task = workflow.get_task_from_id(UUID(task_id))
            values = request.get_json()
            task.data.update(values)
            task.run()
            workflow.do_engine_steps()
            instance.state, work.done = _written(workflow, registry), True
            session.add(Happening(instance_id=instance.id, name=work.name, data=json.dumps(values)))
            opened = _open(session, instance, workflow)
        return jsonify(tasks=opened), 200

    return complete


def _open(session: Session, instance: Instance, workflow: Any) -> list[str]:
    found = {
        str(task.id): task.task_spec.name for task in workflow.get_tasks(state=TaskState.READY, manual=True)
    }
    known = {row.id for row in session.query(Work).filter_by(instance_id=instance.id)}
    for task_id in found.keys() - known:
        session.add(Work(id=task_id, instance_id=instance.id, name=found[task_id]))
    return list(found)


def _written(workflow: Any, registry: Any) -> str:
    return str(BpmnWorkflowSerializer(registry).serialize_json(workflow))


def _restored(text: str, spec: Any, registry: Any) -> Any:
    serializer = BpmnWorkflowSerializer(registry)
    state = json.loads(text)
    state.pop(serializer.VERSION_KEY)
    state["spec"] = spec
    return serializer.from_dict(state)


if __name__ == "__main__":
    waitress.serve(build(sys.argv[1], Path(sys.argv[2])), port=int(sys.argv[3]), threads=8, _quiet=True)
