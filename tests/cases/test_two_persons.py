"""Acts that need a second person: who may ask and agree, for how long, and that it is used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from cases.actions.hold import set_legal_hold
from cases.actions.requests import start_request
from cases.attachments import add_attachment
from cases.definitions import deploy
from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.identity import IdentityReading, read_revealed
from cases.letters.keep import keep_letter, sheets_of, store_sheet
from cases.listing import get_case
from cases.masking import IDENTITY_MASK
from cases.model import SYSTEM, Actor, Grant, Upload
from cases.people import create_user
from cases.two_persons import (
    TwoPersonView,
    ask,
    decide_two_person_request,
    fingerprint,
    list_two_person_requests,
)
from storage.objects.errors import ObjectMissingError
from storage.tables import (
    Attachment,
    CaseText,
    Complainant,
    HistoryEntry,
    Incident,
    Letter,
    ReadLogEntry,
    TwoPersonRequest,
)
from support.acts import ADMIN, act
from support.letters import letter_of
from support.office import Desk, actor_named
from tuntas.office import Tuntas

NIK = "3201234567890123"
WHY = "Pemeriksaan atas penyalahgunaan data"
SECONDS = {"auditor": "auditor.dua", "pelindung.data": "pelindung.dua", "perancang": "perancang.dua"}


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Return a desk in an office with two auditors, two data-protection officers and two designers."""
    for first, second in SECONDS.items():
        grant = actor_named(desk.office, first).grants[0]
        roles = [(grant.role, grant.unit_id)]
        write(
            desk,
            lambda session, env, second=second, roles=roles: create_user(
                session, env, username=second, name=f"Rekan {second}", roles=roles, by=SYSTEM
            ),
        )
    return desk


def write(desk: Desk, change: Callable[..., Any]) -> Any:
    """Do something in a transaction of its own."""
    return desk.office.work.write(lambda session: change(session, desk.office.env))


def asked(desk: Desk, who: str, act_name: str, **about: Any) -> TwoPersonView:
    """Somebody asks for a second person."""
    by = actor_named(desk.office, who)
    return write(desk, lambda s, env: ask(s, env, act=act_name, reason=WHY, by=by, **about))


def decided(desk: Desk, who: str | Actor, request: TwoPersonView, *, granted: bool = True) -> TwoPersonView:
    """Somebody agrees or refuses."""
    by = who if isinstance(who, Actor) else actor_named(desk.office, who)
    return write(desk, lambda s, env: decide_two_person_request(s, env, request.id, granted=granted, by=by))


def revealed(desk: Desk, who: str, request: TwoPersonView) -> IdentityReading:
    """Somebody reads the originals."""
    by = actor_named(desk.office, who)
    return write(desk, lambda s, env: read_revealed(s, env, request.id, by=by))


def listed(desk: Desk, who: str, **query: Any) -> list[TwoPersonView]:
    """What somebody finds in the list."""
    by = actor_named(desk.office, who)
    return list(write(desk, lambda s, env: list_two_person_requests(s, env, by=by, **query)).items)


def rows(desk: Desk, *columns: Any, **where: Any) -> list[Any]:
    """Stored rows."""
    return write(desk, lambda s, env: s.execute(select(*columns).filter_by(**where)).all())


def filed(desk: Desk) -> str:
    """A complaint whose text holds an identity number."""
    return desk.register(
        text=f"Nama saya Budi, NIK {NIK}.", phone="081234567890", address="Jalan Melati 7"
    ).id


def asked_for_erasure(desk: Desk) -> str:
    """A closed case whose complainant asked for erasure."""
    return close_and_ask(desk, filed(desk))


def close_and_ask(desk: Desk, case_id: str) -> str:
    """The case is answered and closed, and its complainant asks for erasure."""
    desk.accept(case_id)
    desk.dispose_and_answer(case_id)
    desk.say(case_id, "confirm")
    assert desk.case(case_id).stage == "closed"
    by = desk.complainant(case_id)
    write(desk, lambda s, env: start_request(s, env, case_id, kind="data_erasure", by=by))
    return case_id


