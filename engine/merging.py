"""Brings the data of tasks together in place of the library, without changing what other tasks have said."""

from typing import Any

from SpiffWorkflow.util.deep_merge import DeepMerge


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
    return value.copy() if isinstance(value, list | dict) else value


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
