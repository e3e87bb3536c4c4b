"""What officers and auditors do at the pages: inbox, tasks, cases, files, history, the front desk."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from storage.tables import Case
from support.designer import Visitor
from support.office import Desk
from support.paths import disposed

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)
ACCEPT = {"decision": "accept", "case_class": "ordinary", "category": "pekerjaan_umum_jalan_berlubang"}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the coordinating admin, signed in."""
    return Visitor.signed_in(app, "admin.instansi")


def version_of(page: str) -> str:
    """The version that a form was made from."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_the_inbox_shows_the_late_task_first_and_filters_by_owner(app: Flask, desk: Desk) -> None:
    late = desk.register("Pohon tumbang")
    desk.pass_time(desk.clock.now().replace(day=20))
    fresh = desk.register("Lampu jalan mati")
    admin = Visitor.signed_in(app, "admin.instansi")
    page = admin.page("/tasks")
    assert page.index(late.reference) < page.index(fresh.reference)
    assert "table__row--late" in page
    assert fresh.reference not in admin.page("/tasks?late=yes")
    assert "Belum ada tugas yang Anda ambil" in admin.page("/tasks?scope=mine")


def test_an_officer_claims_completes_and_is_told_so(admin: Visitor, desk: Desk) -> None:
    case = desk.register()
    path = f"/tasks/{desk.task(case.id, 'verify_complaint').id}"
    page = admin.page(path)
    assert "Lubangnya besar dan membahayakan." in page
    page = admin.follow(admin.post(f"{path}/claim", version=version_of(page)))
    assert "Anda yang mengerjakan" in page
    page = admin.follow(admin.post(path, version=version_of(page), **ACCEPT))
    assert "Tugas selesai" in page
    assert "Disposisi" in page
    assert desk.case(case.id).stage == "disposition"


def test_wrong_values_are_told_at_the_field_and_nothing_typed_is_lost(admin: Visitor, desk: Desk) -> None:
    path = f"/tasks/{desk.task(desk.register().id, 'verify_complaint').id}"
    page = admin.page(path)
    answer = admin.post(
        path,
        version=version_of(page),
        decision="accept",
        case_class="ordinary",
        note="Sudah ditelepon <dua kali>",
    )
    assert answer.status_code == 422
    assert 'href="#f-category"' in answer.text
    assert "Kategori:" in answer.text
    assert "Sudah ditelepon &lt;dua kali&gt;" in answer.text
    assert re.search(r'value="accept" checked', answer.text)


def test_who_completes_second_learns_who_was_first_and_keeps_the_text(
    app: Flask, admin: Visitor, desk: Desk
) -> None:
    case = desk.register()
    path = f"/tasks/{desk.task(case.id, 'verify_complaint').id}"
    page = admin.page(path)
    desk.accept(case.id)
    answer = admin.post(path, version=version_of(page), note="Tulisan panjang saya", **ACCEPT)
    assert answer.status_code == 409
    assert "sudah diselesaikan oleh Bambang Wiratmo" in answer.text
    assert "Tulisan panjang saya" in answer.text
    assert "Diselesaikan oleh Bambang Wiratmo" in admin.page(path)


def test_a_stale_form_is_shown_again_with_what_was_typed(admin: Visitor, desk: Desk) -> None:
    path = f"/tasks/{desk.task(desk.register().id, 'verify_complaint').id}"
    seen = version_of(admin.page(path))
    admin.post(f"{path}/claim", version=seen)
    answer = admin.post(path, version=seen, note="Tulisan panjang saya", **ACCEPT)
    assert answer.status_code == 409
    assert "Tulisan panjang saya" in answer.text
    assert version_of(answer.text) != seen


def test_an_officer_releases_and_delegates(app: Flask, desk: Desk) -> None:
    path = f"/tasks/{desk.task(disposed(desk), 'accept_disposition').id}"
    liaison = Visitor.signed_in(app, "penghubung.pupr")
    page = liaison.follow(liaison.post(f"{path}/claim", version=version_of(liaison.page(path))))
    page = liaison.follow(liaison.post(f"{path}/release", version=version_of(page)))
    assert "belum diambil" in page
    assert liaison.post(f"{path}/delegate", version=version_of(page), to="").status_code == 422


def test_the_author_of_a_response_is_not_offered_to_approve_it(app: Flask, desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    worker = Visitor.signed_in(app, "pelaksana.pupr")
    assert "Selesaikan tugas" not in worker.page(f"/cases/{case.id}")


def test_another_units_case_is_the_same_404_as_an_unknown_one(app: Flask, desk: Desk) -> None:
    case = desk.register()
    task = desk.task(case.id, "verify_complaint")
    other = Visitor.signed_in(app, "pelaksana.pupr")
    unknown = "018f0000-0000-7000-8000-000000000000"
    for mine, theirs in (
        (f"/cases/{unknown}", f"/cases/{case.id}"),
        (f"/cases/{unknown}/history", f"/cases/{case.id}/history"),
        (f"/tasks/{unknown}", f"/tasks/{task.id}"),
    ):
        pages = [other.page(path, 404).split("<main")[1] for path in (mine, theirs)]
        assert pages[0] == pages[1]


def test_files_are_internal_unless_shared(app: Flask, admin: Visitor, desk: Desk) -> None:
    case = desk.register()
    admin.page(f"/cases/{case.id}")
    admin.post(f"/cases/{case.id}/files", files=(BytesIO(PNG), "intern.png"))
    page = admin.follow(
        admin.post(f"/cases/{case.id}/files", files=(BytesIO(PNG), "umum.png"), share_files="true")
    )
    assert "intern.png" in page
    reference, secret = desk.secrets[case.id]
    citizen = Visitor(app.test_client())
    citizen.page("/complaints/status")
    page = citizen.follow(citizen.post("/complaints/status", reference=reference, secret=secret))
    assert "umum.png" in page
    assert "intern.png" not in page


def test_a_refused_file_is_told_at_its_field(admin: Visitor, desk: Desk) -> None:
    case = desk.register()
    admin.page(f"/cases/{case.id}")
    nothing = admin.post(f"/cases/{case.id}/files")
    wrong = admin.post(f"/cases/{case.id}/files", files=(BytesIO(b"MZ"), "a.exe"))
    for answer in (nothing, wrong):
        assert answer.status_code == 422
        assert 'id="f-files-error"' in answer.text


def test_the_case_list_filters_and_turns_pages(admin: Visitor, desk: Desk) -> None:
    for number in range(27):
        desk.register(f"Lampu jalan nomor {number}")
    first = admin.page("/cases?stage=verification&sort=-received")
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward
    second = admin.page(onward.group(1).replace("&amp;", "&"))
    assert "nomor 26<" in first
    assert "nomor 0<" in second
    assert "nomor 26<" not in second
    assert "Tidak ada kasus yang cocok" in admin.page("/cases?stage=closed")


def test_an_unknown_page_mark_is_refused_kindly(admin: Visitor) -> None:
    assert admin.client.get("/cases?cursor=nonsense").status_code == 400


def test_an_auditor_reads_the_whole_history_and_that_it_is_intact(app: Flask, desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    auditor = Visitor.signed_in(app, "auditor")
    page = auditor.page(f"/cases/{case.id}/history")
    assert "Riwayat utuh" in page
    assert "Bambang Wiratmo" in page
    assert len(auditor.page(f"/cases/{case.id}/history?all=yes")) > len(page)
    only = auditor.page(f"/cases/{case.id}/history?tag=case:task:completed")
    assert only.count("<tr>") == 2


def test_the_diagram_shows_where_the_case_stands(app: Flask, desk: Desk) -> None:
    case = desk.register()
    auditor = Visitor.signed_in(app, "auditor")
    page = auditor.page(f"/cases/{case.id}")
    pictures = re.findall(r'src="(/cases/[^"]+/diagram\.svg)"', page)
    assert pictures
    answer = auditor.client.get(pictures[-1])
    assert answer.mimetype == "image/svg+xml"
    assert "Verifikasi pengaduan" in answer.text


def test_the_front_desk_registers_a_letter_that_came_earlier(app: Flask, desk: Desk) -> None:
    clerk = Visitor.signed_in(app, "penerima")
    clerk.page("/cases/new")
    answer = clerk.post(
        "/cases/new",
        once="a letter",
        channel="letter",
        received_at="2026-02-24T10:15",
        kind="complaint",
        title="Surat tentang jembatan",
        text="Jembatan desa rusak sejak banjir.",
        name="Joko Contoh",
    )
    assert answer.status_code == 200
    reference = re.search(r"TTS-2026-\d{6}-[0-9A-Z]", answer.text)
    assert reference
    admin = Visitor.signed_in(app, "admin.instansi")
    page = admin.page(f"/cases?text={reference.group()}")
    found = re.search(r'href="(/cases/[0-9a-f-]{36})"', page)
    assert found
    case = admin.page(found.group(1))
    assert "Selasa, 24 Februari 2026, 10.15 WIB" in case
    assert "Surat" in case


def test_the_front_desk_hands_an_emergency_to_the_unit_at_once(app: Flask, desk: Desk) -> None:
    clerk = Visitor.signed_in(app, "penerima")
    clerk.page("/cases/new")
    entry = {
        "channel": "telephone",
        "received_at": "2026-03-02T08:30",
        "kind": "complaint",
        "title": "Jembatan ambrol",
        "text": "Ada orang yang terjebak.",
        "acting_unit": "pupr",
    }
    calm = clerk.post("/cases/new", **entry)
    assert (calm.status_code, "bila keadaannya darurat" in calm.text) == (422, True)
    receipt = clerk.post("/cases/new", is_emergency="yes", **entry)
    assert receipt.status_code == 200, receipt.text
    row = desk.office.work.read(lambda session: session.execute(select(Case.id, Case.priority)).one())
    assert row.priority == "emergency"
    assert desk.task(row.id, "accept_disposition").unit_name == "Dinas Pekerjaan Umum dan Penataan Ruang"
    assert desk.task(row.id, "verify_emergency").role == "coordinating_admin"


def test_the_front_desk_is_told_about_a_receipt_in_the_future(app: Flask) -> None:
    clerk = Visitor.signed_in(app, "penerima")
    clerk.page("/cases/new")
    answer = clerk.post("/cases/new", channel="letter", received_at="2030-01-01T10:00", title="Judul saya")
    assert answer.status_code == 422
    assert 'id="f-received_at-error"' in answer.text
    assert 'value="Judul saya"' in answer.text


def test_an_officer_records_what_the_complainant_said_by_telephone(admin: Visitor, desk: Desk) -> None:
    case = desk.register()
    admin.page(f"/cases/{case.id}/messages/withdraw")
    page = admin.follow(admin.post(f"/cases/{case.id}/messages/withdraw", reason="Sudah selesai sendiri."))
    assert "Pesan terkirim" in page
    assert desk.case(case.id).outcome == "withdrawn"


def test_the_inspectorate_opens_an_identity_only_with_a_reason(app: Flask, desk: Desk) -> None:
    case = desk.register("Pungutan liar", name="Sri Contoh")
    desk.complete(
        case.id,
        "verify_complaint",
        "admin.instansi",
        decision="accept",
        case_class="oversight",
        sensitivity="oversight",
        category="pekerjaan_umum_jalan_berlubang",
    )
    inspector = Visitor.signed_in(app, "inspektorat")
    assert "Sri Contoh" not in inspector.page(f"/cases/{case.id}")
    empty = inspector.post(f"/cases/{case.id}/identity", reason=" ")
    assert empty.status_code == 422
    assert "Sri Contoh" not in empty.text
    opened = inspector.post(f"/cases/{case.id}/identity", reason="Pemanggilan saksi")
    assert "Sri Contoh" in opened.text
    assert "Sri Contoh" not in inspector.page(f"/cases/{case.id}")
