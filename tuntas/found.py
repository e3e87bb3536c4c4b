"""The fictional regency before its first complaint: units, people and processes, from a data file."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from cases.definitions import deploy
from cases.model import SYSTEM
from cases.passwords import hash_password
from cases.people import create_unit
from storage.tables import Role, User
from tuntas.config import ROOT
from tuntas.initial import add_office, seed_files, seed_rules
from tuntas.office import Tuntas

PASSWORD = "tuntas-desa-sukamaju"  # noqa: S105
"""The password of every fictional login; printed at the start of a living office."""

OFFICE_FILE = ROOT / "reference" / "office-contoh.json"


def demonstration_logins() -> list[tuple[str, str]]:
    """One login per role: user name and what the person is."""
    people = json.loads(OFFICE_FILE.read_text(encoding="utf-8"))["people"]
    chosen: dict[str, tuple[str, str]] = {}
    for person in people:
        for role in person["roles"]:
            chosen.setdefault(role["role"], (person["username"], f"{role['role']}, {person['name']}"))
    return list(chosen.values())


def found_office(office: Tuntas) -> None:
    """Units, people and processes of the fictional regency, in one transaction."""
    plan = json.loads(OFFICE_FILE.read_text(encoding="utf-8"))

    def work(session: Session) -> None:
        add_office(
            session,
            name=plan["office"]["name"],
            code=plan["office"]["code"],
            timezone=plan["office"]["timezone"],
            demonstration=True,
        )
        seed_rules(session, office.env, ZoneInfo(plan["office"]["timezone"]))
        units: dict[str, str] = {}
        for unit in plan["units"]:
            made = create_unit(
                session,
                office.env,
                code=unit["code"],
                name=unit["name"],
                kind=unit["kind"],
                parent_id=units.get(unit.get("parent")),
                by=SYSTEM,
            )
            units[unit["code"]] = made.id
        _add_people(session, office, plan["people"], units)
        deploy(session, office.env, seed_files(), by=SYSTEM, note="Proses awal Tuntas")

    office.work.write(work)


def _add_people(
    session: Session, office: Tuntas, people: list[dict[str, Any]], units: dict[str, str]
) -> None:
    # One hash serves all: the password is public, and hashing it for each person would only slow the start.
    password_hash = hash_password(PASSWORD, username="living-office")
    now = office.env.clock.now()
    for person in people:
        user_id = office.env.new_id()
        session.execute(
            insert(User).values(
                id=user_id,
                username=person["username"],
                name=person["name"],
                password_hash=password_hash,
                active=True,
                locale="id",
                created_at=now,
                version=1,
            )
        )
        rows = [
            {
                "id": office.env.new_id(),
                "user_id": user_id,
                "role": role["role"],
                "unit_id": units[role["unit"]],
            }
            for role in person["roles"]
        ]
        session.execute(insert(Role), rows)
