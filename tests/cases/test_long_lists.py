"""Every filter, order and reader of the lists against a plain search in Python, in pages of three."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from cases import keyset
from cases.inbox import list_tasks
from cases.listing import list_cases
from cases.model import Actor, CaseQuery, Channel, Stage, Status, TaskQuery, status_of
from cases.policy import (
    OWNER_COLUMNS,
    grants_for,
    sees_oversight_titles,
    visible_cases,
    visible_tasks,
    workable_cases,
)
from storage.tables import Case, CaseRequest, CaseUnit, TeamMember, UserTask
from support.policy_world import NOW, UNITS, World, counted, new_id
from tuntas.database import make_engine

DAY = timedelta(days=1)
READERS = (
    ("coordinating_admin",),
    ("unit_liaison@jalan", "case_worker@jalan"),
    ("case_worker@jalan", "case_worker@dinkes", "information_officer"),
    ("superior@pupr",),
    ("superior", "inspectorate@inspektorat"),
    ("front_desk", "data_protection_officer"),
)
ROLES = sorted({role.partition("@")[0] for roles in READERS for role in roles})
TITLES = ("Jalan 100% rusak", "Lampu jalan padam", "Pungutan di kelas_1", "Antrean panjang")


class Office:
    """An office of a few dozen cases drawn by lot, with many equal dates and some empty ones."""

    def __init__(self, world: World) -> None:
        self.world, self.lot = world, Random(20260302)
        self.readers = [world.officer(*roles) for roles in READERS]
        # The second also stands in for the superior.
        absent = [replace(grant, for_user=self.readers[3].id) for grant in self.readers[3].grants]
        self.readers[1] = replace(self.readers[1], grants=(*self.readers[1].grants, *absent))
        cases = [self._case() for _ in range(24)]
        ids = [world.case(**case) for case in cases]
        # Closed, of no unit that a reader is in, and with work left for the case workers of one.
        settled = {"stage": "closed", "status": "Selesai", "received_at": self._day()}
        ids.append(world.case(**settled))
        instance = world.instance(ids[0])
        tasks = [self._task(case_id, instance) for case_id in ids for _ in range(self.lot.randint(0, 3))]
        hands = {"role": "case_worker", "unit_id": world.units["dinkes"], "owner_id": None, "state": "open"}
        tasks.append(self._task(ids[-1], instance) | hands)
        restricted = [i for i, case in zip(ids[:-1], cases, strict=True) if case["case_class"] == "oversight"]
        people = [reader.id for reader in self.readers if reader.has("inspectorate")]
        self._insert(UserTask, tasks)
        with world.session() as session:
            at_hand = select(UserTask.case_id).where(UserTask.state == "open")
            closed = update(Case).where(Case.stage == "closed", Case.id.in_(at_hand))
            session.execute(closed.values(work_left=True))
        units = {(self.lot.choice(ids), self._unit()) for _ in range(12)}
        self._insert(CaseUnit, [{"case_id": case, "unit_id": unit} for case, unit in units])
        team = [{"case_id": restricted[0], "user_id": people[0], "added_at": NOW}]
        self._insert(TeamMember, team)
        self._insert(CaseRequest, [self._request(case_id) for case_id in self.lot.sample(ids, 6)])

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        with self.world.session() as session:
            session.execute(insert(table), rows)

    def _unit(self) -> str:
        return self.world.units[self.lot.choice(sorted(UNITS))]

    def _day(self) -> Any:
        return NOW - DAY * self.lot.randint(-3, 3)

    def _case(self) -> dict[str, Any]:
        lot, stage = self.lot, self.lot.choice([*Stage, Stage.CLOSED, Stage.CLOSED])
        oversight = lot.random() < 0.25
        return {
            "case_class": "oversight" if oversight else "ordinary",
            "sensitivity": "oversight" if oversight else "normal",
            "kind": lot.choice(["complaint", "complaint", "information_request"]),
            "stage": stage.value,
            "status": status_of(stage).value,
            "channel": lot.choice(["web", "letter"]),
            "category": lot.choice([None, "jalan", "agama"]),
            "title": lot.choice(TITLES),
            "lead": lot.choice([None, *sorted(UNITS)]),
            "accused": lot.choice([None, None, None, "jalan", "dinkes"]),
            "accused_user_id": lot.choice([None] * 6 + [reader.id for reader in self.readers[:4]]),
            "received_at": self._day(),
            "entered_at": NOW - DAY * lot.randint(0, 40),
            "entered_by": lot.choice([None, *(reader.id for reader in self.readers)]),
            # What is closed has no deadline.
            "due_at": None if stage is Stage.CLOSED else lot.choice([None, *(self._day() for _ in range(5))]),
            "escalation_level": lot.choice([0, 0, 4]),
            "confidential": lot.random() < 0.2,
        }

    def _task(self, case_id: str, instance: str) -> dict[str, Any]:
        lot = self.lot
        return {
            "id": new_id(),
            "case_id": case_id,
            "instance_id": instance,
            "element_id": "verify_complaint",
            "name": "Verifikasi pengaduan",
            "form_key": "complaint/verify_complaint",
            "role": lot.choice(ROLES),
            "unit_id": lot.choice([None, self._unit()]),
            "owner_id": lot.choice([None] * 12 + [reader.id for reader in self.readers]),
            "state": lot.choice(["open", "open", "open", "completed", "cancelled"]),
            "created_at": self._day(),
            "due_at": lot.choice([None, self._day()]),
        }

    def _request(self, case_id: str) -> dict[str, Any]:
        answered = self.lot.choice([None, NOW])
        row = {"id": new_id(), "case_id": case_id, "process_id": "request", "kind": "data_access"}
        return {**row, "received_at": NOW, "entered_at": NOW, "answered_at": answered}


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """Yield the office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield Office(World(engine))
    engine.dispose()


