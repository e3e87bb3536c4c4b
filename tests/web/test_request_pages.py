"""Pages of what runs beside a case: letters of the Ombudsman, referrals, and the complainant's own data."""

from __future__ import annotations

import pytest
from flask import Flask

from support.beside import begin
from support.designer import Visitor
from support.office import Desk

LETTER = {"kind": "ombudsman", "number": "B/12/2026", "received_on": "2026-03-02"}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the coordinating admin, signed in."""
    return Visitor.signed_in(app, "admin.instansi")


def own_page(app: Flask, desk: Desk, case_id: str) -> Visitor:
    """The complainant with the private page open."""
    citizen = Visitor(app.test_client())
    reference, secret = desk.secrets[case_id]
    citizen.page("/complaints/status")
    citizen.follow(citizen.post("/complaints/status", reference=reference, secret=secret))
    return citizen


def test_an_officer_enters_a_letter_and_sees_its_deadline_and_what_may_follow(
    admin: Visitor, desk: Desk
) -> None:
    case_id = desk.register().id
    path = f"/cases/{case_id}/requests"
    assert path in admin.page(f"/cases/{case_id}")
    assert "Belum ada permintaan." in admin.page(path)
    page = admin.follow(admin.post(path, **LETTER))
    assert "B/12/2026" in page
    assert "Ombudsman mengambil alih" in page


def test_a_wrong_day_is_told_and_what_was_typed_stays(admin: Visitor, desk: Desk) -> None:
    path = f"/cases/{desk.register().id}/requests"
    admin.page(path)
    refused = admin.post(path, **{**LETTER, "received_on": "2026-03-09"})
    assert refused.status_code == 409
    assert "Tanggal penerimaan tidak boleh di masa depan." in refused.text
    assert "B/12/2026" in refused.text


def test_a_takeover_entered_on_the_page_closes_the_case(admin: Visitor, desk: Desk) -> None:
    case_id = desk.register().id
    path = f"/cases/{case_id}/requests"
    admin.page(path)
    page = admin.follow(admin.post(path, **LETTER))
    action = page.partition("ombudsman_took_over")[0].rpartition('action="')[2]
    admin.follow(admin.post(f"{action}ombudsman_took_over"))
    assert desk.case(case_id).outcome == "ombudsman"


def test_the_page_says_which_body_has_the_case(admin: Visitor, desk: Desk) -> None:
    case_id = desk.register().id
    begin(desk, case_id, "referral", "referral_finished", referred_to="kepolisian")
    page = admin.page(f"/cases/{case_id}/requests")
    assert page.count("Kepolisian") == 2
    desk.say_as("admin.instansi", case_id, "referral_rejected")
    assert "menolak" in admin.page(f"/cases/{case_id}/requests")


def test_a_unit_is_offered_no_request_to_begin(app: Flask, desk: Desk) -> None:
    case_id = desk.register().id
    sekda, auditor = Visitor.signed_in(app, "sekda"), Visitor.signed_in(app, "auditor")
    assert "Catat permintaan yang masuk" in sekda.page(f"/cases/{case_id}/requests")
    assert "Catat permintaan yang masuk" not in auditor.page(f"/cases/{case_id}/requests")


def test_the_complainant_asks_about_the_own_data_once_at_a_time(app: Flask, desk: Desk) -> None:
    case_id = desk.register().id
    citizen = own_page(app, desk, case_id)
    assert "/complaints/data-requests" in citizen.page("/complaints/status")
    citizen.page("/complaints/data-requests")
    page = citizen.follow(
        citizen.post("/complaints/data-requests", kind="data_access", text="Siapa membaca?")
    )
    assert "dalam 72 jam" in page
    again = citizen.post("/complaints/data-requests", kind="data_access")
    assert again.status_code == 409
    assert "masih diproses" in again.text


def test_a_request_without_a_kind_is_told_what_is_missing(app: Flask, desk: Desk) -> None:
    citizen = own_page(app, desk, desk.register().id)
    citizen.page("/complaints/data-requests")
    refused = citizen.post("/complaints/data-requests", text="Siapa membaca?")
    assert refused.status_code == 422
    assert "Pilih jenis permintaannya." in refused.text
