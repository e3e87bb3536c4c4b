"""Deploys process definitions, answers which version new cases start on, and retires versions."""

from collections.abc import Mapping

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.cursors import as_text, read_cursor, write_cursor
from cases.definition_rows import (
    ACTIVE,
    RETIRED,
    ActiveDefinition,
    add_version,
    find_newest_active,
    find_started_by,
    read_files,
    read_views,
    select_views,
    store_deployment,
)
from cases.definition_sets import Shelf, assemble, files_from_folder, is_lost
from cases.environment import Environment
from cases.errors import ConflictError, NotFoundError, RefusedByRuleError
from cases.ids import known_id
from cases.model import Actor, DefinitionView, Page
from cases.policy import require_act
from cases.reports.schedule import schedule
from cases.two_persons import publish_with_second_person
from engine.deployment import build, check
from engine.errors import DeploymentRefusedError
from engine.markup import MAX_SET_BYTES, MAX_SET_FILES
from engine.model import Files, Finding, Severity, Text
from storage.tables import ProcessDefinition

__all__ = [
    "ActiveDefinition",
    "active_definition",
    "check_files",
    "check_upload",
    "deploy",
    "deployed",
    "files_from_folder",
    "get_definition",
    "get_files",
    "list_definitions",
    "load_files",
    "retire",
    "start_by_message",
]


CURSOR = "definitions"


def active_definition(session: Session, key: str) -> ActiveDefinition:
    """Answer the version on which new instances start; raises RefusedByRuleError when there is none."""
    return deployed({one.key: one for one in find_newest_active(session, key=key)}, key)


def deployed(found: Mapping[str, ActiveDefinition], key: str) -> ActiveDefinition:
    """The version of this process among those that can be started; raises RefusedByRuleError when there is none."""
    if key not in found:
        raise RefusedByRuleError(
            Text(
                id=f"Proses {key} belum diterbitkan. Minta perancang proses menerbitkannya.",
                en=f"The process {key} is not deployed. Ask a process designer to deploy it.",
            )
        )
    return found[key]


def start_by_message(session: Session, message: str) -> ActiveDefinition | None:
    """Answer the active version that begins with this message, or None; a deployment keeps it unique."""
    return next(iter(find_started_by(session, message)), None)


def load_files(session: Session, deployment_hash: str) -> Files:
    """Read a deployed set for the engine's cache; raises NotFoundError for an unknown hash."""
    sets = read_files(session, [deployment_hash])
    if deployment_hash not in sets:
        raise NotFoundError
    return sets[deployment_hash]


def check_files(env: Environment, files: Files, *, by: Actor) -> tuple[Finding, ...]:
    """Say everything that is wrong with a complete set, without keeping it."""
    require_act(env, by, "draft_process")
    return check(files)


def check_upload(session: Session, env: Environment, files: Files, *, by: Actor) -> tuple[Finding, ...]:
    """Say what ``deploy`` would say to a whole or partial set, and which of its files no process uses."""
    require_act(env, by, "draft_process")
    if _too_large(files):
        return check(files)
    sets = _split(session, files)
    findings = [finding for complete in sets.values() for finding in check(complete)]
    return (*dict.fromkeys(findings), *_about_the_rest(files, sets))


def deploy(
    session: Session, env: Environment, files: Files, *, by: Actor, note: str
) -> tuple[DefinitionView, ...]:
    """Deploy a set, whole or partial, and answer the version of every process that it concerns.

    Missing files come from the process's newest active version or else from any other active one. A process
    whose files did not change keeps its version; the others get a new one, also those that merely use a given
    file. Raises DeploymentRefusedError with the findings, ConflictError when another deployment came first, and
    RefusedByRuleError where the office asks for a second designer and none agreed to exactly this set.
    """
    require_act(env, by, "deploy_process")
    if _too_large(files):
        raise DeploymentRefusedError(check(files))
    sets = _split(session, files)
    rest = tuple(finding for finding in _about_the_rest(files, sets) if finding.severity is Severity.ERROR)
    if rest:
        raise DeploymentRefusedError(rest)
    publish_with_second_person(session, env, files, by=by)
    try:
        ids = [_deploy_one(session, env, key, complete, by=by, note=note) for key, complete in sets.items()]
    except IntegrityError as error:
        raise ConflictError from error
    chosen = select_views().where(ProcessDefinition.id.in_(ids)).order_by(ProcessDefinition.key)
    return read_views(session, chosen)


def _deploy_one(session: Session, env: Environment, key: str, files: Files, *, by: Actor, note: str) -> str:
    deployment = build(files)
    process = deployment.processes[key]
    current = next(iter(find_newest_active(session, key=key)), None)
    if current and current.deployment_hash == deployment.hash:
        return current.id
    for message in process.start_messages:
        rival = start_by_message(session, message)
        if rival and rival.key != key:
            raise DeploymentRefusedError((_message_taken(process.file, message, rival.key),))
    store_deployment(session, env, deployment.hash, files, by=by)
    if process.start_clock:
        schedule(session, env, key, process.start_clock)
    return add_version(session, env, process, deployment.hash, by=by, note=note)