def case_queries(office: Office) -> dict[str, tuple[CaseQuery, Any]]:
    """Every filter with what it means, said of a row and the owners of its open tasks."""
    unit, owner, late = office.world.units["jalan"], office.readers[1].id, lambda row: row.due_at <= NOW
    return {
        "none": (CaseQuery(), lambda row, owners: True),
        **{
            stage: (CaseQuery(stage=stage), lambda row, owners, s=stage: row.stage == s)
            for stage in (Stage.FOLLOW_UP, Stage.CLOSED)
        },
        **{
            word: (CaseQuery(status=word), lambda row, owners, s=word: row.status == s)
            for word in (Status.BELUM, Status.SELESAI)
        },
        "unit": (CaseQuery(unit_id=unit), lambda row, owners: row.lead_unit_id == unit),
        "category": (CaseQuery(category="agama"), lambda row, owners: row.category == "agama"),
        "channel": (CaseQuery(channel=Channel.LETTER), lambda row, owners: row.channel == "letter"),
        "received": (
            CaseQuery(received_from=(NOW - DAY).date(), received_to=(NOW + DAY).date()),
            lambda row, owners: NOW - DAY <= row.received_at <= NOW + DAY,
        ),
        "owner": (CaseQuery(owner_id=owner), lambda row, owners: owner in owners),
        "overdue": (
            CaseQuery(overdue=True),
            lambda row, owners: row.stage != "closed" and row.due_at is not None and late(row),
        ),
        "on_time": (
            CaseQuery(overdue=False),
            lambda row, owners: row.stage == "closed" or row.due_at is None or not late(row),
        ),
    }


def task_queries(office: Office) -> dict[str, TaskQuery]:
    """Every filter of the task list."""
    unit, owner = office.world.units["jalan"], office.readers[3].id
    case_id = office.world.rows(UserTask)[0].case_id
    scopes = {scope: TaskQuery(scope=scope) for scope in ("mine", "available", "all")}
    filters = {
        **scopes,
        "unit": TaskQuery(unit_id=unit),
        "owner": TaskQuery(owner_id=owner),
        "case": TaskQuery(case_id=case_id),
        "available_of_unit": TaskQuery(scope="available", unit_id=unit),
    }
    return {
        f"{name} {state} {overdue}": replace(query, state=state, overdue=overdue)
        for name, query in filters.items()
        for state, overdue in (("open", None), ("open", True), ("open", False), ("completed", None))
    }


