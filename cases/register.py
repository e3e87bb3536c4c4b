"""Registers complaints: number, tracking secret, first clocks, and the intake process."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cases.case_fields import apply_case_fields
from cases.categories import require_offered
from cases.conflict import Accused, name_accused, read_accused
from cases.deadlines.events import happened
from cases.environment import Environment
from cases.errors import NotFoundError, RefusedByRuleError
from cases.incidents import FaultedError, calendar_gap
from cases.masking import holds_identity_number
from cases.model import (
    SYSTEM,
    Actor,
    ActorKind,
    CaseClass,
    Channel,
    Kind,
    NewComplaint,
    Priority,
    Registered,
    Sensitivity,
    Stage,
    Status,
)
from cases.policy import may
from cases.postponed import find_postponed, intake_began, postpone_intake, wait_for_another_day
from cases.reference_numbers import next_reference
from cases.runtime import run_queue, start_process
from cases.summary import write_and_summarise
from cases.tracking import hash_secret, new_secret
from cases.work import CaseWork
from engine.model import Text
from storage.tables import Complainant, ExternalRef

RECORDED = (Channel.FRONT_DESK, Channel.LETTER, Channel.TELEPHONE)
IMPORTED = (Channel.LAPOR, Channel.OPEN311, Channel.CSV_IMPORT)
FIRST_MESSAGE = "complaint_registered"
"""What an intake waits for that does not tell the channels apart, such as one deployed by an earlier release."""
SELF_SERVICE = (Channel.WEB, Channel.MOBILE_APP, Channel.OPEN311)
"""Channels on which a complainant files without an officer."""


def register_complaint(
    session: Session, env: Environment, new: NewComplaint, *, by: Actor, secret: str | None = None
) -> Registered:
    """Open a case and start its intake. About fifteen statements, whatever the number of cases.

    ``received_at`` is when the complaint reached the body and may lie before ``entered_at``: clocks start there
    (Act 25/2009, article 44). ``secret`` is given only by a caller that must be able to repeat the same answer.
    When the calendar ends too soon for the dates, the case is kept all the same (``cases.postponed``).
    Raises NotFoundError when the actor may not register, RefusedByRuleError for a reception in the future or a
    category that is not offered.
    """
    _require_registrar(env, new, by)
    require_offered(env, new.category)
    secret = secret or new_secret()
    work = open_case(session, env, new, by=by, secret=secret)
    try:
        begin_intake(work)
    except FaultedError as fault:
        gap = calendar_gap(fault)
        if gap is None:
            raise
        work = open_case(session, env, new, by=by, secret=secret, reference=work.case["reference"])
        postpone_intake(work, fault, gap)
    return Registered(write_and_summarise(work), secret)


def begin_intake(work: CaseWork) -> None:
    """Start the clocks of reception and the intake process; raises RefusedByRuleError when none is deployed."""
    message = _first_message(Channel(work.case["channel"]))
    definition = work.started_by(message)
    if definition is None:
        message, definition = FIRST_MESSAGE, work.started_by(FIRST_MESSAGE)
    if definition is None:
        raise RefusedByRuleError(
            Text(
                id="Belum ada proses penerimaan yang diterbitkan. Minta perancang proses menerbitkannya.",
                en="No intake process is deployed. Ask a process designer to deploy one.",
            )
        )
    happened(work, "received_at", at=work.case["received_at"])
    start_process(work, definition.key, {}, message=message)
    run_queue(work)


def begin_postponed(session: Session, env: Environment) -> bool:
    """Begin the intake of the oldest case that waited for what the calendar has now; False when there is none.

    Its clocks count from the receipt, so it may be late from the first minute. One that needs still more of the
    calendar waits on, and holds up no other.
    """
    case_id = find_postponed(session, env.calendars.current(session))
    if case_id is None:
        return False
    work = CaseWork.load(session, env, case_id, by=SYSTEM)
    try:
        begin_intake(work)
    except FaultedError as fault:
        gap = calendar_gap(fault)
        if gap is None:
            raise
        wait_for_another_day(session, case_id, fault, gap)
        return True
    work.flush()
    intake_began(session, env, case_id)
    return True


def _first_message(channel: Channel) -> str:
    """How the complaint came: filed by the complainant, recorded by an officer, or handed over by another system."""
    if channel in RECORDED:
        return "complaint_recorded"
    return "complaint_imported" if channel in IMPORTED else "complaint_submitted"


def open_case(
    session: Session,
    env: Environment,
    new: NewComplaint,
    *,
    by: Actor,
    secret: str | None = None,
    reference: str | None = None,
) -> CaseWork:
    """The case with its rows gathered but no process started: what registering and importing share.

    Without a ``secret`` nobody can prove that the case is theirs.
    """
    received_at = new.received_at or env.clock.now()
    if received_at > env.clock.now():
        raise RefusedByRuleError(
            Text(
                id="Waktu penerimaan tidak boleh di masa depan. Periksa tanggalnya.",
                en="The time of receipt cannot be in the future. Check the date.",
            )
        )
    reference = reference or next_reference(session, env, received_at)
    columns = _columns(env, new, reference, received_at, by=by)
    rules = env.rulesets.active(session)
    columns.update(ruleset=rules.key, ruleset_version=rules.version)
    columns["tracking_hash"] = hash_secret(secret) if secret else None
    work = CaseWork.begin(session, env, columns, by=by)
    _add_complainant(work, new)
    _add_references(work, new)
    work.record(
        "case:case:registered",
        data={"channel": new.channel.value, "kind": new.kind.value, "received_at": received_at.isoformat()},
    )
    if new.accused_kind or new.accused_unit or new.accused_user:
        name_accused(work, _read_accused(session, new))
    if new.lead_unit:
        _dispose_at_once(work, new)
    work.send("case:registered", {"reference": reference})
    return work


def _dispose_at_once(work: CaseWork, new: NewComplaint) -> None:
    """An emergency is disposed by whoever registers it; everything else waits for its verification (domain)."""
    if new.priority is not Priority.EMERGENCY:
        raise RefusedByRuleError(
            Text(
                id="Unit hanya dapat ditetapkan saat pencatatan bila keadaannya darurat. Kosongkan unit, atau pilih "
                "prioritas darurat.",
                en="A unit can be named at registration only in an emergency. Leave the unit empty, or choose the "
                "priority emergency.",
            )
        )
    apply_case_fields(work, {"lead_unit": new.lead_unit})


def _read_accused(session: Session, new: NewComplaint) -> Accused:
    return read_accused(session, kind=new.accused_kind, unit=new.accused_unit, user=new.accused_user)


def _require_registrar(env: Environment, new: NewComplaint, by: Actor) -> None:
    if by.kind is ActorKind.SYSTEM:
        return
    if by.kind in (ActorKind.ANONYMOUS, ActorKind.COMPLAINANT) and new.channel in SELF_SERVICE:
        return
    if not may(env, by, "register", None):
        raise NotFoundError


def _columns(
    env: Environment, new: NewComplaint, reference: str, received_at: datetime, *, by: Actor
) -> dict[str, Any]:
    case_class = new.case_class or _default_class(new.kind)
    oversight = case_class is CaseClass.OVERSIGHT
    return {
        "id": env.new_id(),
        "reference": reference,
        "kind": new.kind.value,
        "case_class": case_class.value,
        "sensitivity": (Sensitivity.OVERSIGHT if oversight else Sensitivity.NORMAL).value,
        "priority": new.priority.value,
        "stage": Stage.RECEIVED.value,
        "status": Status.BELUM.value,
        "channel": new.channel.value,
        "title": new.title,
        "text": _whole_text(new),
        "event_on": new.event_on,
        "place": new.place,
        "area": new.area,
        "category": new.category,
        "category_version": env.reference.category_version if new.category else None,
        "target": new.target,
        "received_at": received_at,
        "entered_at": env.clock.now(),
        "entered_by": by.id if by.kind is ActorKind.USER else None,
        "round": 1,
        "returns": 0,
        "anonymous": new.anonymous,
        "confidential": new.confidential,
        "has_identity": bool(new.name),
        "holds_identity_number": holds_identity_number(f"{new.title} {new.text}"),
        "escalation_level": 0,
        "formal": False,
        "legal_hold": False,
        "work_left": False,
        "imported": new.imported,
        "version": 1,
        "history_seq": 0,
    }


def _default_class(kind: Kind) -> CaseClass:
    """An information request is of class information; an aspiration uses ordinary (domain, lifecycle)."""
    return CaseClass.INFORMATION if kind is Kind.INFORMATION_REQUEST else CaseClass.ORDINARY


def _whole_text(new: NewComplaint) -> str:
    """What happened, then the loss suffered and what is asked for, as a formal complaint has them."""
    parts = [new.text]
    if new.loss:
        parts.append(f"Kerugian: {new.loss}")
    if new.request:
        parts.append(f"Permintaan: {new.request}")
    return "\n\n".join(parts)


def _add_complainant(work: CaseWork, new: NewComplaint) -> None:
    work.add(
        Complainant,
        case_id=work.case["id"],
        name=new.name,
        address=new.address,
        phone=new.phone,
        email=new.email,
        proxy_name=new.proxy_name,
    )


def _add_references(work: CaseWork, new: NewComplaint) -> None:
    for ref in new.external_refs:
        work.add(
            ExternalRef,
            system=ref.system,
            external_id=ref.id,
            case_id=work.case["id"],
            url=ref.url,
            row_hash=ref.row_hash,
        )
