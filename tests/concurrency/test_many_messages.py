"""32 people send word about one case at once: each is heard once, one after the other, on either database."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.history import verify_history
from cases.messages import send_message
from cases.model import Actor
from storage.tables import CaseText, HistoryEntry
from support.office import Desk
from support.own_process import at_once, deploy_drawn, hire, start_beside
from tuntas.unit_of_work import UnitOfWork

PEOPLE = 32
LISTENING = """listening
start begin
xor again
catch wait message=reply
xor enough
end left
begin -> again -> wait -> enough
enough -> left if over == 1
enough -> again default"""
"""A process that waits for the next reply after each."""


def test_thirty_two_people_who_send_word_about_one_case_are_each_heard_once_and_in_order(desk: Desk) -> None:
    deploy_drawn(desk.office, LISTENING)
    case_id, env = desk.register().id, desk.office.env
    start_beside(desk.office, case_id, "listening", over=0)
    crowd = [hire(desk.office, f"admin.{number}", f"Admin {number}") for number in range(PEOPLE)]

    def post(by: Actor, work: UnitOfWork) -> None:
        said = {"message": f"Kata {by.name}."}
        work.write(lambda session: send_message(session, env, case_id, "reply", said, by=by))

    answers = at_once(desk.office, *(lambda work, by=by: post(by, work) for by in crowd))
    assert Counter(repr(answer) for answer in answers) == {"None": PEOPLE}
    order = desk.office.work.read(lambda session: heard(session, case_id))
    assert Counter(order) == Counter(by.id for by in crowd)
    assert desk.office.work.read(lambda session: written(session, case_id)) == [
        (by_id, f"Kata {by.name}.") for by_id in order for by in crowd if by.id == by_id
    ]


def heard(session: Session, case_id: str) -> list[str | None]:
    """Who was heard, in the order of the case's history, which is whole."""
    verify_history(session, case_id)
    query = select(HistoryEntry.actor_id).filter_by(case_id=case_id, tag="case:message:received")
    return list(session.scalars(query.order_by(HistoryEntry.seq)))


def written(session: Session, case_id: str) -> list[tuple[str | None, str]]:
    """Who wrote what, in the order of the texts."""
    query = select(CaseText.author_id, CaseText.text).filter_by(case_id=case_id)
    return [tuple(row) for row in session.execute(query.order_by(CaseText.id))]
