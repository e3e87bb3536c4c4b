"""Deploys, lists and retires rulesets: versions never change, and a case keeps the one it was opened under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.definition_rows import find_newest_active
from cases.environment import Environment
from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.model import Actor
from cases.policy import require_act
from cases.rules.gate import check_ruleset, is_refused
from cases.rules.model import Ruleset
from cases.rules.reading import read_ruleset
from cases.rules.store import (
    ACTIVE,
    RETIRED,
    RulesetMissingError,
    find_in_force,
    load_ruleset_files,
    store_ruleset,
)
from engine.errors import DeploymentRefusedError
from engine.model import Files, Finding, Text
from storage.tables import Case, RulesetVersion, Unit, User

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RulesetView:
    """One version of a ruleset."""

    key: str
    version: int
    name: str
    status: str
    note: str
    created_at: datetime
    created_by_name: str | None
    in_force: bool
    """New cases are opened under it."""
    open_cases: int


def check_upload(session: Session, env: Environment, files: Files, *, by: Actor) -> tuple[Finding, ...]:
    """Say what ``deploy_ruleset`` would say, without keeping anything."""
    require_act(env, by, "draft_process")
    return _check(session, env, files)


def deploy_ruleset(session: Session, env: Environment, files: Files, *, by: Actor, note: str) -> RulesetView:
    """Add the next version of a ruleset for new cases; the same files as those in force keep their version.

    Raises DeploymentRefusedError with the findings, ConflictError when another deployment came first.
    """
    require_act(env, by, "deploy_process")
    findings = _check(session, env, files)
    if is_refused(findings):
        raise DeploymentRefusedError(findings)
    current = find_in_force(session)
    if current and load_ruleset_files(session, *current) == dict(files):
        return get_ruleset_version(session, env, *current, by=by)
    ruleset = read_ruleset(files, 1)
    highest = session.scalar(
        select(func.max(RulesetVersion.version)).where(RulesetVersion.key == ruleset.key)
    )
    numbered = read_ruleset(files, (highest or 0) + 1)
    try:
        store_ruleset(session, files, numbered, note=note, at=env.clock.now(), created_by=by.id)
    except IntegrityError as error:
        raise ConflictError from error
    return get_ruleset_version(session, env, numbered.key, numbered.version, by=by)


def retire_ruleset(session: Session, env: Environment, key: str, version: int, *, by: Actor) -> None:
    """Take a version out of use for new cases; cases under it keep it. Raises RefusedByRuleError for the last one."""
    require_act(env, by, "deploy_process")
    active = session.scalar(
        select(func.count()).select_from(RulesetVersion).where(RulesetVersion.status == ACTIVE)
    )
    wanted = get_ruleset_version(session, env, key, version, by=by)
    if wanted.status == ACTIVE and active == 1:
        raise RefusedByRuleError(
            Text(
                id="Ini satu-satunya himpunan aturan yang aktif. Terbitkan yang baru lebih dulu.",
                en="This is the only active ruleset. Deploy a new one first.",
            )
        )
    chosen = RulesetVersion.key == key, RulesetVersion.version == version
    session.execute(update(RulesetVersion).where(*chosen).values(status=RETIRED))


def list_rulesets(session: Session, env: Environment, *, by: Actor) -> tuple[RulesetView, ...]:
    """Every version of every ruleset, the newest first."""
    require_act(env, by, "read_process")
    return _views(session)


def get_ruleset_version(
    session: Session, env: Environment, key: str, version: int | None, *, by: Actor
) -> RulesetView:
    """One version, or with None the newest of the key; raises NotFoundError."""
    require_act(env, by, "read_process")
    found = [view for view in _views(session) if view.key == key and version in {None, view.version}]
    if not found:
        raise NotFoundError
    return max(found, key=lambda view: view.version)


def get_ruleset_files(session: Session, env: Environment, key: str, version: int, *, by: Actor) -> Files:
    """The files of a version exactly as they were deployed; raises NotFoundError."""
    require_act(env, by, "read_process")
    files = load_ruleset_files(session, key, version)
    if not files:
        raise NotFoundError
    return files


def get_ruleset(session: Session, env: Environment, key: str, version: int, *, by: Actor) -> Ruleset:
    """The rules of a version, read; raises NotFoundError."""
    require_act(env, by, "read_process")
    try:
        return env.rulesets.get(session, key, version)
    except RulesetMissingError as error:
        raise NotFoundError from error


def _check(session: Session, env: Environment, files: Files) -> tuple[Finding, ...]:
    units = frozenset(session.scalars(select(Unit.code)))
    processes = frozenset(one.key for one in find_newest_active(session))
    return check_ruleset(files, units=units, processes=processes, notices=env.reference.notices)


def _views(session: Session) -> tuple[RulesetView, ...]:
    rows = session.execute(
        select(
            RulesetVersion.key,
            RulesetVersion.version,
            RulesetVersion.name,
            RulesetVersion.status,
            RulesetVersion.note,
            RulesetVersion.created_at,
            User.name.label("created_by_name"),
        )
        .outerjoin(User, User.id == RulesetVersion.created_by)
        .order_by(RulesetVersion.created_at.desc(), RulesetVersion.version.desc())
    ).all()
    counted = _open_cases(session)
    current = find_in_force(session)
    return tuple(
        RulesetView(
            **row._mapping,
            in_force=(row.key, row.version) == current,
            open_cases=counted.get((row.key, row.version), 0),
        )
        for row in rows
    )


def _open_cases(session: Session) -> Mapping[tuple[str, int], int]:
    rows = session.execute(
        select(Case.ruleset, Case.ruleset_version, func.count())
        .where(Case.stage != CLOSED)
        .group_by(Case.ruleset, Case.ruleset_version)
    )
    return {(row[0], row[1]): row[2] for row in rows}