def pages(session: Session, office: Office, read: Any, query: Any, by: Actor) -> list[str]:
    """Ids on all pages of three, with no page empty but an only one; the first says how many there are."""
    found: list[str] = []
    counts = []
    while True:
        page = read(session, office.world.env, replace(query, limit=3), by=by)
        assert len(page.items) == 3 or page.next is None
        found += [row.id for row in page.items]
        counts.append((page.count, page.count_is_exact))
        if page.next is None:
            assert counts == [(len(found), True)] + [(None, False)] * (len(counts) - 1)
            return found
        query = replace(query, cursor=page.next)


def by_due(row: Any, *more: Any) -> Any:
    """A key that puts rows without a date at the end."""
    return (row.due_at is None, row.due_at or NOW, *more)


def test_every_filter_and_order_of_the_case_list_shows_each_reader_what_a_plain_search_finds(
    office: Office,
) -> None:
    queries, seen = case_queries(office), 0
    with office.world.session() as session:
        rows = session.execute(select(*Case.__table__.columns)).all()
        tasks = session.execute(select(UserTask.case_id, UserTask.owner_id).where(UserTask.state == "open"))
        owners: dict[str, set[str]] = {row.id: set() for row in rows}
        for case_id, owner_id in tasks:
            owners[case_id].add(owner_id)
        for by in office.readers:
            visible = set(session.scalars(select(Case.id).where(visible_cases(office.world.env, by))))
            seen += len(visible)
            for name, (query, meant) in queries.items():
                chosen = [row for row in rows if row.id in visible and meant(row, owners[row.id])]
                newest = sorted(chosen, key=lambda row: (row.received_at, row.id), reverse=True)
                soonest = sorted(chosen, key=lambda row: by_due(row, row.id))
                for sort, expected in (("-received", newest), ("due", soonest)):
                    found = pages(session, office, list_cases, replace(query, sort=sort), by)
                    assert found == [row.id for row in expected], (name, sort, by.grants)
    assert seen > 30


def test_a_text_is_found_in_titles_as_it_stands(office: Office) -> None:
    by = office.readers[4]
    with office.world.session() as session:
        visible = session.execute(
            select(Case.id, Case.title).where(visible_cases(office.world.env, by))
        ).all()
        for text in ("jalan", "JALAN", "100%", "kelas_1", "%", "_", "/", "tidak ada"):
            expected = {row.id for row in visible if text.lower() in row.title.lower()}
            assert set(pages(session, office, list_cases, CaseQuery(text=text), by)) == expected, text


@pytest.mark.parametrize("few", [500, 1])
def test_a_text_is_searched_beside_every_other_filter_and_not_in_the_restricted_lane(
    office: Office, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "FEW", few)
    found = 0
    with office.world.session() as session:
        for by in office.readers:
            for query, _ in case_queries(office).values():
                plain = set(pages(session, office, list_cases, query, by))
                titles = select(Case.id).where(Case.id.in_(plain), Case.title.contains("alan"))
                if not sees_oversight_titles(by):
                    titles = titles.where(Case.case_class != "oversight", Case.sensitivity != "oversight")
                expected = set(session.scalars(titles))
                assert set(pages(session, office, list_cases, replace(query, text="alan"), by)) == expected
                found += len(expected)
    assert found > 30


def test_every_filter_of_the_task_list_shows_each_reader_what_a_plain_search_finds(office: Office) -> None:
    queries, seen = task_queries(office), 0
    columns = (*UserTask.__table__.columns, *OWNER_COLUMNS)
    joined = select(*columns).join(Case, Case.id == UserTask.case_id)
    with office.world.session() as session:
        rows = session.execute(joined).all()
        teams = {(row.case_id, row.user_id) for row in session.execute(select(*TeamMember.__table__.columns))}
        for by in office.readers:
            env = office.world.env
            visible = {row.id for row in session.execute(joined.where(visible_tasks(env, by)))}
            workable = {row.id for row in session.execute(joined.where(workable_cases(env, by)))}
            free = {row.id for row in rows if row.id in workable and _free(office, row, by, teams)}
            seen += len(free)
            for name, query in queries.items():
                mine = {row.id for row in rows if row.owner_id == by.id and row.id in workable}
                filtered = query.unit_id or query.owner_id or query.case_id
                wide = visible if filtered else mine | free
                among = {"mine": mine, "available": free, "all": wide}[query.scope]
                expected = [row for row in rows if row.id in among and _meant(query, row)]
                expected.sort(key=lambda row: by_due(row, row.created_at, row.id))
                assert pages(session, office, list_tasks, query, by) == [row.id for row in expected], name
    assert seen > 5


