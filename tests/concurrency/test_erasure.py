"""A complainant sends files while they are erased: nothing of them stays, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from cases.actions.requests import start_request
from cases.attachments import add_attachment, discard_upload, store_upload
from cases.errors import RefusedByRuleError
from cases.messages import send_message
from cases.model import Upload
from cases.two_persons import ask, decide_two_person_request
from storage.tables import Attachment, HistoryEntry
from support.office import Desk, actor_named
from support.own_process import at_once, hire
from tuntas.unit_of_work import UnitOfWork

SENDERS, FILES = 4, 40
"""Nobody sends so many files: they are refused before."""


@pytest.fixture
def case_id(desk: Desk) -> str:
    """Return a case that was answered; its complainant only has to say that it is well."""
    case_id = desk.register().id
    desk.accept(case_id)
    desk.dispose_and_answer(case_id)
    return case_id


def erase(desk: Desk, case_id: str, work: UnitOfWork) -> None:
    """The complainant is satisfied and asks for erasure; two officers agree."""
    env, complainant = desk.office.env, desk.complainant(case_id)
    one = actor_named(desk.office, "pelindung.data")
    two = hire(desk.office, "pelindung.dua", "Rekan", role=one.grants[0].role)
    work.write(lambda session: send_message(session, env, case_id, "confirm", {}, by=complainant))
    work.write(lambda session: start_request(session, env, case_id, kind="data_erasure", by=complainant))
    asked: dict[str, Any] = {"act": "erase", "reason": "Diminta pelapor", "case_id": case_id}
    request = work.write(lambda session: ask(session, env, **asked, by=one))
    work.write(lambda session: decide_two_person_request(session, env, request.id, granted=True, by=two))


def send_until_refused(desk: Desk, case_id: str, work: UnitOfWork) -> int:
    """Give one file after the other to the case, as the pages do; how many it took."""
    env, by = desk.office.env, desk.complainant(case_id)
    for number in range(FILES):
        stored = store_upload(env, Upload(f"{number}.txt", [b"Nama saya Budi.\n"]))
        try:
            work.write(lambda session, stored=stored: add_attachment(session, env, case_id, stored, by=by))
        except RefusedByRuleError:
            discard_upload(env, stored)
            return number
    raise AssertionError("the case was never closed")


def files_of(desk: Desk, case_id: str) -> list[str]:
    """The objects that the case names."""
    query = select(Attachment.object_key).where(Attachment.case_id == case_id)
    return list(desk.office.work.read(lambda session: session.scalars(query).all()))


def told_erased(desk: Desk, case_id: str) -> set[str]:
    """The files that the erasure took, as history tells."""
    query = select(HistoryEntry.data).filter_by(case_id=case_id, tag="case:identity:erased")
    return set(desk.office.work.read(lambda session: session.scalars(query).one())["files"])


def objects(desk: Desk) -> list[str]:
    """The keys of every file in the store."""
    return [one.key for one in desk.office.env.objects.list("attachments/")]


def test_no_file_of_a_complainant_stays_who_sends_some_while_they_are_erased(
    desk: Desk, case_id: str
) -> None:
    senders = [lambda work: send_until_refused(desk, case_id, work) for _ in range(SENDERS)]
    kept, *none = reversed(at_once(desk.office, *senders, lambda work: erase(desk, case_id, work)))
    assert kept is None, kept
    assert all(isinstance(number, int) for number in none), none
    assert len(told_erased(desk, case_id)) == sum(none) == desk.tags(case_id).count("case:attachment:added")
    assert files_of(desk, case_id) == []
    desk.worker.run_until_idle()
    assert objects(desk) == []


@pytest.mark.parametrize("office_url", ["postgresql"], indirect=True)
def test_a_file_that_was_under_way_when_the_complainant_was_erased_is_not_kept(
    desk: Desk, case_id: str
) -> None:
    """On SQLite nobody else writes while a transaction lasts."""
    env, by = desk.office.env, desk.complainant(case_id)

    def slowly() -> Iterator[bytes]:
        yield b"Nama saya "
        erase(desk, case_id, desk.office.work)
        yield b"Budi.\n"

    upload = Upload("surat.txt", slowly())
    with pytest.raises(RefusedByRuleError, match="closed"):
        desk.office.work.write(lambda session: add_attachment(session, env, case_id, upload, by=by))
    assert (files_of(desk, case_id), objects(desk)) == ([], [])
