"""The library's default arrangement in a process of its own, so that our patches of the library do not help it.

``python -m bench.library URL DIAGRAM CASES`` runs cases of the drawn process: read one JSON row, restore it with the
library's own serializer, complete a task, serialize, update the row, commit. It prints milliseconds as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

META = sa.MetaData()
STATES = sa.Table(
    "library_states", META, sa.Column("id", sa.Integer, primary_key=True), sa.Column("state", sa.Text)
)


def parsed(path: Path) -> tuple[Any, Any]:
    """The specification of the process in the file, and those of its sub-processes."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_file(str(path))
    name = parser.get_process_ids()[0]
    return parser.get_spec(name), parser.get_subprocess_specs(name)


def complete(workflow: BpmnWorkflow) -> bool:
    """Complete the one ready task and run on; False when the process has ended."""
    task = next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)), None)
    if task is None:
        return False
    task.data["note"] = "Sudah dikerjakan dan dicatat."
    task.run()
    workflow.do_engine_steps()
    return True


class Library:
    """Cases kept as the library keeps them by default."""

    def __init__(self, url: str, path: Path) -> None:
        self.engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _as_ours)
        META.create_all(self.engine)
        self.specs = parsed(path)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def begin(self, number: int) -> None:
        """Store a new case."""
        workflow = BpmnWorkflow(*self.specs)
        workflow.do_engine_steps()
        with self.engine.begin() as connection:
            state = self.serializer.serialize_json(workflow)
            connection.execute(sa.insert(STATES).values(id=number, state=state))

    def step(self, number: int) -> bool:
        """Complete the case's task; False when it has ended."""
        with self.engine.begin() as connection:
            state = connection.scalar(sa.select(STATES.c.state).where(STATES.c.id == number))
            workflow = self.serializer.deserialize_json(state)
            if not complete(workflow):
                return False
            text = self.serializer.serialize_json(workflow)
            connection.execute(sa.update(STATES).where(STATES.c.id == number).values(state=text))
        return True

    def in_memory(self) -> bool:
        """One case from its first task to its end without storing anything."""
        workflow = BpmnWorkflow(*self.specs)
        workflow.do_engine_steps()
        while complete(workflow):
            pass
        return True


def _as_ours(connection: Any, record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def main() -> None:
    """Measure and print."""
    url, path, cases = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    library = Library(url, path)
    cpu, wall = [], []
    for number in range(cases):
        library.begin(number)
        going = True
        while going:
            began, before = time.perf_counter(), time.process_time()
            going = library.step(number)
            if going and number:
                wall.append((time.perf_counter() - began) * 1000)
                cpu.append((time.process_time() - before) * 1000)
    before = time.process_time()
    for _ in range(cases):
        library.in_memory()
    memory = (time.process_time() - before) * 1000 / max(1, len(wall) / max(1, cases - 1)) / cases
    size = library.engine.connect().scalar(sa.select(sa.func.avg(sa.func.length(STATES.c.state))))
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory, "size": float(size)}))


if __name__ == "__main__":
    main()