def _meant(query: TaskQuery, row: Any) -> bool:
    late = row.due_at is not None and row.due_at <= NOW
    return (
        row.state == query.state
        and query.overdue in (None, late)
        and query.unit_id in (None, row.unit_id)
        and query.owner_id in (None, row.owner_id)
        and query.case_id in (None, row.case_id)
    )


def _free(office: Office, row: Any, by: Actor, teams: set[tuple[str, str]]) -> bool:
    """Whether the reader may take the task: the rule on a row, and the team of a case of the restricted lane."""
    if row.state != "open":
        return False
    grants = grants_for(office.world.env, by, row)
    in_team = row.role == "inspectorate" and any(case_id == row.case_id for case_id, _ in teams)
    if not grants or (by.has("inspectorate") and in_team and (row.case_id, by.id) not in teams):
        return False
    return row.owner_id is None or any(row.owner_id == grant.for_user for grant in grants if grant.for_user)


def test_a_list_is_one_statement_for_whoever_comes_to_cases_by_many_ways(office: Office) -> None:
    for by in office.readers:
        with counted(office.world.engine) as statements, office.world.session() as session:
            list_cases(session, office.world.env, CaseQuery(sort="due"), by=by)
            list_tasks(session, office.world.env, TaskQuery(), by=by)
        assert len([one for one in statements if one.startswith(("SELECT", "WITH"))]) == 2


PAST = 3000
COPIED = """
INSERT INTO cases ({names}) SELECT {values} FROM (SELECT * FROM cases WHERE id = '{case_id}') AS original,
generate_series({first}, {last}) AS n
"""


def add_past(office: Office, case_id: str, numbers: range) -> None:
    """Copies of a closed case, each a minute older than the one before and with ids and references of their own."""
    changed = {
        "id": "gen_random_uuid()",
        "reference": "left(md5(random()::text || n), 20)",
        "received_at": "original.received_at - n * interval '1 minute'",
        "title": "'Pohon tumbang nomor ' || n",
    }
    names = [column.name for column in Case.__table__.columns]
    values = ", ".join(changed.get(name, f'original."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    statement = COPIED.format(
        names=listed, values=values, case_id=case_id, first=numbers[0], last=numbers[-1]
    )
    with office.world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
        connection.execute(text("VACUUM ANALYZE cases"))


def blocks_read(office: Office, query: CaseQuery | TaskQuery, by: Actor) -> int:
    """How many blocks of tables and indexes PostgreSQL looks at for the first page."""
    found: list[int] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        with connection.connection.cursor() as asking:
            asking.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, parameters)
            ((plan,),) = asking.fetchone()
            found.append(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])

    event.listen(office.world.engine, "before_cursor_execute", explain)
    with office.world.session() as session:
        read: Any = list_tasks if isinstance(query, TaskQuery) else list_cases
        read(session, office.world.env, query, by=by)
    event.remove(office.world.engine, "before_cursor_execute", explain)
    return sum(found)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_page_looks_at_as_much_when_the_past_of_the_office_doubles(office: Office) -> None:
    unit = office.world.units["jalan"]
    past = office.world.case(lead="jalan", stage="closed", channel="letter", received_at=NOW - 90 * DAY)
    queries: dict[str, CaseQuery | TaskQuery] = {
        "all": CaseQuery(),
        "by due": CaseQuery(sort="due"),
        "closed": CaseQuery(stage=Stage.CLOSED),
        "open": CaseQuery(status=Status.PROSES),
        "unit": CaseQuery(unit_id=unit),
        "channel": CaseQuery(channel=Channel.LETTER),
        "late": CaseQuery(overdue=True),
        "tasks": TaskQuery(),
    }
    read: list[dict[tuple[str, int], int]] = []
    for numbers in (range(1, PAST + 1), range(PAST + 1, 2 * PAST + 1)):
        add_past(office, past, numbers)
        readers = list(enumerate(office.readers))[:2]
        read.append(
            {(name, i): blocks_read(office, queries[name], by) for name in queries for i, by in readers}
        )
    for list_of, blocks in read[0].items():
        assert read[1][list_of] <= blocks * 1.2 + 20, list_of
