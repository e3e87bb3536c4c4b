"""Task list, case list and case page at a million cases and three million tasks, for every filter and order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bench.eight import deploy_eight, start_cases
from bench.figures import Figure, at_most, beside, quantile
from bench.million import fill
from bench.place import Place
from cases.inbox import list_tasks
from cases.listing import get_case, list_cases
from cases.model import Actor, CaseQuery, Channel, Stage, Status, TaskQuery
from cases.policy import visible_cases
from storage.tables import Case, Unit, User
from support.office import actor_named
from tuntas.office import Tuntas

CASES, PAGES, TIMES, MOST = 1_000_000, 2, 3, 100
LONGEST = "1500"
"""After so many milliseconds a page is ended and counts as that long."""
SLOWEST = 10
READERS = (
    *("admin.instansi", "penghubung.pupr", "pelaksana.pupr", "atasan.pupr", "penerima", "inspektur"),
    *("sekda", "ppid", "auditor", "pelindung.data", "pengawas.provinsi"),
)
"""One for each way in which a role reaches cases."""

Query = CaseQuery | TaskQuery
List = Callable[[Session, Query, Actor], Any]


def measure(place: Place) -> Iterator[Figure]:
    """Fill the office, then read every list as people of every role, the first page and the next."""
    cases = place.some(CASES, 2000)
    with place.office() as office:
        deploy_eight(office)
        (original,) = start_cases(office, 1)
        began = time.monotonic()
        categories = list(office.env.reference.categories)
        fill(office.config.database_url, original, cases, categories)
        yield beside("worklist_cases", cases, "cases")
        yield beside("worklist_loading", time.monotonic() - began, "s")
        unit, user, reference = _some_of(office, original)
        lists: dict[str, tuple[Query, List]] = {
            f"cases_{name}": (query, _cases(office))
            for name, query in case_queries(unit, user, categories[0], reference).items()
        }
        lists |= {
            f"tasks_{name}": (query, _tasks(office))
            for name, query in task_queries(unit, user, original).items()
        }
        taken = {
            f"{name}_{person}": _read(office, actor_named(office, person), query, read)
            for person in READERS
            for name, (query, read) in lists.items()
        }
        for person in READERS:
            lists_of = [found for name, found in taken.items() if name.endswith(f"_{person}")]
            yield beside(f"worklist_p95_{person}", quantile(lists_of, 0.95), "ms")
        yield beside("worklist_combinations", len(taken), "lists")
        yield beside("worklist_over", sum(found > MOST for found in taken.values()), "lists")
        yield beside("worklist_p50", quantile(list(taken.values()), 0.5), "ms")
        yield at_most("worklist_p95", quantile(list(taken.values()), 0.95), "ms", MOST)
        for name, found in sorted(taken.items(), key=lambda one: -one[1])[:SLOWEST]:
            yield beside(name, found, "ms")
        yield at_most("case_page_p95", _case_pages(office, actor_named(office, READERS[0])), "ms", MOST)


def case_queries(unit: str, user: str, category: str, reference: str) -> dict[str, CaseQuery]:
    """Every offered filter of the case list in both orders."""
    today = datetime.now(UTC).date()
    filters: dict[str, CaseQuery] = {
        "all": CaseQuery(),
        **{f"stage_{stage.value}": CaseQuery(stage=stage) for stage in Stage},
        **{f"status_{status.value}": CaseQuery(status=status) for status in Status},
        "unit": CaseQuery(unit_id=unit),
        "category": CaseQuery(category=category),
        "channel": CaseQuery(channel=next(iter(Channel))),
        "received": CaseQuery(
            received_from=today - timedelta(days=40), received_to=today - timedelta(days=10)
        ),
        "owner": CaseQuery(owner_id=user),
        "overdue": CaseQuery(overdue=True),
        "on_time": CaseQuery(overdue=False),
        "text": CaseQuery(text="pungutan"),
        "rare_text": CaseQuery(text="nomor 77777"),
        "reference": CaseQuery(text=reference),
    }
    by_due = {f"{name}_by_due": replace(query, sort="due") for name, query in filters.items()}
    return {**filters, **by_due}


def task_queries(unit: str, user: str, case: str) -> dict[str, TaskQuery]:
    """Every offered filter of the task list."""
    return {
        **{scope: TaskQuery(scope=scope) for scope in ("mine", "available", "all")},
        "unit": TaskQuery(unit_id=unit),
        "owner": TaskQuery(owner_id=user),
        "case": TaskQuery(case_id=case),
        "overdue": TaskQuery(overdue=True),
        "on_time": TaskQuery(overdue=False),
        "completed": TaskQuery(state="completed"),
        "completed_mine": TaskQuery(scope="mine", state="completed"),
        "unit_completed": TaskQuery(unit_id=unit, state="completed"),
    }


def _cases(office: Tuntas) -> List:
    return lambda session, query, by: list_cases(session, office.env, query, by=by)  # type: ignore[arg-type]


def _tasks(office: Tuntas) -> List:
    return lambda session, query, by: list_tasks(session, office.env, query, by=by)  # type: ignore[arg-type]


def _read(office: Tuntas, by: Actor, query: Query, read: List) -> float:
    """Milliseconds of the slower of the first pages."""
    slowest, following = 0.0, query
    for _ in range(PAGES):
        taken, page = _best_of(office, lambda session: _page(session, read, following, by))  # noqa: B023
        slowest = max(slowest, taken)
        if page is None or page.next is None:
            break
        following = replace(query, cursor=page.next)
    return slowest


def _best_of(office: Tuntas, read: Callable[[Session], Any]) -> tuple[float, Any]:
    """Milliseconds of the fastest of some readings, and what it read: the others took what the host did meanwhile."""
    fastest, found = float("inf"), None
    for _ in range(TIMES):
        began = time.perf_counter()
        found = office.work.read(read)
        fastest = min(fastest, (time.perf_counter() - began) * 1000)
        if found is None:
            break  # It was ended, and would be again.
    return fastest, found


def _page(session: Session, read: List, query: Query, by: Actor) -> Any:
    """The page; nothing when the database took too long."""
    session.execute(text(f"SET statement_timeout = {LONGEST}"))
    try:
        return read(session, query, by)
    except OperationalError:
        return None


def _case_pages(office: Tuntas, by: Actor) -> float:
    def some(session: Session) -> Any:
        seen = visible_cases(office.env, by)
        return session.scalars(select(Case.id).where(seen).order_by(Case.id).limit(100)).all()

    taken = []
    for case_id in office.work.read(some):
        page = _best_of(
            office, lambda session, case_id=case_id: get_case(session, office.env, case_id, by=by)
        )  # type: ignore[misc]
        taken.append(page[0])
    return quantile(taken, 0.95)


def _some_of(office: Tuntas, original: str) -> tuple[str, str, str]:
    """A unit, a person and a reference to ask for."""

    def read(session: Session) -> tuple[str, str, str]:
        unit = session.scalars(select(Unit.id).where(Unit.code == "pupr")).one()
        user = session.scalars(select(User.id).where(User.username == "pelaksana.pupr")).one()
        reference = session.scalars(select(Case.reference).where(Case.id == original)).one()
        return unit, user, reference

    return office.work.read(read)
