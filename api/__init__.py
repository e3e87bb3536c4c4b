"""JSON over HTTP: the API of Tuntas below /api/v1, for integrations, scripts and apps."""

from flask import Flask

__all__ = ["register"]


def register(app: Flask) -> None:
    """Serve the API; ``app.extensions["tuntas"]`` must be there."""
    # Views are imported late, so that the package can be imported before what it stands on is built.
    from api import attachments, cases, complaints, definitions, documentation, tasks
    from api.errors import register_errors
    from api.headers import register_headers
    from api.openapi import register_sections

    sections = (complaints.section, cases.section, tasks.section, attachments.section, definitions.section)
    register_errors(app, [*(section.blueprint for section in sections), documentation.blueprint])
    document = register_sections(app, sections)
    documentation.register_documentation(app, document)
    register_headers(app)
