"""Rulesets: time limits, reasons, limits and decision tables as versioned data; read, checked and deployed."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from api.access import caller, permission
from api.context import env, read
from api.file_sets import given_files, set_hash, takes_files
from api.once import Answer, answer_of, once
from api.paging import json_response
from api.schemas.definitions import LintReportSchema
from api.schemas.rulesets import RulesetDetailSchema, RulesetListSchema, RulesetSchema
from api.section import Section
from cases.rules.details import RulesetDetail, get_ruleset_detail
from cases.rules.files import unpack
from cases.rules.gate import is_refused
from cases.rules.versions import check_upload, deploy_ruleset, list_rulesets
from engine.model import Files

section = Section("rulesets", "The time limits, reasons and decision tables under which cases are handled.")


@section.get("/rulesets")
@permission("read_process")
@section.answers(200, RulesetListSchema)
def list_all_rulesets() -> Response:
    """List every version of every ruleset, newest first."""
    items = read(lambda session: list_rulesets(session, env(), by=caller()))
    return json_response(RulesetListSchema, {"items": items})


@section.get("/rulesets/<string:key>/versions/<int:version>")
@permission("read_process")
@section.answers(200, RulesetDetailSchema)
def show_ruleset(key: str, version: int) -> Response:
    """Read one version: clocks, limits, archive reasons, decision tables, and its files to change and deploy."""
    detail = read(lambda session: get_ruleset_detail(session, env(), key, version, by=caller()))
    return json_response(RulesetDetailSchema, _shown(detail))


@section.post("/rulesets")
@permission("deploy_process")
@takes_files
@section.answers(201, RulesetSchema)
def deploy_rules() -> Response:
    """Deploy a ruleset as the next version for new cases; open cases keep theirs.

    Send its files by path, or one zip. Everything is checked first; a ruleset with errors is refused with the
    findings. The same files as those in force keep their version.
    """
    files, note = _given()

    def change(session: Session) -> Answer:
        view = deploy_ruleset(session, env(), files, by=caller(), note=note)
        return answer_of(RulesetSchema, view, 201)

    return once(change, content_hash=set_hash(files, note))


@section.post("/rulesets/lint")
@permission("draft_process")
@takes_files
@section.answers(200, LintReportSchema)
def lint_rules() -> Response:
    """Say everything that is wrong with a ruleset, without keeping it. Findings answer 200 too."""
    files, _note = _given()
    findings = read(lambda session: check_upload(session, env(), files, by=caller()))
    return json_response(LintReportSchema, {"deployable": not is_refused(findings), "findings": findings})


def _given() -> tuple[Files, str]:
    """The files of the request; one zip stands for what is in it."""
    files, note = given_files()
    only = next(iter(files)) if len(files) == 1 else ""
    return (unpack(files[only]) if only.lower().endswith(".zip") else files), note


def _shown(detail: RulesetDetail) -> Mapping[str, Any]:
    rules = detail.rules
    return {
        **asdict(detail.view),
        "clocks": list(rules.clocks.values()),
        "limits": rules.limits,
        "archive_reasons": rules.archive_reasons,
        "decisions": detail.tables,
        "files": {path: content.decode("utf-8", "replace") for path, content in detail.files.items()},
    }
