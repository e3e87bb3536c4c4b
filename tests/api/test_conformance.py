"""Whatever is sent, the answer is one that the OpenAPI document describes, and never a mistake of ours."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cases.ports import FixedClock
from support.api import AsRole, Caller

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DETERMINISTIC = GenerationConfig(deterministic=True, database="none")
CONFIG = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=DETERMINISTIC)), seed=1)
FEW = settings(
    max_examples=12, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def known(
    as_role: AsRole, complainant: Caller, receipt: dict[str, Any], filed: dict[str, Any]
) -> dict[str, dict[str, str]]:
    """Return ids that exist for the path parameters, and by whom the request is sent."""
    photo = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "a.pdf")}
    attachment = complainant.post(f"/complaints/{receipt['reference']}/attachments", data=photo).json
    return {
        "ids": {
            "case_id": filed["id"],
            "task_id": filed["tasks"][0]["id"],
            "attachment_id": attachment["id"],
            "definition_id": filed["instances"][0]["definition_id"],
            "reference": receipt["reference"],
        },
        "bearer": as_role("coordinating_admin").headers,
        "designer": as_role("process_designer").headers,
        "administrator": as_role("system_administrator").headers,
        "tracking": complainant.headers,
    }


def test_every_answer_is_one_that_the_document_describes(
    app: Flask, clock: FixedClock, known: dict[str, dict[str, str]]
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=CONFIG)
    for found in schema.get_all_operations():
        _try(found.ok(), clock, known)


def _try(operation: Any, clock: FixedClock, known: dict[str, dict[str, str]]) -> None:
    @FEW
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        clock.advance(timedelta(hours=1))  # So that strangers are not turned away for asking too often.
        for name, value in known["ids"].items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = value
        case.call_and_validate(headers=_credentials(operation, known), checks=CHECKS)

    send()


def _credentials(operation: Any, known: dict[str, dict[str, str]]) -> dict[str, str]:
    if "/complaints/" in operation.path:
        return known["tracking"]
    if "/calendar/" in operation.path:
        return known["administrator"]
    changes_definitions = operation.method == "post" and "process-definitions" in operation.path
    return {"If-Match": "*", **known["designer" if changes_definitions else "bearer"]}