def test_an_auditor_reads_the_originals_once_after_a_second_auditor_agreed(two: Desk) -> None:
    case_id = filed(two)
    request = asked(two, "auditor", "reveal_identity", case_id=case_id)
    assert request.state == "pending"
    assert not request.may_decide
    assert decided(two, "auditor.dua", request).state == "granted"
    found = revealed(two, "auditor", request)
    assert (found.complainant.name, found.complainant.address) == ("Budi Contoh", "Jalan Melati 7")
    assert NIK in found.text
    assert listed(two, "auditor")[0].state == "used"
    with pytest.raises(RefusedByRuleError):
        revealed(two, "auditor", request)


def test_what_was_revealed_stays_on_record_without_what_it_was(two: Desk) -> None:
    case_id = filed(two)
    request = asked(two, "auditor", "reveal_identity", case_id=case_id)
    decided(two, "auditor.dua", request)
    revealed(two, "auditor", request)
    assert [tag for tag in two.tags(case_id) if "second-person" in tag or "identity:" in tag] == [
        "case:second-person:asked",
        "case:second-person:granted",
        "case:identity:revealed",
    ]
    reader = actor_named(two.office, "auditor").id
    noted = rows(two, ReadLogEntry.what, ReadLogEntry.reason, case_id=case_id, actor_id=reader)
    assert ("identity", WHY) in noted


def test_the_auditor_sees_a_mask_before_and_after(two: Desk) -> None:
    case_id, auditor = filed(two), actor_named(two.office, "auditor")
    request = asked(two, "auditor", "reveal_identity", case_id=case_id)
    decided(two, "auditor.dua", request)
    revealed(two, "auditor", request)
    view = write(two, lambda s, env: get_case(s, env, case_id, by=auditor, reason=WHY))
    assert view.complainant.name == "***"
    assert NIK not in view.text


def test_nobody_reads_what_nobody_agreed_to(two: Desk) -> None:
    request = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    with pytest.raises(RefusedByRuleError):
        revealed(two, "auditor", request)
    assert decided(two, "auditor.dua", request, granted=False).state == "refused"
    with pytest.raises(RefusedByRuleError):
        revealed(two, "auditor", request)


def test_the_second_person_does_not_read_what_the_first_asked_for(two: Desk) -> None:
    request = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    decided(two, "auditor.dua", request)
    with pytest.raises(NotFoundError):
        revealed(two, "auditor.dua", request)


def test_whoever_asked_cannot_agree(two: Desk) -> None:
    request = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    with pytest.raises(RefusedByRuleError):
        decided(two, "auditor", request)


def test_a_stand_in_of_whoever_asked_cannot_agree(two: Desk) -> None:
    auditor, other = actor_named(two.office, "auditor"), actor_named(two.office, "perancang")
    request = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    held = auditor.grants[0]
    stand_in = replace(other, grants=(Grant(held.role, held.unit_id, held.path, str(auditor.id), "Maria"),))
    with pytest.raises(RefusedByRuleError):
        decided(two, stand_in, request)


@pytest.mark.parametrize("who", ["perancang", "pelindung.data"])
def test_somebody_without_the_right_neither_sees_nor_decides(two: Desk, who: str) -> None:
    request = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    assert listed(two, who) == []
    with pytest.raises(NotFoundError):
        decided(two, who, request)


@pytest.mark.parametrize(
    "who", ["admin.instansi", "pelaksana.pupr", "sekda", "administrator", "pelindung.data"]
)
def test_a_role_without_the_act_cannot_ask_to_reveal(two: Desk, who: str) -> None:
    case_id = filed(two)
    with pytest.raises(NotFoundError):
        asked(two, who, "reveal_identity", case_id=case_id)


def test_an_agreement_is_over_after_72_hours(two: Desk) -> None:
    late = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    agreed = asked(two, "auditor", "reveal_identity", case_id=filed(two))
    decided(two, "auditor.dua", agreed)
    two.clock.set(two.clock.now() + timedelta(hours=72))
    with pytest.raises(RefusedByRuleError):
        decided(two, "auditor.dua", late)
    with pytest.raises(RefusedByRuleError):
        revealed(two, "auditor", agreed)
    assert {view.state for view in listed(two, "auditor")} == {"expired"}
    assert listed(two, "auditor", pending=True) == []


