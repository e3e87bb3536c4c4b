"""Runs instances with the library's own serializer between the steps: what our codec is measured against."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG

from engine import runtime
from engine.codec import Instance, live_workflows
from engine.deployment import Deployment
from engine.model import Command, InstanceStatus, Limits, StartProcess
from engine.recorder import transitions
from engine.script_engine import SafeEngine
from engine.session import Numbers, running
from engine.snapshot import Openings, look, open_tasks

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


class _WithoutSpecs(BpmnWorkflowConverter):
    """The library's converter, leaving out the specifications, which are shared anyway."""

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        shown = workflow.spec, workflow.subprocess_specs
        workflow.spec, workflow.subprocess_specs = None, {}
        try:
            return super().to_dict(workflow)
        finally:
            workflow.spec, workflow.subprocess_specs = shown


def _serializer() -> BpmnWorkflowSerializer:
    config = {**SPIFF_CONFIG, BpmnWorkflow: _WithoutSpecs}
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))


@dataclass
class LibraryWorld:
    """One instance, stored as the library stores it; ids are handed out as in the world that is compared."""

    deployment: Deployment
    process: str
    numbers: Numbers
    limits: Limits = field(default_factory=Limits)
    text: str = ""
    status: InstanceStatus = InstanceStatus.RUNNING
    live: Mapping[str, Any] = field(default_factory=dict)

    def do(self, command: Command) -> tuple[Openings, list[tuple[str, str]]]:
        """Carry out one command and answer what is open, and the path taken."""
        session = runtime._session(
            self.deployment, NOW, {}, lambda _clock, _data: NOW + timedelta(days=1), self.limits
        )
        session.numbers = self.numbers
        with running(session):
            if isinstance(command, StartProcess):
                instance = runtime._start(self.deployment, session, None, command)
            else:
                instance = Instance(self._restore(), self.numbers, self.status)
                session.recording = True
                runtime._carry_out(session, instance, command)
            left = list(open_tasks(instance.workflow))
            openings = look(session, left)
            self.status = runtime._status(session, instance.workflow, openings, left)
            path = [(change.element_id, change.after) for change in transitions(session)]
            self.live = live_data(instance.workflow)
            for task in _all_tasks(instance.workflow):
                # The library would store the caught event with its definition, and those are ours.
                task.internal_data.pop("seen_events", None)
            _rename(instance.workflow, lambda number: UUID(int=number))
            self.text = _serializer().serialize_json(instance.workflow)
        return openings, path

    def _restore(self) -> BpmnWorkflow:
        serializer = _serializer()
        dct = json.loads(self.text)
        dct.pop(serializer.VERSION_KEY)
        dct["spec"] = self.deployment.specs.process(self.process)
        dct["subprocess_specs"] = dict(self.deployment.specs.by_id)
        workflow = serializer.from_dict(dct)
        workflow.script_engine = SafeEngine()
        _rename(workflow, lambda task_id: task_id.int)
        return workflow


def _rename(top: Any, rename: Callable[[Any], Any]) -> None:
    """Give every task another id; the library's serializer reads UUIDs only."""
    for workflow in (top, *top.subprocesses.values()):
        for task in workflow.tasks.values():
            task.id = rename(task.id)
            task._parent = None if task._parent is None else rename(task._parent)
            task._children = [rename(child) for child in task._children]
            if "merged" in task.internal_data:
                merged = task.internal_data["merged"]
                task.internal_data["merged"] = [
                    str(rename(UUID(child) if "-" in child else int(child))) for child in merged
                ]
        workflow.tasks = {task.id: task for task in workflow.tasks.values()}
        if workflow is not top:
            workflow.parent_task_id = rename(workflow.parent_task_id)
    top.subprocesses = {workflow.parent_task_id: workflow for workflow in top.subprocesses.values()}
    top.event_manager.tasks = {task.id: task for task in top.event_manager.tasks.values()}


def _all_tasks(top: Any) -> list[Any]:
    return [task for workflow in (top, *top.subprocesses.values()) for task in workflow.tasks.values()]


def live_data(top: Any) -> dict[str, Any]:
    """Answer the data of every open activity, and of each process's last one."""
    data = {str(task.id): task.data for task in open_tasks(top)}
    for workflow in live_workflows(top):
        if workflow.last_task is not None:
            data[f"last of {workflow.parent_task_id}"] = workflow.last_task.data
    return json.loads(json.dumps(data))
