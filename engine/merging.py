"""Brings the data of tasks together in place of the library, without changing what other tasks have said."""

from typing import Any

from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskState

_CONTAINERS = (list, dict)


def merge(data: dict[str, Any], other: dict[str, Any], path: Any = None) -> dict[str, Any]:
    """Merge ``other`` into ``data`` by the library's rules, and answer ``data``.

    Lists and mappings inside the data are shared with the tasks before. The library changes them in place, so
    that a join also changes what its branches have said, and what tasks that are still open hold: what comes
    of it depends on who shares what. Here they are made anew.
    """
    for key, value in other.items():
        data[key] = _merged(data[key], value) if key in data else copied(value)
    return data


def copied(value: Any) -> Any:
    """Answer a list or mapping of its own: collecting the answers of repeated tasks adds to it in place."""
    return value.copy() if isinstance(value, _CONTAINERS) else value


def _merged(value: Any, other: Any) -> Any:
    if value == other:
        return value
    if isinstance(value, dict) and isinstance(other, dict):
        return merge(value.copy(), other)
    if isinstance(value, list) and isinstance(other, list):
        items = [copied(item) for item in value]
        DeepMerge.merge_array(items, other, [])
        return items
    return copied(other)


def may_join(self: Any, my_task: Any) -> bool:
    """Tell whether a token has come on each flow into a parallel gateway since it last let one through.

    The library counts the tokens of earlier rounds again, so that in a loop the join goes on before its second
    branch is done. Those have been used up.
    """
    if len(self.inputs) < 2:
        return True
    waiting = {source for source in self.inputs if source is not my_task.parent.task_spec}
    arrivals = [task for task in my_task.workflow.tasks.values() if task.task_spec == self]
    fired = _last_firing(arrivals)
    for task in arrivals:
        if task.is_descendant_of(my_task):
            # What this join leads to cannot come before it: a flow that loops back is not waited for.
            before = task
            while before is not None and before.task_spec not in waiting:
                before = before.parent
            if before is not None:
                waiting.remove(before.task_spec)
        elif not _used_up(task, fired) and task.parent.state == TaskState.COMPLETED:
            waiting.discard(task.parent.task_spec)
    return not waiting


def join(self: Any, my_task: Any) -> bool:
    """Bring together what the tokens of this round have said, the last to come last.

    The library brings in earlier rounds too, and drops what followed them: another token through the same
    gateway would make open tasks vanish without a trace.
    """
    arrivals = [task for task in my_task.workflow.tasks.values() if task.task_spec == self]
    fired = _last_firing(arrivals)
    others = [
        task
        for task in arrivals
        if task._state & TaskState.FINISHED_MASK
        and not _used_up(task, fired)
        and not my_task.is_descendant_of(task)
    ]
    for task in sorted(others, key=lambda task: task.last_state_change):
        merge(my_task.data, task.parent.data)
    my_task._inherit_data()
    return True


def _last_firing(arrivals: list[Any]) -> float:
    ticks = [task.last_state_change for task in arrivals if task._state == TaskState.COMPLETED]
    return max(ticks, default=-1)


def _used_up(task: Any, fired: float) -> bool:
    return bool(task._state & TaskState.FINISHED_MASK) and task.last_state_change <= fired
