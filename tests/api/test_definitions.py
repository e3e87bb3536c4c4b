"""Designers check and deploy sets of process files, and everybody in the office reads what is deployed."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from cases.definitions import files_from_folder
from engine.markup import MAX_SET_BYTES
from support.api import AsRole, Caller
from tuntas.config import ROOT

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def designer(as_role: AsRole) -> Caller:
    """Return the process designer."""
    return as_role("process_designer")


@pytest.fixture
def files() -> dict[str, str]:
    """Return the shipped set as texts by path."""
    return {path: content.decode() for path, content in files_from_folder(ROOT).items()}


def _changed(files: dict[str, str]) -> dict[str, str]:
    path = "bpmn/intake.bpmn"
    return {path: files[path].replace("</bpmn:definitions>", "<!-- changed --></bpmn:definitions>")}


def test_the_shipped_set_has_no_errors(designer: Caller, files: dict[str, str]) -> None:
    answer = designer.post("/process-definitions/lint", json={"files": files})
    assert answer.status_code == 200, answer.text
    assert answer.json["deployable"] is True, answer.json["findings"]


def test_a_mistake_is_told_with_element_and_remedy_and_answers_200(
    designer: Caller, files: dict[str, str]
) -> None:
    broken = {"bpmn/intake.bpmn": files["bpmn/intake.bpmn"].replace('name="formKey"', 'name="fromKey"')}
    answer = designer.post("/process-definitions/lint", json={"files": broken})
    assert answer.status_code == 200
    assert answer.json["deployable"] is False
    finding = next(found for found in answer.json["findings"] if found["severity"] == "error")
    assert finding["element_id"]
    assert finding["remedy"]["id"] != finding["remedy"]["en"]


def test_a_set_with_errors_is_refused_with_the_findings(designer: Caller) -> None:
    answer = designer.post("/process-definitions", json={"files": {"bpmn/x.bpmn": "<broken"}})
    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/deployment-refused"
    assert answer.json["findings"][0]["file"] == "bpmn/x.bpmn"


@pytest.mark.parametrize("form", ["text", "base64", "multipart"])
def test_a_changed_diagram_becomes_a_new_version(designer: Caller, files: dict[str, str], form: str) -> None:
    changed = _changed(files)
    if form == "multipart":
        parts = [(io.BytesIO(text.encode()), path) for path, text in changed.items()]
        answer = designer.post("/process-definitions", data={"files": parts, "note": "uji"})
    else:
        encoded = {
            path: {"base64": base64.b64encode(text.encode()).decode()} for path, text in changed.items()
        }
        answer = designer.post(
            "/process-definitions", json={"files": changed if form == "text" else encoded, "note": "uji"}
        )
    assert answer.status_code == 201, answer.text
    intake = next(item for item in answer.json["items"] if item["key"] == "intake")
    assert (intake["version"], intake["note"]) == (2, "uji")


def test_definitions_are_listed_with_their_versions(as_role: AsRole) -> None:
    items = as_role("auditor").get("/process-definitions?limit=2").json
    assert len(items["items"]) == 2
    assert items["next"]
    keys = {item["key"] for item in as_role("auditor").get("/process-definitions").json["items"]}
    assert {"complaint", "intake", "unit_follow_up"} <= keys


def _version(caller: Caller, key: str) -> dict[str, Any]:
    return dict(caller.get(f"/process-definitions?key={key}").json["items"][0])


def test_the_xml_comes_back_exactly_as_it_was_deployed(designer: Caller, files: dict[str, str]) -> None:
    version = _version(designer, "complaint")
    answer = designer.get(f"/process-definitions/{version['id']}/xml")
    assert answer.mimetype == "application/xml"
    assert answer.data.decode() == files["bpmn/complaint.bpmn"]
    again = designer.get(
        f"/process-definitions/{version['id']}/xml", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("file", ["bpmn/none.bpmn", "forms/intake/check_registration.json", "../secret"])
def test_only_diagrams_of_the_set_are_served_as_xml(designer: Caller, file: str) -> None:
    version = _version(designer, "intake")
    assert designer.get(f"/process-definitions/{version['id']}/xml?file={file}").status_code == 404


def test_the_drawing_shows_where_a_case_is_to_those_who_may_see_it(
    as_role: AsRole, designer: Caller, filed: dict[str, Any]
) -> None:
    instance = filed["instances"][-1]
    path = f"/process-definitions/{instance['definition_id']}/diagram.svg"
    admin = as_role("coordinating_admin")
    plain, coloured = admin.get(path), admin.get(f"{path}?case={filed['id']}")
    assert plain.mimetype == coloured.mimetype == "image/svg+xml"
    assert plain.data.startswith(b"<svg")
    assert b"<script" not in plain.data
    assert plain.data != coloured.data
    assert designer.get(f"{path}?case={filed['id']}").status_code == 404


def test_an_officer_who_is_no_designer_cannot_deploy(as_role: AsRole) -> None:
    answer = as_role("coordinating_admin").post(
        "/process-definitions", json={"files": {"bpmn/x.bpmn": "<x/>"}}
    )
    assert answer.status_code == 404


@one_database
def test_a_huge_set_is_refused_before_it_is_read(designer: Caller) -> None:
    huge = {"files": {"bpmn/x.bpmn": "x" * (2 * MAX_SET_BYTES + 1)}}
    assert designer.post("/process-definitions/lint", json=huge).status_code == 413


@pytest.mark.parametrize("value", [1, None, {"base64": "%"}, {"base64": 1}, {"text": "x"}, ["x"]])
@one_database
def test_a_file_that_is_neither_text_nor_base64_is_refused(designer: Caller, value: Any) -> None:
    answer = designer.post("/process-definitions/lint", json={"files": {"bpmn/x.bpmn": value}})
    assert answer.status_code == 422
    assert answer.json["errors"]
