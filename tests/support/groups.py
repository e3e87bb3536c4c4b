"""Keep tests of one ``xdist_group`` in one process: pytest-xdist 3.8 writes the group where pytest 9.2 does not look.

Known as pytest-dev/pytest-xdist#1386; delete this module once a release of pytest-xdist mends it.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the group in the id of each grouped test, where the scheduler looks for it."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        names = {str(mark.args[0]) for mark in item.iter_markers("xdist_group")}
        if names and "@" not in item.nodeid:
            grouped = type(item._id).parse(f"{item.nodeid}@{'_'.join(sorted(names))}")
            item._id = grouped
