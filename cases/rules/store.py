"""The rulesets of the office as stored: immutable versions, the newest active one is that of new cases."""

from datetime import datetime
from threading import Lock

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cases.rules.model import Ruleset
from cases.rules.reading import read_ruleset
from engine.model import Files
from storage.queries.once import once
from storage.tables import RulesetFile, RulesetVersion

ACTIVE, RETIRED = "active", "retired"


class RulesetMissingError(Exception):
    """No ruleset of that key and version is stored; 'tuntas init' and 'tuntas migrate' put the first one in place."""


class Rulesets:
    """Reads rulesets; a version never changes, so each is read once by a process. Safe for threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Ruleset] = {}
        self._lock = Lock()

    def active(self, session: Session) -> Ruleset:
        """The ruleset of new cases. One small statement; raises RulesetMissingError."""
        newest = once(session, "ruleset in force", lambda: find_in_force(session))
        if newest is None:
            raise RulesetMissingError
        return self.get(session, *newest)

    def get(self, session: Session, key: str, version: int) -> Ruleset:
        """One version. No statement when this process has seen it; raises RulesetMissingError."""
        known = self._known.get((key, version))
        if known is None:
            files = load_ruleset_files(session, key, version)
            if not files:
                raise RulesetMissingError
            known = read_ruleset(files, version)
            with self._lock:
                self._known[key, version] = known
        return known


def find_in_force(session: Session) -> tuple[str, int] | None:
    """Key and version under which new cases are opened: the active version that was deployed last."""
    newest = session.execute(
        select(RulesetVersion.key, RulesetVersion.version)
        .where(RulesetVersion.status == ACTIVE)
        .order_by(RulesetVersion.created_at.desc(), RulesetVersion.version.desc())
        .limit(1)
    ).one_or_none()
    return (newest.key, newest.version) if newest else None


def load_ruleset_files(session: Session, key: str, version: int) -> Files:
    """The files of a version by path; empty when there is none."""
    rows = session.execute(
        select(RulesetFile.path, RulesetFile.content).where(
            RulesetFile.key == key, RulesetFile.version == version
        )
    )
    return {row.path: row.content for row in rows}


def store_ruleset(
    session: Session, files: Files, ruleset: Ruleset, *, note: str, at: datetime, created_by: str | None
) -> None:
    """Add a version that passed the gate; two at once break the key and one of them begins anew."""
    where = {"key": ruleset.key, "version": ruleset.version}
    session.execute(
        insert(RulesetVersion).values(
            **where, name=ruleset.name.id, status=ACTIVE, note=note, created_at=at, created_by=created_by
        )
    )
    rows = [{**where, "path": path, "content": content} for path, content in sorted(files.items())]
    session.execute(insert(RulesetFile), rows)
