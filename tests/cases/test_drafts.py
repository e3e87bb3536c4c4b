"""Drafts: kept as they are, replaced only by who saw the last version, thrown away when deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cases.definitions import active_definition, deploy, files_from_folder
from cases.drafts import delete_draft, deploy_draft, get_draft, list_drafts, save_draft
from cases.errors import ConflictError, FileRefusedError, NotFoundError, StaleError
from cases.model import SYSTEM, Actor, DraftView
from engine.errors import DeploymentRefusedError
from engine.model import Files
from support.office import actor_named
from tuntas.config import ROOT
from tuntas.office import Tuntas

COMPLAINT = "bpmn/complaint.bpmn"
Save = Callable[..., DraftView]

on_one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
"""For rules that no database has a part in."""


@pytest.fixture(scope="module")
def diagram() -> bytes:
    """Return the shipped lifecycle."""
    return files_from_folder(ROOT)[COMPLAINT]


@pytest.fixture
def designer(office: Tuntas) -> Actor:
    """Return the process designer of the office."""
    return actor_named(office, "perancang")


@pytest.fixture
def saves(office: Tuntas, designer: Actor) -> Save:
    """Return a function that saves a draft of the lifecycle as the designer."""

    def run(
        files: Files, draft_id: str | None = None, version: int | None = None, base: str | None = None
    ) -> DraftView:
        return office.work.write(
            lambda session: save_draft(
                session, office.env, draft_id, "complaint", "Uji", files,
                by=designer, version=version, base_definition_id=base,
            )
        )  # fmt: skip

    return run


def changed(diagram: bytes, name: str = "Periksa pengaduan") -> Files:
    """The lifecycle with another name on its first task."""
    return {COMPLAINT: diagram.replace(b'name="Verifikasi pengaduan"', f'name="{name}"'.encode())}


def active(office: Tuntas) -> Any:
    """The version of the lifecycle that new cases start on."""
    return office.work.read(lambda session: active_definition(session, "complaint"))


def test_a_draft_keeps_even_what_is_wrong(office: Tuntas, saves: Save, designer: Actor) -> None:
    draft = saves({"bpmn/x.bpmn": b"<broken"})
    kept = office.work.read(lambda session: get_draft(session, office.env, draft.id, by=designer))
    assert (kept.version, kept.files, kept.updated_by_name) == (1, {"bpmn/x.bpmn": b"<broken"}, designer.name)
    listed = office.work.read(lambda session: list_drafts(session, office.env, by=designer)).items
    assert [(one.id, one.files) for one in listed] == [(draft.id, {})]


def test_saving_again_replaces_all_files(saves: Save) -> None:
    first = saves({"bpmn/a.bpmn": b"1", "bpmn/b.bpmn": b"2"})
    second = saves({"bpmn/a.bpmn": b"3"}, first.id, first.version)
    assert (second.version, second.files) == (2, {"bpmn/a.bpmn": b"3"})


def test_whoever_saw_an_older_version_cannot_overwrite_it(saves: Save) -> None:
    first = saves({"bpmn/a.bpmn": b"1"})
    saves({"bpmn/a.bpmn": b"2"}, first.id, first.version)
    with pytest.raises(StaleError):
        saves({"bpmn/a.bpmn": b"3"}, first.id, first.version)
    with pytest.raises(StaleError):
        saves({"bpmn/a.bpmn": b"3"}, first.id, None)


@on_one_database
@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "bpmn/x.exe",
        "bpmn/<script>.bpmn",
        "forms/x.json",
        "bpmn/a/b.bpmn",
        "bpmn/\n.bpmn",
        "x" * 300,
    ],
)
def test_a_path_that_no_set_has_is_refused(saves: Save, path: str) -> None:
    with pytest.raises(FileRefusedError):
        saves({path: b""})


@on_one_database
def test_a_draft_has_bounds(saves: Save) -> None:
    with pytest.raises(FileRefusedError):
        saves({"bpmn/a.bpmn": b" " * 2_000_001})
    with pytest.raises(FileRefusedError):
        saves({f"forms/a/b{number}.json": b"" for number in range(301)})


def test_a_deployed_draft_is_gone_and_runs(
    office: Tuntas, saves: Save, designer: Actor, diagram: bytes
) -> None:
    draft = saves(changed(diagram), base=active(office).id)
    deployed = office.work.write(
        lambda session: deploy_draft(session, office.env, draft.id, by=designer, version=1, note="Nama baru")
    )
    assert [(view.key, view.version, view.note) for view in deployed] == [("complaint", 2, "Nama baru")]
    with pytest.raises(NotFoundError):
        office.work.read(lambda session: get_draft(session, office.env, draft.id, by=designer))


@on_one_database
def test_a_draft_with_mistakes_stays_when_it_is_refused(office: Tuntas, saves: Save, designer: Actor) -> None:
    draft = saves({"bpmn/x.bpmn": b"<broken"})
    with pytest.raises(DeploymentRefusedError):
        office.work.write(
            lambda session: deploy_draft(session, office.env, draft.id, by=designer, version=1, note="x")
        )
    assert (
        office.work.read(lambda session: get_draft(session, office.env, draft.id, by=designer)).version == 1
    )


def test_a_draft_that_somebody_saved_since_is_not_deployed(
    office: Tuntas, saves: Save, designer: Actor, diagram: bytes
) -> None:
    draft = saves(changed(diagram))
    saves(changed(diagram, "Teliti pengaduan"), draft.id, draft.version)
    with pytest.raises(StaleError):
        office.work.write(
            lambda session: deploy_draft(session, office.env, draft.id, by=designer, version=1, note="x")
        )
    assert active(office).version == 1


def test_a_draft_on_an_older_version_does_not_undo_the_newer_one_unseen(
    office: Tuntas, saves: Save, designer: Actor, diagram: bytes
) -> None:
    draft = saves(changed(diagram), base=active(office).id)
    other = changed(diagram, "Teliti pengaduan")
    office.work.write(lambda session: deploy(session, office.env, other, by=SYSTEM, note="Rekan lebih dulu"))

    def publish(version: int) -> Any:
        return office.work.write(
            lambda session: deploy_draft(
                session, office.env, draft.id, by=designer, version=version, note="x"
            )
        )

    with pytest.raises(ConflictError, match="Version 2"):
        publish(1)
    rebased = saves(draft.files, draft.id, draft.version, base=active(office).id)
    assert publish(rebased.version)[0].version == 3


def test_only_who_saw_the_last_version_throws_a_draft_away(
    office: Tuntas, saves: Save, designer: Actor
) -> None:
    draft = saves({"bpmn/a.bpmn": b"1"})

    def throw_away(version: int) -> None:
        office.work.write(
            lambda session: delete_draft(session, office.env, draft.id, by=designer, version=version)
        )

    with pytest.raises(StaleError):
        throw_away(7)
    throw_away(1)
    with pytest.raises(NotFoundError):
        throw_away(1)


@on_one_database
@pytest.mark.parametrize("username", ["admin.instansi", "auditor", "administrator"])
def test_drafts_are_for_designers(office: Tuntas, saves: Save, username: str) -> None:
    draft = saves({"bpmn/a.bpmn": b"1"})
    by = actor_named(office, username)
    with pytest.raises(NotFoundError):
        office.work.read(lambda session: get_draft(session, office.env, draft.id, by=by))
    with pytest.raises(NotFoundError):
        office.work.read(lambda session: list_drafts(session, office.env, by=by))
