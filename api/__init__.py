"""JSON over HTTP: the API of Tuntas below /api/v1, for integrations, scripts and apps."""

from flask import Flask

from api import (
    actions,
    attachments,
    calendar,
    cases,
    complaints,
    deadlines,
    definitions,
    delegations,
    documentation,
    incidents,
    reports,
    requests,
    rulesets,
    system,
    tasks,
    two_persons,
    units,
)
from api.errors import register_errors
from api.headers import register_headers
from api.openapi import register_sections

__all__ = ["register"]

SECTIONS = (
    complaints.section,
    cases.section,
    deadlines.section,
    actions.section,
    requests.section,
    tasks.section,
    attachments.section,
    delegations.section,
    two_persons.section,
    units.section,
    definitions.section,
    rulesets.section,
    reports.section,
    calendar.section,
    incidents.section,
    system.section,
)


def register(app: Flask) -> None:
    """Serve the API; ``app.extensions["tuntas"]`` must be there."""
    register_errors(app)
    documentation.register_documentation(app, register_sections(app, SECTIONS))
    register_headers(app)