def test_asking_twice_is_refused_while_the_first_is_alive(two: Desk) -> None:
    case_id = filed(two)
    asked(two, "auditor", "reveal_identity", case_id=case_id)
    with pytest.raises(RefusedByRuleError):
        asked(two, "auditor", "reveal_identity", case_id=case_id)


def test_two_data_protection_officers_erase_who_brought_a_closed_case(two: Desk) -> None:
    case_id = asked_for_erasure(two)
    request = asked(two, "pelindung.data", "erase", case_id=case_id)
    assert two.case(case_id).has_identity
    assert decided(two, "pelindung.dua", request).state == "used"
    kept = rows(two, *Complainant.__table__.columns, case_id=case_id)[0]._asdict()
    assert {value for name, value in kept.items() if name != "case_id"} == {None}
    case = two.case(case_id)
    assert (case.has_identity, case.text) == (False, f"Nama saya Budi, NIK {IDENTITY_MASK}.")
    assert two.tags(case_id)[-1] == "case:identity:erased"


def test_numbers_in_the_texts_of_an_erased_case_are_masked_for_good(two: Desk) -> None:
    case_id = asked_for_erasure(two)
    text = {"kind": "note", "visibility": "internal", "author_kind": "user", "at": two.clock.now()}
    values = {"id": two.office.env.new_id(), "case_id": case_id, "text": f"Pelapor: {NIK}", **text}
    write(two, lambda s, env: s.execute(insert(CaseText).values(**values)))
    decided(two, "pelindung.dua", asked(two, "pelindung.data", "erase", case_id=case_id))
    assert not [row for row in rows(two, CaseText.text, case_id=case_id) if NIK in row.text]


def test_incidents_of_an_erased_case_keep_no_value_of_it(two: Desk) -> None:
    case_id = asked_for_erasure(two)
    values = {
        "command": "CompleteTask",
        "error": "KeyError",
        "cause": "'Budi' is no number",
        "at": two.clock.now(),
    }
    kept = {"data": {"name": "Budi"}, "submitted": {"values": {"note": "Budi"}}, **values}
    write(two, lambda s, env: s.execute(insert(Incident).values(id=env.new_id(), case_id=case_id, **kept)))
    decided(two, "pelindung.dua", asked(two, "pelindung.data", "erase", case_id=case_id))
    found = rows(two, Incident.data, Incident.submitted, Incident.cause, case_id=case_id)
    assert [tuple(row) for row in found] == [(None, None, "KeyError")]


def attached(desk: Desk, case_id: str, by: Actor, visibility: str = "public") -> str:
    """Somebody adds a picture to a case; its id."""
    upload = Upload("surat-budi.txt", iter([b"Saya Budi."]), visibility=visibility)
    return str(write(desk, lambda s, env: add_attachment(s, env, case_id, upload, by=by)).id)


def keys(desk: Desk, case_id: str) -> dict[str, str]:
    """The object of each file of a case."""
    return {
        row.id: row.object_key for row in rows(desk, Attachment.id, Attachment.object_key, case_id=case_id)
    }


def stored(desk: Desk, key: str) -> bool:
    """Whether the object store still has it."""
    try:
        with desk.office.env.objects.open(key):
            return True
    except ObjectMissingError:
        return False


