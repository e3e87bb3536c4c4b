"""21. Identity number in the text: masked in public, original only with a logged reason."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import ReadLogEntry
from support.api import Caller
from support.story import Story, disposed, expect

NIK = "3201234567890123"


def test_story_21_an_identity_number_is_masked_until_somebody_gives_a_reason(story: Story) -> None:
    # Given a complaint whose text holds an identity number.
    story.it_is("2026-03-02 09:00")
    citizen = story.citizen_files(title="KTP belum jadi", text=f"NIK saya {NIK}, sudah dua bulan.")
    disposed(story, citizen, "disdukcapil")
    # Then nobody reads it by the way: not the public, not the unit, not the auditor.
    assert NIK not in str(expect(Caller(story.app).get(f"/complaints/{citizen.reference}")))
    assert "NIK saya" in story.officer("admin.instansi").sees(citizen)["text"]
    for username in ("admin.instansi", "petugas.disdukcapil", "auditor"):
        assert NIK not in str(story.officer(username).sees(citizen)), username
    # When the coordinating admin asks for the original without saying why, it is refused.
    admin = story.officer("admin.instansi")
    admin.does(citizen, "identity-readings", status=422)
    # And with a reason it is shown, and the reading is noted with the reason.
    original = admin.does(citizen, "identity-readings", reason="Mencocokkan data kependudukan.")
    assert NIK in str(original)
    # The auditor may not open it alone.
    auditor = story.officer("auditor")
    refused = auditor.caller.post(
        f"/cases/{auditor.case_id(citizen)}/identity-readings", json={"reason": "Pemeriksaan."}
    )
    assert refused.status_code == 404
    log = story.office.work.read(lambda session: _readings(session, admin.case_id(citizen)))
    assert [(row.actor_name, row.reason) for row in log] == [
        ("Bambang Wiratmo", "Mencocokkan data kependudukan.")
    ]


def _readings(session: Session, case_id: str) -> list[ReadLogEntry]:
    """What was read of the case for a reason."""
    rows = select(ReadLogEntry).where(ReadLogEntry.case_id == case_id, ReadLogEntry.reason.is_not(None))
    return list(session.scalars(rows))
