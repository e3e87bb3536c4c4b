"""Deploying processes: whole and partial sets, versions, refusals, and who may."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from cases.cursors import BadCursorError
from cases.definitions import (
    active_definition,
    check_upload,
    deploy,
    files_from_folder,
    get_definition,
    get_files,
    list_definitions,
    load_files,
    retire,
    start_by_message,
)
from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.model import SYSTEM, Actor, DefinitionView
from engine.errors import DeploymentRefusedError
from engine.model import Files, Severity
from storage.tables import Blob, Deployment, ProcessDefinition
from support.office import Desk, actor_named
from tuntas.config import ROOT
from tuntas.office import Tuntas

COMPLAINT, INTAKE = "bpmn/complaint.bpmn", "bpmn/intake.bpmn"
FORM = "forms/complaint/verify_complaint.json"

on_one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
"""For rules that no database has a part in."""


@pytest.fixture(scope="module")
def shipped() -> Files:
    """Return the set that the product ships."""
    return files_from_folder(ROOT)


@pytest.fixture
def designer(office: Tuntas) -> Actor:
    """Return the process designer of the office."""
    return actor_named(office, "perancang")


Deploy = Callable[..., Mapping[str, DefinitionView]]


@pytest.fixture
def deploys(office: Tuntas, designer: Actor) -> Deploy:
    """Return a function that deploys files as the designer and answers the versions by process."""

    def run(files: Files, note: str = "uji", by: Actor = designer) -> Mapping[str, DefinitionView]:
        views = office.work.write(lambda session: deploy(session, office.env, files, by=by, note=note))
        return {view.key: view for view in views}

    return run


def renamed(files: Files, path: str, before: str, after: str) -> Files:
    """A set of the one file, with a text changed in it."""
    assert before.encode() in files[path]
    return {path: files[path].replace(before.encode(), after.encode())}


def form_with_title(files: Files, title: str) -> Files:
    """The verification form alone, under another title."""
    return {FORM: json.dumps({**json.loads(files[FORM]), "title": title}).encode()}


def count(office: Tuntas, table: Any) -> int:
    """The number of rows of a table."""
    return office.work.read(lambda session: session.query(table).count())


def test_each_process_gets_a_set_of_its_own_with_the_files_it_refers_to(
    office: Tuntas, shipped: Files
) -> None:
    def read(session: Any) -> tuple[Files, Files]:
        found = [active_definition(session, key) for key in ("complaint", "intake")]
        return load_files(session, found[0].deployment_hash), load_files(session, found[1].deployment_hash)

    complaint, intake = office.work.read(read)
    assert complaint[COMPLAINT] == shipped[COMPLAINT]
    assert FORM in complaint
    assert "forms/intake/check_registration.json" not in complaint
    assert "dmn/intake_triage.dmn" in intake
    assert not any(path.startswith("forms/complainant/") for path in (*complaint, *intake))


def test_deploying_the_same_files_again_keeps_the_version(
    deploys: Deploy, office: Tuntas, shipped: Files
) -> None:
    before = count(office, ProcessDefinition), count(office, Deployment), count(office, Blob)
    again = deploys(shipped)
    assert {view.version for view in again.values()} == {1}
    assert (count(office, ProcessDefinition), count(office, Deployment), count(office, Blob)) == before


def test_a_lone_diagram_is_completed_from_the_running_version(
    deploys: Deploy, shipped: Files, office: Tuntas
) -> None:
    changed = deploys(renamed(shipped, COMPLAINT, "Disposisikan", "Arahkan"), note="Nama lebih jelas")
    assert set(changed) == {"complaint"}
    view = changed["complaint"]
    assert (view.version, view.status, view.note, view.open_instances) == (2, "active", "Nama lebih jelas", 0)
    assert view.created_by_name == actor_named(office, "perancang").name
    files = office.work.read(lambda session: get_files(session, office.env, view.id, by=SYSTEM))
    assert FORM in files


def test_a_lone_form_makes_a_new_version_of_the_process_that_uses_it(deploys: Deploy, shipped: Files) -> None:
    changed = deploys(form_with_title(shipped, "Periksa pengaduan"))
    assert {key: view.version for key, view in changed.items()} == {"complaint": 2}


def test_files_that_two_versions_share_are_stored_once(
    deploys: Deploy, office: Tuntas, shipped: Files
) -> None:
    before = count(office, Blob)
    deploys(form_with_title(shipped, "Periksa pengaduan"))
    assert count(office, Blob) == before + 1


def test_new_cases_start_on_the_new_version_and_old_ones_stay_on_theirs(
    desk: Desk, deploys: Deploy, shipped: Files
) -> None:
    old = desk.register()
    deploys(renamed(shipped, COMPLAINT, 'name="Verifikasi pengaduan"', 'name="Periksa pengaduan"'))
    new = desk.register("Lampu jalan padam")
    assert desk.task(old.id, "verify_complaint").name == "Verifikasi pengaduan"
    assert desk.task(new.id, "verify_complaint").name == "Periksa pengaduan"
    office = desk.office
    listed = office.work.read(
        lambda session: list_definitions(session, office.env, by=SYSTEM, key="complaint")
    )
    assert [(view.version, view.open_instances) for view in listed.items] == [(2, 1), (1, 1)]


def test_a_set_with_a_mistake_is_refused_and_nothing_is_kept(
    deploys: Deploy, office: Tuntas, shipped: Files
) -> None:
    before = count(office, ProcessDefinition), count(office, Blob)
    broken = renamed(shipped, COMPLAINT, "clock:completion", "tiga puluh hari")
    with pytest.raises(DeploymentRefusedError) as refused:
        deploys(broken)
    assert "completion_expired" in {finding.element_id for finding in refused.value.findings}
    assert (count(office, ProcessDefinition), count(office, Blob)) == before


@on_one_database
def test_a_diagram_that_names_a_form_nobody_has_is_refused(deploys: Deploy, shipped: Files) -> None:
    with pytest.raises(DeploymentRefusedError) as refused:
        deploys(renamed(shipped, COMPLAINT, "complaint/verify_complaint", "complaint/tidak_ada"))
    assert "verify_complaint" in {finding.element_id for finding in refused.value.findings}


@on_one_database
@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"bpmn/rusak.bpmn": b"<broken"}, "xml-broken"),
        ({"forms/lain/lain.json": b"{}"}, "nothing-to-deploy"),
        ({}, "nothing-to-deploy"),
        ({f"forms/a/b{number}.json": b"{}" for number in range(400)}, "set-too-large"),
    ],
)
def test_what_is_no_process_is_refused_with_a_finding(deploys: Deploy, files: Files, rule: str) -> None:
    with pytest.raises(DeploymentRefusedError) as refused:
        deploys(files)
    assert rule in {finding.rule for finding in refused.value.findings}


@on_one_database
def test_two_processes_cannot_begin_with_one_message(deploys: Deploy, shipped: Files) -> None:
    rival = (
        shipped[INTAKE]
        .replace(b'id="intake"', b'id="other_intake"')
        .replace(b'processRef="intake"', b'processRef="other_intake"')
    )
    with pytest.raises(DeploymentRefusedError) as refused:
        deploys({"bpmn/other_intake.bpmn": rival})
    assert [finding.rule for finding in refused.value.findings] == ["start-message-taken"]


@on_one_database
def test_a_form_that_no_process_uses_is_told_of(office: Tuntas, designer: Actor, shipped: Files) -> None:
    files = {**form_with_title(shipped, "Periksa"), "forms/complaint/unused.json": shipped[FORM]}
    findings = office.work.read(lambda session: check_upload(session, office.env, files, by=designer))
    assert [(finding.rule, finding.file, finding.severity) for finding in findings] == [
        ("file-unused", "forms/complaint/unused.json", Severity.WARNING)
    ]


def test_of_two_who_deploy_at_once_nobody_gets_the_other_s_number(
    office: Tuntas, deploys: Deploy, shipped: Files
) -> None:
    together = Barrier(2)

    def run(title: str) -> int | None:
        together.wait()
        try:
            return deploys(form_with_title(shipped, title))["complaint"].version
        except ConflictError:
            return None

    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(run, ["Satu", "Dua"]))
    stored = office.work.read(
        lambda session: list_definitions(session, office.env, by=SYSTEM, key="complaint")
    )
    won = sorted(version for version in versions if version is not None)
    assert won == list(range(2, 2 + len(won)))
    assert [view.version for view in stored.items] == [*reversed(won), 1]
    assert won


def test_a_number_that_is_taken_is_a_conflict(office: Tuntas, deploys: Deploy, shipped: Files) -> None:
    taken = deploys(form_with_title(shipped, "Satu"))["complaint"].id
    env = replace(office.env, new_id=lambda: taken)
    with pytest.raises(ConflictError):
        office.work.write(
            lambda session: deploy(session, env, form_with_title(shipped, "Dua"), by=SYSTEM, note="")
        )


def test_the_version_that_begins_with_a_message_is_found(office: Tuntas) -> None:
    for message in ("complaint_submitted", "complaint_recorded", "complaint_imported"):
        found = office.work.read(lambda session, name=message: start_by_message(session, name))
        assert found is not None
        assert found.key == "intake"
    assert office.work.read(lambda session: start_by_message(session, "reply")) is None


@on_one_database
def test_a_process_that_is_not_deployed_cannot_start(office: Tuntas) -> None:
    with pytest.raises(RefusedByRuleError, match="not deployed"):
        office.work.read(lambda session: active_definition(session, "unknown"))


def test_retiring_the_newest_version_brings_back_the_one_before(
    office: Tuntas, deploys: Deploy, designer: Actor, shipped: Files
) -> None:
    view = deploys(form_with_title(shipped, "Keliru"))["complaint"]
    gone = office.work.write(lambda session: retire(session, office.env, view.id, by=designer))
    assert gone.status == "retired"
    assert office.work.read(lambda session: active_definition(session, "complaint")).version == 1


@on_one_database
def test_the_only_active_version_cannot_be_retired(office: Tuntas, designer: Actor) -> None:
    only = office.work.read(lambda session: active_definition(session, "complaint"))
    with pytest.raises(RefusedByRuleError, match="only active"):
        office.work.write(lambda session: retire(session, office.env, only.id, by=designer))


def test_versions_are_listed_page_by_page_and_each_once(
    office: Tuntas, deploys: Deploy, shipped: Files
) -> None:
    deploys(form_with_title(shipped, "Dua"))
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = office.work.read(
            lambda session, after=cursor: list_definitions(  # type: ignore[misc]
                session, office.env, by=SYSTEM, cursor=after, limit=1
            )
        )
        seen += [(view.key, view.version) for view in page.items]
        cursor = page.next
        if cursor is None:
            break
    keys = sorted(path.stem for path in (ROOT / "processes" / "bpmn").glob("*.bpmn"))
    assert seen == [("complaint", 2), *((key, 1) for key in keys)]
    with pytest.raises(BadCursorError):
        office.work.read(lambda session: list_definitions(session, office.env, by=SYSTEM, cursor="salah"))


@on_one_database
@pytest.mark.parametrize("username", ["admin.instansi", "auditor", "administrator", "pelaksana.pupr"])
def test_nobody_but_a_designer_deploys(office: Tuntas, shipped: Files, username: str) -> None:
    by = actor_named(office, username)
    with pytest.raises(NotFoundError):
        office.work.write(lambda session: deploy(session, office.env, shipped, by=by, note=""))


@on_one_database
def test_an_unknown_definition_is_not_found(office: Tuntas, designer: Actor) -> None:
    for unknown in ("0", "not-an-id", "018f0000-0000-7000-8000-000000000000"):
        with pytest.raises(NotFoundError):
            office.work.read(
                lambda session, id_=unknown: get_definition(session, office.env, id_, by=designer)
            )  # type: ignore[misc]
