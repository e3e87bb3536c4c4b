"""History is append-only, and a chain of hashes proves that nobody changed, removed or added anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from cases.errors import NotFoundError
from cases.history import HistoryBrokenError, NewEntry, list_history, record, verify_history
from cases.model import SYSTEM
from storage.tables import Case, HistoryEntry
from support.office import Desk, actor_named
from support.own_process import at_once
from tuntas.config import ROOT
from tuntas.unit_of_work import UnitOfWork

ON_SQLITE = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
FOURTH = 4


def this_case(session: Session) -> str:
    """The only case there is."""
    return session.scalars(select(Case.id)).one()


def fourth(session: Session) -> Any:
    """The condition for the fourth entry of the case."""
    return (HistoryEntry.case_id == this_case(session)) & (HistoryEntry.seq == FOURTH)


def change_values(**values: Any) -> Callable[[Session], None]:
    """A way to tamper: other values in the fourth entry."""
    return lambda session: session.execute(update(HistoryEntry).where(fourth(session)).values(**values))


def remove(session: Session) -> None:
    """The fourth entry goes."""
    session.execute(delete(HistoryEntry).where(fourth(session)))


def remove_last(session: Session) -> None:
    """The last entry goes, which leaves no gap."""
    last = session.scalars(select(Case.history_seq)).one()
    session.execute(delete(HistoryEntry).where(HistoryEntry.seq == last))


def remove_and_close_the_gap(session: Session) -> None:
    """The fourth entry goes and the later ones move up."""
    remove(session)
    for seq in session.scalars(
        select(HistoryEntry.seq).where(HistoryEntry.seq > FOURTH).order_by(HistoryEntry.seq)
    ):
        session.execute(update(HistoryEntry).where(HistoryEntry.seq == seq).values(seq=seq - 1))


def add(session: Session) -> None:
    """One more entry at the end, a copy of the fourth."""
    entry = session.execute(select(*HistoryEntry.__table__.columns).where(fourth(session))).one()
    last = session.scalars(select(Case.history_seq)).one()
    session.execute(insert(HistoryEntry).values(**{**entry._mapping, "seq": last + 1}))


def exchange(session: Session) -> None:
    """The fourth and the fifth entry change places."""
    for before, after in ((FOURTH, 900), (FOURTH + 1, FOURTH), (900, FOURTH + 1)):
        session.execute(update(HistoryEntry).where(HistoryEntry.seq == before).values(seq=after))


def cut_to_a_shorter_story(session: Session) -> None:
    """The end goes and the case says that it never was."""
    session.execute(delete(HistoryEntry).where(HistoryEntry.seq > FOURTH))
    session.execute(update(Case).values(history_seq=FOURTH))


TAMPERING = {
    "tag": change_values(tag="case:case:forgiven"),
    "data": change_values(data={"from": "nowhere"}),
    "actor": change_values(actor_name="Orang Lain"),
    "hash": change_values(hash="f" * 64),
    "element": change_values(element_id="elsewhere"),
    "instant": lambda session: session.execute(
        text("UPDATE history_entries SET at = '2001-01-01 00:00:00' WHERE seq = 4")
    ),
    "remove": remove,
    "remove last": remove_last,
    "remove and close the gap": remove_and_close_the_gap,
    "add": add,
    "exchange": exchange,
    "cut": cut_to_a_shorter_story,
}  # fmt: skip


@pytest.mark.parametrize("way", TAMPERING)
def test_tampering_is_noticed(desk: Desk, way: str) -> None:
    case = desk.register()
    desk.accept(case.id)
    verify: Callable[[Session], int] = lambda session: verify_history(session, case.id)  # noqa: E731
    assert desk.office.work.read(verify) == len(desk.tags(case.id))
    desk.office.work.write(TAMPERING[way])
    with pytest.raises(HistoryBrokenError) as broken:
        desk.office.work.read(verify)
    assert broken.value.case_id == case.id


def test_an_untouched_history_of_a_whole_life_is_whole(desk: Desk) -> None:
    case = desk.register()
    desk.accept(case.id)
    desk.dispose_and_answer(case.id)
    desk.say(case.id, "not_satisfied", message="Belum selesai. é ✓ \U0001f6a7")
    desk.answer(case.id)
    desk.say(case.id, "confirm", rating=4)
    assert (
        desk.office.work.read(lambda session: verify_history(session, case.id))
        == len(desk.tags(case.id))
        > 60
    )


@ON_SQLITE
def test_the_history_of_a_case_that_is_not_there_is_not_found(desk: Desk) -> None:
    nowhere = desk.office.env.new_id()
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: verify_history(session, nowhere))
    with pytest.raises(NotFoundError):
        desk.office.work.write(
            lambda session: record(
                session, desk.office.env, nowhere, [NewEntry("case:test:noted")], by=SYSTEM
            )
        )


def test_entries_written_at_once_keep_the_chain_whole(desk: Desk) -> None:
    office, case = desk.office, desk.register()

    def note(work: UnitOfWork) -> None:
        work.write(
            lambda session: record(session, office.env, case.id, [NewEntry("case:test:noted")], by=SYSTEM)
        )

    assert at_once(office, note, note, note) == [None] * 3
    assert desk.tags(case.id).count("case:test:noted") == 3
    office.work.read(lambda session: verify_history(session, case.id))


def test_pages_of_history_follow_each_other_without_gap(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    auditor, seen, after = actor_named(office, "auditor"), [], 0
    while True:
        page = office.work.read(
            lambda session, after=after: list_history(
                session, office.env, case.id, by=auditor, after=after, limit=3
            )
        )
        seen += [entry.seq for entry in page.items]
        if page.next is None:
            break
        after = int(page.next)
    assert seen == list(range(1, len(desk.tags(case.id)) + 1))


@ON_SQLITE
def test_history_is_not_for_those_who_do_not_see_the_case(desk: Desk) -> None:
    office, case = desk.office, desk.register()
    for username in ("pelaksana.pupr", "administrator"):
        by = actor_named(office, username)
        with pytest.raises(NotFoundError):
            office.work.read(lambda session, by=by: list_history(session, office.env, case.id, by=by))


def test_nothing_in_the_product_changes_or_deletes_history() -> None:
    forbidden = re.compile(r"(update|delete)\(\s*HistoryEntry|(UPDATE|DELETE FROM)\s+history_entries")
    folders = ("api", "cases", "engine", "storage", "tuntas", "web")
    modules = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(modules) > 50
    assert [path.name for path in modules if forbidden.search(path.read_text(encoding="utf-8"))] == []