def test_erasing_deletes_what_the_complainant_sent_and_the_letters_that_name_them(two: Desk) -> None:
    two.worker.prints = True
    case_id = filed(two)
    sent = attached(two, case_id, two.complainant(case_id))
    own = attached(two, case_id, actor_named(two.office, ADMIN), "internal")
    close_and_ask(two, case_id)
    two.worker.run_until_idle()
    before = keys(two, case_id)
    kind = {
        row.id: row.visibility for row in rows(two, Attachment.id, Attachment.visibility, case_id=case_id)
    }
    gone = {sent, *(file for file in before if kind[file] == "complainant")}
    assert len(gone) > 1
    decided(two, "pelindung.dua", asked(two, "pelindung.data", "erase", case_id=case_id))
    assert set(keys(two, case_id)) == set(before) - gone
    assert own in keys(two, case_id)
    assert all(stored(two, key) for key in before.values())  # Until the worker comes by.
    two.worker.run_until_idle()
    assert {file for file, key in before.items() if not stored(two, key)} == gone
    (said,) = rows(two, HistoryEntry.data, case_id=case_id, tag="case:identity:erased")
    assert set(said.data["files"]) == gone
    assert set(keys(two, case_id)) == set(before) - gone  # No letter is printed again.


def test_a_letter_that_was_being_printed_during_the_erasure_names_nobody(two: Desk) -> None:
    case_id = asked_for_erasure(two)
    (letter, *_) = rows(two, Letter.id, case_id=case_id, template="receipt")
    sheets = write(two, lambda s, env: sheets_of(s, env, letter.id))
    ready = tuple(store_sheet(two.office.env, sheet, b"%PDF") for sheet in sheets)
    decided(two, "pelindung.dua", asked(two, "pelindung.data", "erase", case_id=case_id))
    with pytest.raises(ConflictError):
        write(two, lambda s, env: keep_letter(s, env, letter.id, ready))
    two.worker.prints = True
    two.worker.run_until_idle()
    text = letter_of(two.office, case_id, "receipt").text
    assert "Budi Contoh" not in text
    assert "Jalan Melati" not in text


def test_an_open_case_is_not_erased(two: Desk) -> None:
    case_id = filed(two)
    by = two.complainant(case_id)
    write(two, lambda s, env: start_request(s, env, case_id, kind="data_erasure", by=by))
    with pytest.raises(RefusedByRuleError):
        asked(two, "pelindung.data", "erase", case_id=case_id)


def test_a_case_that_was_put_on_hold_since_is_not_erased(two: Desk) -> None:
    case_id = asked_for_erasure(two)
    request = asked(two, "pelindung.data", "erase", case_id=case_id)
    act(two, ADMIN, set_legal_hold, case_id, on=True)
    with pytest.raises(RefusedByRuleError):
        decided(two, "pelindung.dua", request)
    assert rows(two, Complainant.name, case_id=case_id)[0].name == "Budi Contoh"
    assert rows(two, TwoPersonRequest.granted, case_id=case_id)[0].granted is None


def strict(office: Tuntas) -> Tuntas:
    """The same office with publishing by two designers switched on."""
    reference = replace(office.env.reference, second_person=frozenset({"deploy_process"}))
    return replace(office, env=replace(office.env, reference=reference))


def test_processes_are_published_by_one_designer_unless_the_office_says_otherwise(two: Desk) -> None:
    by = actor_named(two.office, "perancang")
    files = shipped(two)
    assert write(two, lambda s, env: deploy(s, env, files, by=by, note="uji"))


def shipped(desk: Desk) -> dict[str, bytes]:
    """The diagram of the shipped monthly report with another word in it."""
    path = Path(__file__).parents[2] / "processes" / "bpmn" / "monthly_report.bpmn"
    return {"bpmn/monthly_report.bpmn": path.read_bytes() + b"\n"}


def test_where_two_designers_publish_the_second_agrees_to_exactly_these_files(two: Desk) -> None:
    two.office = strict(two.office)
    by, files = actor_named(two.office, "perancang"), shipped(two)
    publish = lambda given: write(two, lambda s, env: deploy(s, env, given, by=by, note="uji"))  # noqa: E731
    with pytest.raises(RefusedByRuleError) as refused:
        publish(files)
    assert fingerprint(files) in refused.value.text.id
    request = asked(two, "perancang", "deploy_process", subject=fingerprint(files))
    with pytest.raises(RefusedByRuleError):
        decided(two, "perancang", request)
    decided(two, "perancang.dua", request)
    with pytest.raises(RefusedByRuleError):
        publish({path: content + b"\n" for path, content in files.items()})
    assert publish(files)
    with pytest.raises(RefusedByRuleError):
        publish(files)
