"""Incidents: what failed, for the administrator's eyes, without the content of the case."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from cases.errors import NotFoundError
from cases.incidents import FaultedError, faults, record_incident
from cases.incidents.reading import list_incidents
from storage.errors import StaleVersionError
from support.office import Desk, actor_named


def fault(case_id: str | None, cause: str = "broken") -> FaultedError:
    """A process that failed."""
    return FaultedError(
        case_id=case_id, instance_id=None, element_id="which", cause=cause, command="CompleteTask"
    )


def test_the_administrator_reads_incidents_newest_first_page_by_page(desk: Desk) -> None:
    office, case = desk.office, desk.register(title="Judul rahasia")
    for number in range(5):
        office.work.write(
            lambda session, n=number: record_incident(session, office.env, fault(case.id, f"fault {n}"))
        )
    by, causes, before = actor_named(office, "administrator"), [], None
    while True:
        page = office.work.read(
            lambda session, before=before: list_incidents(session, office.env, by=by, cursor=before, limit=2)
        )
        causes += [incident.cause for incident in page.items]
        assert {incident.reference for incident in page.items} == {case.reference}
        assert "rahasia" not in str(page)
        before = page.next
        if before is None:
            break
    assert causes == [f"fault {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("username", ["pelaksana.pupr", "penerima", "atasan.pupr"])
@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_incidents_are_not_for_everybody(desk: Desk, username: str) -> None:
    by = actor_named(desk.office, username)
    with pytest.raises(NotFoundError):
        desk.office.work.read(lambda session: list_incidents(session, desk.office.env, by=by))


def test_an_incident_about_a_case_that_was_never_stored_stands_alone(desk: Desk) -> None:
    office, by = desk.office, actor_named(desk.office, "administrator")

    def work(session: Session) -> str:
        return record_incident(session, office.env, fault(office.env.new_id()))

    office.work.write(work)
    (incident,) = office.work.read(lambda session: list_incidents(session, office.env, by=by)).items
    assert incident.reference is None


def test_a_failure_further_on_is_blamed_on_what_began_it() -> None:
    def further_on() -> None:
        with faults(task_id="timer", case_id="c", instance_id="i", command="FireTimer"):
            raise fault("c")

    with pytest.raises(FaultedError) as raised:
        further_on()
    assert raised.value.task_id == "timer"


def test_a_mistake_in_the_program_is_blamed_too_and_a_conflict_is_not() -> None:
    def fail(error: Exception) -> None:
        with faults(task_id="timer", case_id="c", instance_id="i", command="FireTimer"):
            raise error

    with pytest.raises(FaultedError, match="KeyError: 'lost'"):
        fail(KeyError("lost"))
    with pytest.raises(StaleVersionError):
        fail(StaleVersionError())
