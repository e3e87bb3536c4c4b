"""Fixtures for every test; each subject has a module of its own in tests/support/."""

from __future__ import annotations

pytest_plugins = [
    "support.browser",
    "support.coverage_lines",
    "support.databases",
    "support.groups",
    "support.made_once",
    "support.objects",
    "support.office",
    "support.organisations",
    "support.site",
    "support.story",
]
