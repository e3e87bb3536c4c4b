"""Rulesets over HTTP: read by everybody in the office, checked and deployed by designers."""

from __future__ import annotations

import io
import json

import pytest

from cases.reference import shipped_ruleset_files
from engine.model import Files
from support.api import AsRole, Caller
from tuntas.config import ROOT
from web.designer_files import zipped

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

SHIPPED: Files = shipped_ruleset_files(ROOT / "reference")


@pytest.fixture
def designer(as_role: AsRole) -> Caller:
    """Return the process designer."""
    return as_role("process_designer")


def next_regulation() -> Files:
    """The shipped ruleset under the key of the next regulation."""
    about = {**json.loads(SHIPPED["ruleset.json"]), "key": "sp4n-2025"}
    return {**SHIPPED, "ruleset.json": json.dumps(about).encode()}


def texts(files: Files) -> dict[str, str]:
    """A set as texts by path."""
    return {path: content.decode() for path, content in files.items()}


def test_everybody_in_the_office_reads_the_rules(as_role: AsRole) -> None:
    for role in ("front_desk", "auditor", "process_designer"):
        items = as_role(role).get("/rulesets").json["items"]
        assert [(one["key"], one["version"], one["in_force"]) for one in items] == [("sp4n-2018", 1, True)]


def test_a_version_tells_its_clocks_reasons_limits_and_tables(designer: Caller) -> None:
    answer = designer.get("/rulesets/sp4n-2018/versions/1").json
    clock = next(one for one in answer["clocks"] if one["key"] == "final_ordinary")
    assert (clock["length"], clock["unit"]) == (14, "working_days")
    handling = next(one for one in answer["decisions"] if one["id"] == "handling")
    assert '"final_ordinary"' in handling["rows"][-1]["outputs"]
    assert answer["limits"] == {"rounds": 3, "returns": 2}
    assert answer["archive_reasons"]["test"]["en"] == "Test"
    ladder = next(one for one in answer["decisions"] if one["id"] == "escalation_ladder")
    assert {row["inferred"] for row in ladder["rows"]} == {True}


def test_a_version_can_be_changed_and_sent_back(designer: Caller) -> None:
    files = designer.get("/rulesets/sp4n-2018/versions/1").json["files"]
    assert files == texts(SHIPPED)
    files["clocks.json"] = files["clocks.json"].replace('"length": 14', '"length": 13', 1)
    answer = designer.post("/rulesets", json={"files": files, "note": "Lebih cepat"})
    assert answer.status_code == 201, answer.text
    assert (answer.json["version"], answer.json["in_force"], answer.json["note"]) == (2, True, "Lebih cepat")


def test_one_zip_stands_for_its_files(designer: Caller) -> None:
    upload = {"files": (io.BytesIO(zipped(next_regulation())), "sp4n-2025.zip"), "note": "Peraturan baru"}
    answer = designer.post("/rulesets", data=upload, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.text
    assert (answer.json["key"], answer.json["version"]) == ("sp4n-2025", 1)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_a_broken_zip_is_refused(designer: Caller, content: bytes) -> None:
    upload = {"files": (io.BytesIO(content), "rules.zip")}
    answer = designer.post("/rulesets", data=upload, content_type="multipart/form-data")
    assert answer.status_code == 422, answer.text
    assert "zip" in answer.text


def test_findings_are_answered_and_nothing_is_kept(designer: Caller) -> None:
    files = texts(next_regulation())
    del files["dmn/conflict.dmn"]
    lint = designer.post("/rulesets/lint", json={"files": files})
    assert (lint.status_code, lint.json["deployable"]) == (200, False)
    refused = designer.post("/rulesets", json={"files": files})
    assert refused.status_code == 422
    assert refused.json["type"] == "/problems/deployment-refused"
    assert {one["rule"] for one in refused.json["findings"]} == {"decision-missing"}
    assert len(designer.get("/rulesets").json["items"]) == 1


def test_the_shipped_ruleset_can_be_deployed(designer: Caller) -> None:
    answer = designer.post("/rulesets/lint", json={"files": texts(SHIPPED)})
    assert answer.json == {"deployable": True, "findings": []}


@pytest.mark.parametrize("path", ["/rulesets/sp4n-2018/versions/2", "/rulesets/nothing/versions/1"])
def test_an_unknown_version_is_not_found(designer: Caller, path: str) -> None:
    assert designer.get(path).status_code == 404


def test_only_designers_check_and_deploy(as_role: AsRole) -> None:
    for path in ("/rulesets", "/rulesets/lint"):
        answer = as_role("coordinating_admin").post(path, json={"files": texts(SHIPPED)})
        assert answer.status_code == 404


def test_a_set_without_files_is_not_told_to_have_more_characters(designer: Caller) -> None:
    refused = designer.post("/rulesets", json={"files": {}})
    assert refused.status_code == 422
    (problem,) = refused.json["errors"]
    assert (problem["field"], "butir" in problem["detail_id"]) == ("files", True)