def _split(session: Session, files: Files) -> Mapping[str, Files]:
    """Answer the complete set of every process that is given, or that uses something given."""
    given = Shelf(files)
    active = find_newest_active(session)
    deployed = read_files(session, [definition.deployment_hash for definition in active])
    shelves = {definition.key: Shelf(deployed[definition.deployment_hash]) for definition in active}
    sets: dict[str, Files] = {}
    for key in sorted({*given.processes(), *shelves}):
        own = [shelves[key]] if key in shelves else []
        order = [given, *own, *(shelf for name, shelf in shelves.items() if name != key)]
        complete = assemble(key, order)
        concerned = any(complete.get(path) is content for path, content in files.items())
        if concerned and not is_lost(key, complete, order):
            sets[key] = complete
    return sets


def _too_large(files: Files) -> bool:
    """Such a set is refused by the gate before anybody reads it."""
    return len(files) > MAX_SET_FILES or sum(map(len, files.values())) > MAX_SET_BYTES


def _about_the_rest(files: Files, sets: Mapping[str, Files]) -> tuple[Finding, ...]:
    """Report given files that no process uses: a broken diagram with its faults, others with a warning."""
    used = {path for complete in sets.values() for path in complete}
    rest = {path: content for path, content in files.items() if path not in used}
    broken = {path: content for path, content in rest.items() if path.endswith(".bpmn")}
    findings = check(broken) if broken else ()
    if not sets and not findings:
        return (_nothing_to_deploy(next(iter(files), "")),)
    return (*findings, *(_unused(path) for path in rest if path not in broken))


def _unused(path: str) -> Finding:
    return Finding(
        rule="file-unused",
        severity=Severity.WARNING,
        file=path,
        message=Text(id="Tidak ada proses yang memakai berkas ini.", en="No process uses this file."),
        remedy=Text(
            id="Sebutkan dalam diagram (formulir atau keputusan), atau biarkan: tidak ikut diterbitkan.",
            en="Name it in a diagram (form or decision), or leave it: it is not deployed.",
        ),
    )


def _nothing_to_deploy(path: str) -> Finding:
    return Finding(
        rule="nothing-to-deploy",
        severity=Severity.ERROR,
        file=path,
        message=Text(
            id="Tidak ada proses dalam berkas ini, dan tidak ada proses aktif yang memakainya.",
            en="There is no process in these files, and no active process uses them.",
        ),
        remedy=Text(
            id="Sertakan diagram BPMN dengan proses yang dapat dijalankan (isExecutable).",
            en="Add a BPMN diagram with an executable process (isExecutable).",
        ),
    )


def _message_taken(file: str, message: str, rival: str) -> Finding:
    return Finding(
        rule="start-message-taken",
        severity=Severity.ERROR,
        file=file,
        message=Text(
            id=f"Pesan {message} sudah memulai proses {rival}; satu pesan hanya memulai satu proses.",
            en=f"The message {message} already starts the process {rival}; it can start only one.",
        ),
        remedy=Text(
            id=f"Pakai pesan lain pada kejadian awal, atau pensiunkan proses {rival}.",
            en=f"Use another message at the start event, or retire the process {rival}.",
        ),
    )


def list_definitions(
    session: Session,
    env: Environment,
    *,
    by: Actor,
    key: str | None = None,
    cursor: str | None = None,
    limit: int = 200,
) -> Page[DefinitionView]:
    """List versions by process, newest first, with the number of instances that still run on each."""
    require_act(env, by, "read_process")
    chosen = select_views().order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    if key is not None:
        chosen = chosen.where(ProcessDefinition.key == key)
    if cursor is not None:
        after, below = read_cursor(cursor, CURSOR, as_text, int)
        below_it = (ProcessDefinition.key == after) & (ProcessDefinition.version < below)
        chosen = chosen.where((ProcessDefinition.key > after) | below_it)
    views = read_views(session, chosen.limit(limit + 1))
    last = views[limit - 1] if len(views) > limit else None
    return Page(views[:limit], write_cursor(CURSOR, last.key, str(last.version)) if last else None)


def get_definition(session: Session, env: Environment, definition_id: str, *, by: Actor) -> DefinitionView:
    """Answer one version of a process."""
    require_act(env, by, "read_process")
    found = read_views(session, select_views().where(ProcessDefinition.id == known_id(definition_id)))
    if not found:
        raise NotFoundError
    return found[0]


def get_files(session: Session, env: Environment, definition_id: str, *, by: Actor) -> Files:
    """Read the complete set of a version."""
    return load_files(session, get_definition(session, env, definition_id, by=by).deployment_hash)


def retire(session: Session, env: Environment, definition_id: str, *, by: Actor) -> DefinitionView:
    """Take a version out of use for new cases; those that run on it go on. The last active version stays."""
    require_act(env, by, "deploy_process")
    view = get_definition(session, env, definition_id, by=by)
    active = (ProcessDefinition.key == view.key, ProcessDefinition.status == ACTIVE)
    others = session.execute(select_views().where(*active, ProcessDefinition.id != view.id)).first()
    if view.status == ACTIVE and others is None:
        raise RefusedByRuleError(
            Text(
                id="Ini satu-satunya versi aktif. Terbitkan versi lain sebelum memensiunkannya.",
                en="This is the only active version. Deploy another one before you retire it.",
            )
        )
    session.execute(update(ProcessDefinition).where(ProcessDefinition.id == view.id).values(status=RETIRED))
    return get_definition(session, env, view.id, by=by)
