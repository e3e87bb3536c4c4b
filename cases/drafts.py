"""Keeps what a designer is working on: a set of files that may still be wrong, and on which nothing runs."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from cases.definition_rows import Rows, find_newest_active
from cases.definitions import deploy
from cases.environment import Environment
from cases.errors import ConflictError, FileRefusedError, NotFoundError, StaleError
from cases.ids import known_id
from cases.model import Actor, DefinitionView, DraftView, Page
from cases.policy import require_act
from engine.markup import MAX_FILE_BYTES, MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Files, Text
from storage.tables import Draft, DraftFile, User

PATH = re.compile(
    r"(bpmn/[\w-]{1,80}\.bpmn|dmn/[\w-]{1,80}\.dmn|forms/[\w-]{1,80}/[\w-]{1,80}\.json)", re.ASCII
)


def list_drafts(session: Session, env: Environment, *, by: Actor, limit: int = 200) -> Page[DraftView]:
    """List the drafts of all designers, last changed first, without their files."""
    require_act(env, by, "draft_process")
    chosen = _select_drafts().order_by(Draft.updated_at.desc(), Draft.id).limit(limit)
    return Page(tuple(DraftView(**row._mapping) for row in session.execute(chosen)))


def get_draft(session: Session, env: Environment, draft_id: str, *, by: Actor) -> DraftView:
    """Answer a draft with its files."""
    require_act(env, by, "draft_process")
    row = session.execute(_select_drafts().where(Draft.id == known_id(draft_id))).one_or_none()
    if row is None:
        raise NotFoundError
    stored = (
        select(DraftFile.path, DraftFile.content).where(DraftFile.draft_id == row.id).order_by(DraftFile.path)
    )
    return DraftView(**row._mapping, files={row.path: row.content for row in session.execute(stored)})


def save_draft(  # noqa: PLR0917
    session: Session,
    env: Environment,
    draft_id: str | None,
    key: str,
    name: str,
    files: Files,
    *,
    by: Actor,
    version: int | None,
    base_definition_id: str | None,
) -> DraftView:
    """Keep a set as a new draft, or replace an existing one as a whole.

    ``version`` is the one the designer saw; raises StaleError when somebody saved since, FileRefusedError for
    a path or size that no set may have.
    """
    require_act(env, by, "draft_process")
    _refuse_impossible(files)
    values = {
        "key": key[:80],
        "name": (name.strip() or key)[:200],
        "base_definition_id": known_id(base_definition_id) if base_definition_id else None,
        "updated_at": env.clock.now(),
        "updated_by": by.id,
    }
    kept_id = (
        _insert(session, env, values) if draft_id is None else _replace(session, draft_id, version, values)
    )
    session.execute(delete(DraftFile).where(DraftFile.draft_id == kept_id))
    if files:
        rows = [{"draft_id": kept_id, "path": path, "content": content} for path, content in files.items()]
        session.execute(insert(DraftFile), rows)
    return get_draft(session, env, kept_id, by=by)


def delete_draft(
    session: Session, env: Environment, draft_id: str, *, by: Actor, version: int | None
) -> None:
    """Throw a draft away; raises StaleError when somebody saved it since."""
    require_act(env, by, "draft_process")
    draft = get_draft(session, env, draft_id, by=by)
    if draft.version != version:
        raise StaleError
    session.execute(delete(DraftFile).where(DraftFile.draft_id == draft.id))
    removed = session.execute(delete(Draft).where(Draft.id == draft.id, Draft.version == version))
    if _count(removed) != 1:
        raise StaleError


def deploy_draft(
    session: Session, env: Environment, draft_id: str, *, by: Actor, version: int | None, note: str
) -> tuple[DefinitionView, ...]:
    """Deploy a draft as ``deploy`` does and throw it away.

    Raises ConflictError when a newer version was deployed since the draft was begun, so that nobody's work is
    undone unseen: a designer who wants that saves the draft on the newer base first.
    """
    draft = get_draft(session, env, draft_id, by=by)
    _refuse_outdated(session, draft)
    deployed = deploy(session, env, draft.files, by=by, note=note)
    delete_draft(session, env, draft_id, by=by, version=version)
    return deployed


def _refuse_outdated(session: Session, draft: DraftView) -> None:
    current = next(iter(find_newest_active(session, key=draft.key)), None)
    if draft.base_definition_id and current and current.id != draft.base_definition_id:
        raise ConflictError(
            Text(
                id=f"Versi {current.version} terbit sejak draf ini dimulai. Bandingkan dahulu, lalu "
                "simpan draf di atas versi itu.",
                en=f"Version {current.version} was deployed since this draft was begun. Compare first, then "
                "save the draft on top of it.",
            )
        )


def _select_drafts() -> Rows:
    return select(
        Draft.id,
        Draft.key,
        Draft.name,
        Draft.version,
        Draft.base_definition_id,
        Draft.updated_at,
        User.name.label("updated_by_name"),
    ).outerjoin(User, User.id == Draft.updated_by)


def _insert(session: Session, env: Environment, values: Mapping[str, Any]) -> str:
    draft_id = env.new_id()
    session.execute(insert(Draft).values(id=draft_id, version=1, **values))
    return draft_id


def _replace(session: Session, draft_id: str, version: int | None, values: Mapping[str, Any]) -> str:
    kept_id = known_id(draft_id)
    if session.execute(select(Draft.id).where(Draft.id == kept_id)).first() is None:
        raise NotFoundError
    changed = session.execute(
        update(Draft)
        .where(Draft.id == kept_id, Draft.version == version)
        .values(version=Draft.version + 1, **values)
    )
    if _count(changed) != 1:
        raise StaleError
    return kept_id


def _count(result: Any) -> int:
    return int(result.rowcount)


def _refuse_impossible(files: Files) -> None:
    """A draft may be wrong, but not without bounds: its paths become names of downloads, its bytes rows."""
    too_large = len(files) > MAX_SET_FILES or sum(map(len, files.values())) > MAX_SET_BYTES
    if too_large or any(len(content) > MAX_FILE_BYTES for content in files.values()):
        raise FileRefusedError(
            Text(
                id=f"Terlalu besar: paling banyak {MAX_FILE_BYTES // 1_000_000} MB per berkas "
                f"dan {MAX_SET_FILES} berkas.",
                en=f"Too large: at most {MAX_FILE_BYTES // 1_000_000} MB a file and {MAX_SET_FILES} files.",
            )
        )
    for path in files:
        if not PATH.fullmatch(path):
            shown = path[:80] if path.isprintable() else "?"
            raise FileRefusedError(
                Text(
                    id=f"Nama berkas {shown} tidak dapat dipakai. Pakai bpmn/nama.bpmn, dmn/nama.dmn "
                    "atau forms/proses/tugas.json.",
                    en=f"The file name {shown} cannot be used. Use bpmn/name.bpmn, dmn/name.dmn "
                    "or forms/process/task.json.",
                )
            )
