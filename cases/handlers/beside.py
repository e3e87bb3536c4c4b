"""Handlers for what runs beside a case or in its place: examination, referral, Ombudsman, data requests."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from cases.body_tasks import TEAM_OF_AT_LEAST
from cases.deadlines.events import happened
from cases.errors import RefusedByRuleError
from cases.handlers.base import CloseCase, Handler
from cases.handlers.lifecycle import publish_draft, tell
from cases.model import Actor, ActorKind, Grant, Stage
from cases.sight import INSPECTORATE, is_about
from cases.work import CaseWork, RunningInstance
from engine.model import Data, Text
from storage.tables import CaseRequest, Referral, Role, TeamMember, Unit, User, UserTask

BY_ANOTHER_BODY = ("accepted", "rejected", "taken_back")


def refer(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Another body is asked whether it takes the case; from now on it is the one that has it."""
    body = work.case["referred_to"]
    if not body:
        raise RefusedByRuleError(
            Text(
                id="Pilih dahulu instansi yang berwenang; tanpa itu pengaduan tidak dapat diteruskan.",
                en="Choose the body with authority first; without one the complaint cannot be referred.",
            )
        )
    happened(work, "referred_at", instance_id=instance.id)
    work.add(
        Referral,
        id=work.env.new_id(),
        case_id=work.case["id"],
        instance_id=instance.id,
        body=body,
        sent_at=work.now,
        reminded_at=None,
        answered_at=None,
        answer=None,
    )
    work.record("case:case:referred", data={"to": body}, instance_id=instance.id)
    work.send("case:referred", {"to": body})


def remind_body(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The other body has not answered and is reminded."""
    _change_referral(work, instance, reminded_at=work.now)
    data = {"to": work.case["referred_to"]}
    work.record("case:referral:reminded", data=data, instance_id=instance.id)
    work.send("case:referral-reminded", data)


def record_referral_answer(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """What became of a referral: ``accepted``, ``rejected`` or ``taken_back``; its clocks stop."""
    answer = str(arguments["answer"])
    if answer not in BY_ANOTHER_BODY:
        raise LookupError(f"a referral ends {', '.join(BY_ANOTHER_BODY)}, not {answer!r}")
    _change_referral(work, instance, answered_at=work.now, answer=answer)
    happened(work, "referral_decided", instance_id=instance.id)
    data = {"to": work.case["referred_to"], "answer": answer}
    work.record("case:referral:answered", data=data, instance_id=instance.id)


def form_team(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The team that examines the case, in place of an earlier one. Raises RefusedByRuleError for whoever is accused."""
    wanted = list(dict.fromkeys(str(member) for member in arguments["members"] or ()))
    people = _people(work, wanted)
    if any(_accused(work, person) for person in people.values()):
        raise RefusedByRuleError(_ACCUSED)
    if len(people) != len(wanted) or not all(person.has(INSPECTORATE) for person in people.values()):
        raise RefusedByRuleError(_NOT_INSPECTORATE)
    if len(wanted) < TEAM_OF_AT_LEAST:
        raise RefusedByRuleError(_TOO_FEW)
    case_id = work.case["id"]
    work.session.execute(delete(TeamMember).where(TeamMember.case_id == case_id))
    for user_id in wanted:
        work.add(TeamMember, case_id=case_id, user_id=user_id, added_at=work.now)
    work.record("case:team:formed", data={"members": wanted}, instance_id=instance.id)


def require_other_person(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Four eyes: whoever did the named task of this process last may not also have done the present one.

    An earlier time does not count: in a team of two both may have examined, and somebody must be able to decide.
    """
    query = select(UserTask.completed_by).where(
        UserTask.instance_id == instance.id,
        UserTask.element_id == str(arguments["task"]),
        UserTask.state == "completed",
    )
    last = query.order_by(UserTask.completed_at.desc(), UserTask.id.desc()).limit(1)
    if work.by.kind is ActorKind.USER and work.by.id == work.session.scalar(last):
        raise RefusedByRuleError(_SAME_PERSON)


def publish_decision(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The decision becomes readable for the complainant, who is told; it answers the complaint."""
    if publish_draft(work, instance, kind="explanation") is not None:
        tell(work, "decision_delivered")


def answer_request(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The request of this process is answered; its clock stops."""
    outcome = str(arguments["outcome"])
    mine = CaseRequest.instance_id == instance.id
    work.session.execute(update(CaseRequest).where(mine).values(answered_at=work.now, outcome=outcome))
    happened(work, "answered_at", instance_id=instance.id)
    data = {"process": instance.process_id, "outcome": outcome}
    work.record("case:request:answered", data=data, instance_id=instance.id)


def close_case(work: CaseWork, instance: RunningInstance, arguments: Data) -> CloseCase | None:
    """Close the case whatever its main process does; one that is closed already keeps its outcome."""
    if work.case["stage"] == Stage.CLOSED:
        return None
    return CloseCase(str(arguments["outcome"]))


HANDLERS: Mapping[str, Handler] = {
    "refer": refer,
    "remind_body": remind_body,
    "record_referral_answer": record_referral_answer,
    "form_team": form_team,
    "require_other_person": require_other_person,
    "publish_decision": publish_decision,
    "answer_request": answer_request,
    "close_case": close_case,
}


def _change_referral(work: CaseWork, instance: RunningInstance, **values: Any) -> None:
    mine = (Referral.instance_id == instance.id) & Referral.answered_at.is_(None)
    work.session.execute(update(Referral).where(mine).values(**values))


def _people(work: CaseWork, user_ids: list[str]) -> dict[str, Actor]:
    """The active users of these ids with all their roles."""
    query = (
        select(User.id, User.name, Role.role, Role.unit_id, Unit.path)
        .join(Role, Role.user_id == User.id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(User.id.in_(user_ids), User.active)
    )
    grants: dict[str, tuple[str, tuple[Grant, ...]]] = {}
    for row in work.session.execute(query):
        _, known = grants.get(row.id, (row.name, ()))
        grants[row.id] = (row.name, (*known, Grant(row.role, row.unit_id, row.path)))
    return {key: Actor(ActorKind.USER, key, name, held) for key, (name, held) in grants.items()}


def _accused(work: CaseWork, person: Actor) -> bool:
    case = work.case
    return is_about(person, user_id=case["accused_user_id"], unit_id=case["accused_unit_id"])


_ACCUSED = Text(
    id="Tim tidak boleh berisi pihak yang diadukan atau orang dari unitnya. Pilih anggota lain.",
    en="The team may not hold whoever is complained about, nor anybody of that unit. Choose other members.",
)
_NOT_INSPECTORATE = Text(
    id="Anggota tim harus orang inspektorat yang masih aktif. Pilih dari daftar.",
    en="Members of the team must be active people of the inspectorate. Choose from the list.",
)
_TOO_FEW = Text(
    id="Tim paling sedikit dua orang, karena pemeriksa tidak boleh memutus sendiri.",
    en="A team has at least two people, because an examiner may not decide alone.",
)
_SAME_PERSON = Text(
    id="Penulis hasil pemeriksaan tidak boleh memutus. Minta anggota tim lain memutuskan.",
    en="Whoever wrote the findings may not decide. Ask another member of the team to decide.",
)
