"""The incident centre's pages: a diagram that fails is looked at, rehearsed and mended, alone and with all its kind."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from cases.errors import ProcessIncidentError
from cases.ports import FixedClock
from storage.tables import Attachment
from support.designer import Visitor
from support.office import Desk
from support.own_process import STUCK, UNCLEAR, UNHEARD, deploy_drawn, start_beside
from tuntas.office import Tuntas

ADMIN = "administrator"


@pytest.fixture
def desk(office: Tuntas, clock: FixedClock) -> Desk:
    """Return the desk of the office behind the pages."""
    return Desk(office, clock)


def fail(desk: Desk, times: int = 1) -> list[str]:
    """Cases whose process fails."""
    deploy_drawn(desk.office, STUCK)
    cases = [desk.register(title="Rahasia sekali").id for _ in range(times)]
    for case_id in cases:
        start_beside(desk.office, case_id, "stuck", secret="budi")
    desk.clock.advance(timedelta(hours=2))
    for _ in cases:
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()
    desk.worker.run_until_idle()
    return cases


def first_incident(page: str) -> str:
    """The address of the first incident of the list."""
    return "/incidents/" + page.split('href="/incidents/', 1)[1].split('"', 1)[0]


def test_an_administrator_looks_rehearses_and_moves_without_reading_the_case(desk: Desk, app: Flask) -> None:
    (case_id,) = fail(desk)
    admin = Visitor.signed_in(app, ADMIN)
    address = first_incident(admin.page("/incidents"))
    page = admin.page(address)
    assert "nowhere" in page
    assert not any(word in page for word in ("budi", "Rahasia"))
    wanted = {"act": "move", "to": "look", "reason": "Gambar keliru"}
    shown = admin.post(address, **wanted, step="look")
    assert (shown.status_code, "Yang akan berubah" in shown.text, "Look" in shown.text) == (200, True, True)
    assert "case:activity:moved" not in desk.tags(case_id)
    done = admin.follow(admin.post(address, **wanted, step="do"))
    assert "Tindakan dilakukan" in done
    assert desk.task(case_id, "look").element_id == "look"
    assert "Tidak ada insiden" in admin.page("/incidents")


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_what_is_missing_or_refused_is_said_and_what_was_typed_is_kept(desk: Desk, app: Flask) -> None:
    fail(desk)
    admin = Visitor.signed_in(app, ADMIN)
    address = first_incident(admin.page("/incidents"))
    without = admin.post(address, act="set_data", values="nowhere = 1", reason="", step="do")
    assert (without.status_code, "nowhere = 1" in without.text) == (422, True)
    unreadable = admin.post(address, act="set_data", values="nowhere", reason="Data", step="do")
    assert (unreadable.status_code, "nama = nilai" in unreadable.text) == (422, True)
    refused = admin.post(address, act="move", to="begin", reason="Salah", step="do")
    assert (refused.status_code, "Tidak ada alur yang menuju begin" in refused.text) == (422, True)
    taken = admin.post(address, act="set_data", values="case = 1", reason="Salah", step="do")
    assert (taken.status_code, "Nama case dicadangkan" in taken.text) == (422, True)
    again = admin.post(address, act="skip", reason="Lewati", step="do")
    assert (again.status_code, "gagal lagi" in again.text) == (422, True)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_all_of_a_kind_are_mended_at_once_and_the_list_shows_how_far_it_is(desk: Desk, app: Flask) -> None:
    cases = fail(desk, 2)
    admin = Visitor.signed_in(app, ADMIN)
    page = admin.page("/incidents")
    address = "/operations/new?kind=" + page.split("/operations/new?kind=", 1)[1].split('"', 1)[0]
    admin.page(address)
    kind = address.partition("=")[2]
    wanted = {"kind": kind, "act": "set_data", "values": "nowhere = 1", "reason": "Data kurang"}
    shown = admin.post("/operations/new", **wanted, step="look")
    assert (shown.status_code, "mengenai 2 kasus" in shown.text) == (200, True)
    assert "0 / 2" in admin.follow(admin.post("/operations/new", **wanted, step="do"))
    desk.worker.run_until_idle()
    assert "2 / 2" in admin.page("/incidents")
    assert [desk.task(case_id, "look").element_id for case_id in cases] == ["look", "look"]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_version_is_suspended_from_its_form(desk: Desk, app: Flask) -> None:
    deploy_drawn(desk.office, STUCK)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "stuck")
    admin = Visitor.signed_in(app, ADMIN)
    page = admin.page("/operations/new")
    version = page.split("Proses uji, 1</option>")[0].rsplit('value="', 1)[1].split('"')[0]
    admin.follow(
        admin.post("/operations/new", definition=version, act="suspend", reason="Salah gambar", step="do")
    )
    desk.worker.run_until_idle()
    assert desk.case(case_id).suspended_for == version


def objects(desk: Desk) -> set[str]:
    """The keys of all stored files."""
    return {one.key for one in desk.office.env.objects.list("attachments/")}


def attachments(desk: Desk, case_id: str) -> set[str]:
    """The keys of the files that the case has."""
    query = select(Attachment.object_key).where(Attachment.case_id == case_id)
    return set(desk.office.work.read(lambda session: session.scalars(query).all()))


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_what_a_person_entered_is_kept_with_its_files_and_retried_by_the_administrator(
    desk: Desk, app: Flask
) -> None:
    deploy_drawn(desk.office, UNCLEAR)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unclear")
    address = f"/tasks/{desk.task(case_id, 'first').id}"
    officer, admin = Visitor.signed_in(app, "admin.instansi"), Visitor.signed_in(app, ADMIN)
    officer.page(address)
    photo = (BytesIO(b"Lubangnya masih ada."), "bukti.txt")
    failed = officer.post(address, note="Rumah Budi", files=photo)
    assert (failed.status_code, "atas nama Anda" in failed.text, "Rumah Budi" in failed.text) == (
        500,
        True,
        True,
    )
    assert (objects(desk), len(objects(desk))) == (attachments(desk, case_id), 1)
    again = officer.page(address)
    assert ("gagal diselesaikan" in again, "Rumah Budi" in again) == (True, True)
    incident = first_incident(admin.page("/incidents"))
    shown = admin.page(incident)
    assert ("Isian yang disimpan" in shown, "Budi" in shown) == (True, False)
    admin.post(incident, act="set_data", values="ready = 1", reason="Data kurang", step="do")
    rehearsed = admin.post(incident, act="retry", reason="Diperbaiki", step="look")
    assert "Second" in rehearsed.text
    assert "Tindakan dilakukan" in admin.follow(
        admin.post(incident, act="retry", reason="Diperbaiki", step="do")
    )
    assert desk.task(case_id, "second").element_id == "second"


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_complainants_message_that_failed_is_kept_with_its_files_and_said_so(
    desk: Desk, app: Flask
) -> None:
    deploy_drawn(desk.office, UNHEARD)
    case_id = desk.register().id
    start_beside(desk.office, case_id, "unheard")
    citizen, admin = Visitor(app.test_client()), Visitor.signed_in(app, ADMIN)
    citizen.page("/complaints/status")
    reference, secret = desk.secrets[case_id]
    citizen.follow(citizen.post("/complaints/status", reference=reference, secret=secret))
    citizen.page("/complaints/messages/reply")
    photo = (BytesIO(b"Lubangnya masih ada."), "bukti.txt")
    failed = citizen.post("/complaints/messages/reply", message="Rumah Budi", files=photo)
    assert (failed.status_code, "Pesan Anda belum diproses" in failed.text) == (500, True)
    assert (objects(desk), len(objects(desk))) == (attachments(desk, case_id), 1)
    assert "Anda tidak perlu mengirimnya lagi" in citizen.page("/complaints/status")
    incident = first_incident(admin.page("/incidents"))
    shown = admin.page(incident)
    assert ("Pelapor mengirim pesan" in shown, "Budi" in shown) == (True, False)
    admin.post(incident, act="set_data", values="ready = 1", reason="Data kurang", step="do")
    admin.follow(admin.post(incident, act="retry", reason="Diperbaiki", step="do"))
    page = citizen.page("/complaints/status")
    assert ("Rumah Budi" in page, "Pesan Anda belum diproses" in page) == (True, False)


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_files_of_a_refused_task_are_deleted_at_once(desk: Desk, app: Flask) -> None:
    case_id = desk.register().id
    before = objects(desk)
    officer = Visitor.signed_in(app, "admin.instansi")
    address = f"/tasks/{desk.task(case_id, 'verify_complaint').id}"
    officer.page(address)
    good, bad = (BytesIO(b"Ada."), "bukti.txt"), (BytesIO(b"MZ\x90\x00"), "program.exe")
    assert officer.post(address, files=(BytesIO(b"Ada."), "bukti.txt")).status_code == 422
    assert officer.post(address, decision="accept", files=[good, bad]).status_code == 422
    assert (objects(desk), attachments(desk, case_id)) == (before, set())
