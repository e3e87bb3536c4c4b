"""The handlers that diagrams may call: each changes the case in the same transaction as the step that called it."""

import re
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, update

from cases.deadlines.alerts import raise_level
from cases.deadlines.events import happened
from cases.duplicates import find_alike
from cases.handlers.base import Deliver, Handler
from cases.letters.request import request_letter
from cases.masking import holds_identity_number
from cases.rules.handling import handling_rule
from cases.rules.words import NOTHING
from cases.work import CaseWork, RunningInstance
from cases.writing import Write
from engine.model import Data, StartProcess
from storage.queries.batch import Prepared
from storage.tables import CaseText, DuplicateCandidate, Notice

_TEXTS = cast("Table", CaseText.__table__)
_PUBLISH = Prepared(
    update(_TEXTS)
    .where(_TEXTS.c.id == bindparam("text"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=_TEXTS.c[name].type)
            for name in ("visibility", "published_at", "response_kind")
        }
    )
)

FINAL_RESPONSES = ("explanation", "action_taken")
"""Response kinds that answer the complaint; the others only report progress (domain, lifecycle table)."""

_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def normalise_complaint(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Tidy blanks and empty lines, which channels and typing leave behind; not a word is changed."""
    tidy = {name: _tidied(work.case[name]) for name in ("title", "text", "place", "target")}
    changed = {name: text for name, text in tidy.items() if text and text != work.case[name]}
    if changed:
        work.set(**changed)
        work.record("case:complaint:tidied", data={"fields": sorted(changed)}, instance_id=instance.id)


def _tidied(text: str | None) -> str:
    lines = [_BLANKS.sub(" ", line).strip() for line in (text or "").splitlines()]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def issue_receipt(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """A numbered receipt is mandatory (Act 25/2009, article 44): the notice on the status page carries it."""
    work.record("case:receipt:issued", data={"reference": work.case["reference"]}, instance_id=instance.id)
    if not work.case["imported"]:
        # The system that an import came from gave its own.
        request_letter(work, "receipt", instance_id=instance.id)


def scan_identity_numbers(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Mark a text that holds what may be an identity number, so that it is masked wherever it is shown."""
    if holds_identity_number(f"{work.case['title']} {work.case['text']}"):
        work.set(holds_identity_number=True)
        work.record("case:identity-number:found", instance_id=instance.id)


def find_duplicates(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Offer recent cases of the same category and place, or with the same title; one round trip."""
    for other in find_alike(work):
        reason = "same_title" if other.same_title else "same_category_and_place"
        work.add(DuplicateCandidate, case_id=work.case["id"], other_id=other.id, reason=reason)


def start_process(work: CaseWork, instance: RunningInstance, arguments: Data) -> StartProcess:
    """Start another process for the same case. The one that handles it takes it over, where no unit was named."""
    process = str(arguments["process"])
    if work.case["disposed_at"] is None and process == handling_rule(work.rules, work.case).process:
        _hand_over(work, instance)
    return StartProcess(process)


def _hand_over(work: CaseWork, instance: RunningInstance) -> None:
    """Verification is done: who examines or informs for the office has the case, without a disposition to a unit."""
    work.set(disposed_at=work.now)
    happened(work, "handed_over_at")
    work.record("case:case:handed-over", instance_id=instance.id)


def send_to_main(work: CaseWork, instance: RunningInstance, arguments: Data) -> Deliver:
    """Tell the case's main process what came out of this one."""
    payload = {"verdict": arguments["verdict"]} if "verdict" in arguments else {}
    return Deliver(str(arguments["message"]), payload)


def notify_complainant(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """A line on the private status page, and a row in the outbox for those who asked to be told.

    A decision table may answer ``none``: nobody is told. Raises LookupError for a notice that the office has not.
    """
    template = str(arguments["template"])
    if template == NOTHING:
        return
    if template not in work.env.reference.notices:
        raise LookupError(f"there is no notice {template!r}; reference/notices.json has them")
    tell(work, template)


def escalate(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """Raise attention once for a clock, a round and a level; never a change of status (domain, escalation row)."""
    raise_level(work, str(arguments["clock"]), int(arguments["level"]), instance_id=instance.id)


def dispose(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The case is routed to its lead unit; the clock of the first response starts."""
    work.set(disposed_at=work.now)
    happened(work, "disposed_at")
    work.record("case:case:disposed", data={"unit": work.case["lead_unit_id"]}, instance_id=instance.id)


def start_completion(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The complainant is asked to complete the complaint; its clock starts."""
    happened(work, "completion_requested_at")
    work.record("case:completion:requested", instance_id=instance.id)
    request_letter(work, "completion_request", instance_id=instance.id)


def publish_response(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The approved draft becomes public; only an explanation or an action taken answers the complaint.

    ``kind`` says what a response is whose author had nothing to choose, such as the answer to an information request.
    """
    draft = publish_draft(work, instance, kind=arguments.get("kind"))
    if draft is None:
        return
    tell(work, "response_published")
    request_letter(work, "response", instance_id=instance.id, text_id=draft["id"])


def publish_draft(
    work: CaseWork, instance: RunningInstance, *, kind: str | None = None
) -> Mapping[str, Any] | None:
    """Make the newest draft public, as a response of that ``kind`` if given; None when there is no draft."""
    draft = _publish_newest_draft(work, {"response_kind": kind} if kind else {})
    if draft is None:
        return None
    happened(work, "response_published")
    if draft["response_kind"] in FINAL_RESPONSES:
        work.set(responded_at=work.now)
        happened(work, "response_published_at")
    data = {"text": draft["id"], "response_kind": draft["response_kind"]}
    work.record("case:response:published", data=data, instance_id=instance.id)
    return draft


def count_round(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The complainant is not satisfied: the next round begins, without a new deadline."""
    work.set(round=work.case["round"] + 1)
    work.record("case:round:started", data={"round": work.case["round"]}, instance_id=instance.id)


def count_return(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The unit returned the case; after two returns the regional secretary assigns."""
    work.set(returns=work.case["returns"] + 1)
    work.record("case:disposition:returned", data={"returns": work.case["returns"]}, instance_id=instance.id)


def merge_into_parent(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The case waits for its parent's answer."""
    work.record("case:case:merged", data={"parent": work.case["parent_id"]}, instance_id=instance.id)


def ombudsman_letter(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """The complainant is told about the right to go to the Ombudsman, for whom a file is made ready."""
    tell(work, "ombudsman")
    work.record("case:ombudsman-letter:sent", instance_id=instance.id)
    request_letter(work, "ombudsman_notice", instance_id=instance.id)
    request_letter(work, "ombudsman_file", instance_id=instance.id)


HANDLERS: Mapping[str, Handler] = {
    "normalise_complaint": normalise_complaint,
    "issue_receipt": issue_receipt,
    "scan_identity_numbers": scan_identity_numbers,
    "find_duplicates": find_duplicates,
    "start_process": start_process,
    "send_to_main": send_to_main,
    "notify_complainant": notify_complainant,
    "escalate": escalate,
    "dispose": dispose,
    "start_completion": start_completion,
    "publish_response": publish_response,
    "count_round": count_round,
    "count_return": count_return,
    "merge_into_parent": merge_into_parent,
    "ombudsman_letter": ombudsman_letter,
}


def tell(work: CaseWork, template: str) -> None:
    """Tell the complainant: an entry on the status page and an outbox row (never the content of the case)."""
    soonest = work.deadlines.soonest()
    values = {"due_at": soonest[1].isoformat() if soonest else None, "unit_id": work.case["lead_unit_id"]}
    work.add(
        Notice, id=work.env.new_id(), case_id=work.case["id"], template=template, values=values, at=work.now
    )
    work.record("case:complainant:notified", data={"template": template})
    work.send("complainant:notified", {"template": template})


def _publish_newest_draft(work: CaseWork, also: Mapping[str, str]) -> Mapping[str, Any] | None:
    published = {"visibility": "public", "published_at": work.now, **also}
    for row in reversed(work.rows.get(CaseText, [])):
        # A diagram without approval publishes what the same command wrote.
        if row["kind"] == "response" and row["visibility"] == "draft":
            row.update(published)
            return dict(row)
    draft = work.along.draft
    if draft is None:
        return None
    work.along.draft = None
    values = {"response_kind": draft.response_kind, **published}
    work.also.append(
        Write(_PUBLISH, [{"text": draft.id, **{f"new_{key}": it for key, it in values.items()}}])
    )
    return {**draft._asdict(), **also}
