"""The matrix of the domain facts (section 5) in words: who reaches which case, and what each may do.

``REACH``, ``ACTS``, ``OFFICE`` and ``IDENTITY`` are written from the facts and not from ``reference/permissions.json``:
where the two differ, one of them is wrong. Read a line as a sentence: "the case worker of public works reaches ...".
"""

from __future__ import annotations

from typing import Any

PEOPLE = {
    "front desk": "penerima",
    "coordinating admin": "admin.instansi",
    "unit liaison of public works": "penghubung.pupr",
    "case worker of public works": "pelaksana.pupr",
    "superior of public works": "atasan.pupr",
    "superior of the whole body": "asisten.setda",
    "inspectorate": "inspektorat",
    "regional secretary": "sekda",
    "leadership": "bupati",
    "provincial supervisor": "pengawas.provinsi",
    "information officer": "ppid",
    "auditor": "auditor",
    "data-protection officer": "pelindung.data",
    "process designer": "perancang",
    "system administrator": "administrator",
}

CASES: dict[str, dict[str, Any]] = {
    # Ordinary ones: led by nobody yet, by my unit (public works), or by another (health).
    "not disposed": {"stage": "verification"},
    "of public works": {"lead": "pupr"},
    "anonymous, of public works": {"lead": "pupr", "anonymous": True},
    "confidential, of public works": {"lead": "pupr", "confidential": True},
    "of health": {"lead": "dinkes"},
    "confidential, of health": {"lead": "dinkes", "confidential": True},
    "referred to the inspectorate": {"lead": "inspektorat"},
    "entered by the front desk": {"lead": "dinkes", "entered_by": "penerima"},
    "entered by the front desk 31 days ago": {"lead": "dinkes", "entered_by": "penerima", "days": 31},
    "an information request": {"lead": "dinkes", "kind": "information_request"},
    "with an open data request": {"lead": "dinkes", "data_request": True},
    "about public works": {"lead": "setda", "accused_unit": "pupr"},
    # Oversight (berkadar pengawasan): before and after the hand-over to the inspectorate, and late ones.
    "oversight, not handed over": {"class": "oversight", "stage": "verification"},
    "oversight, confidential, not handed over": {
        "class": "oversight",
        "stage": "verification",
        "confidential": True,
    },
    "oversight, handed over": {"class": "oversight", "lead": "inspektorat"},
    "oversight, entered by the front desk": {
        "class": "oversight",
        "lead": "inspektorat",
        "entered_by": "penerima",
    },
    "oversight, late by five working days": {"class": "oversight", "lead": "inspektorat", "level": 3},
    "oversight, late by ten working days": {"class": "oversight", "lead": "inspektorat", "level": 4},
    "oversight, assigned to public works by article 45": {"class": "oversight", "lead": "pupr"},
}

ORDINARY = {name for name, case in CASES.items() if "class" not in case}
OVERSIGHT = set(CASES) - ORDINARY
OF_PUBLIC_WORKS = {"of public works", "anonymous, of public works", "confidential, of public works"}

REACH: dict[str, set[str]] = {
    # "those it entered, 30 days" | "enters, then no more"
    "front desk": {"entered by the front desk"},
    # "all" | "until handed to the inspectorate"
    "coordinating admin": ORDINARY
    | {"oversight, not handed over", "oversight, confidential, not handed over"},
    # "unit's / own; never when accused" | "no"
    "unit liaison of public works": OF_PUBLIC_WORKS,
    "case worker of public works": OF_PUBLIC_WORKS,
    # "unit's and below; cases about its subordinates" | "those assigned by article 45"
    "superior of public works": OF_PUBLIC_WORKS | {"oversight, assigned to public works by article 45"},
    "superior of the whole body": {name for name in ORDINARY if name != "not disposed"},
    # "those referred to it" | "all"
    "inspectorate": {"referred to the inspectorate"} | OVERSIGHT,
    # "all, read; escalated ones, act" | "figures only, escalated ones"
    "regional secretary": ORDINARY
    | {"oversight, late by five working days", "oversight, late by ten working days"},
    "leadership": ORDINARY | {"oversight, late by ten working days"},
    # "figures and public parts of subordinate bodies" | "no"
    "provincial supervisor": {name for name in ORDINARY if not name.startswith("confidential")},
    # "information requests" | "no"
    "information officer": {"an information request"},
    # "all, read" | "all, read"
    "auditor": set(CASES),
    # "read log, data-subject requests" | "read log"
    "data-protection officer": {"with an open data request"},
    # "none; masked samples" | "none"
    "process designer": set(),
    # "none" | "none"
    "system administrator": set(),
}

ANONYMOUS = "anonymous, of public works"
IDENTITY: list[tuple[str, str, bool, bool, int]] = [
    # who, case, whether they see the name without a reason, and with one, and readings on record after both
    ("front desk", "entered by the front desk", False, False, 0),  # "while entering"
    # "yes, logged; not of a confidential oversight case"
    ("coordinating admin", "of public works", True, True, 2),
    ("coordinating admin", "anonymous, of public works", True, True, 2),
    ("coordinating admin", "oversight, confidential, not handed over", False, False, 0),
    # "not when anonymous"
    ("unit liaison of public works", "of public works", True, True, 0),
    ("unit liaison of public works", ANONYMOUS, False, False, 0),
    ("case worker of public works", "of public works", True, True, 0),
    ("case worker of public works", ANONYMOUS, False, False, 0),
    ("superior of public works", "of public works", True, True, 0),
    ("superior of public works", ANONYMOUS, False, False, 0),
    # "yes, logged with reason"
    ("inspectorate", "oversight, handed over", False, True, 1),
    ("inspectorate", "oversight, confidential, not handed over", False, True, 1),
    # "no"
    ("regional secretary", "of public works", False, False, 0),
    ("leadership", "of public works", False, False, 0),
    ("provincial supervisor", "of public works", False, False, 0),
    ("information officer", "an information request", True, True, 2),  # "yes, logged"
    ("auditor", "of public works", False, False, 0),  # "masked; reveal by two-person procedure"
    ("auditor", "oversight, handed over", False, False, 0),
    ("data-protection officer", "with an open data request", False, True, 1),  # "yes, logged with reason"
]

UNITS = {"unit liaison of public works", "case worker of public works"}
SUPERIORS = {"superior of public works", "superior of the whole body"}
EVERYBODY = set(PEOPLE)
WITH_CASES = {who for who, cases in REACH.items() if cases}
WORKING = WITH_CASES - {"provincial supervisor", "auditor"}
"""Those who have tasks; provincial supervisor and auditor read only."""
FILES = {"front desk", "coordinating admin", "inspectorate", "information officer"} | UNITS | SUPERIORS
EXAMINED = {"coordinating admin", "inspectorate"}
HISTORY = WITH_CASES - {"front desk", "provincial supervisor", "data-protection officer"}
DESIGNER, ADMINISTRATOR = {"process designer"}, {"system administrator"}
FIGURES = {"coordinating admin", "inspectorate", "regional secretary", "leadership", "auditor"} | SUPERIORS
REQUESTS = {"coordinating admin", "inspectorate", "regional secretary", "data-protection officer"}

ACTS: dict[str, set[str]] = {
    # What may be done with a case, by those of REACH only.
    "GET cases/{case_id}": WITH_CASES,
    "GET cases/{case_id}/deadlines": WITH_CASES,
    "GET cases/{case_id}/requests": WITH_CASES,
    "GET cases/{case_id}/referrals": WITH_CASES,
    "GET cases/{case_id}/attachments": WITH_CASES,
    "GET cases/{case_id}/history": HISTORY,
    "POST cases/{case_id}/messages/{name}": {"coordinating admin"},
    "POST cases/{case_id}/classification": {"coordinating admin"},  # "classify"
    "POST cases/{case_id}/lead-unit": {"coordinating admin"},  # "dispose"
    "POST cases/{case_id}/unmerging": {"coordinating admin"},  # "merge"
    "POST cases/{case_id}/reopening": {"coordinating admin"},  # "re-open"
    "POST cases/{case_id}/protection": EXAMINED,
    "POST cases/{case_id}/accusation": EXAMINED,
    "POST cases/{case_id}/legal-hold": EXAMINED,
    "POST cases/{case_id}/promise": SUPERIORS,  # "extend"
    "POST cases/{case_id}/task-owner": SUPERIORS,  # "reassign"
    "POST cases/{case_id}/identity-readings": EXAMINED | {"information officer", "data-protection officer"},
    "POST cases/{case_id}/attachments": FILES,
    "POST cases/{case_id}/requests": REQUESTS,
    "POST cases/{case_id}/requests/{request_id}/messages/{name}": REQUESTS - {"data-protection officer"},
    "POST cases/{case_id}/requests/{request_id}/corrections": {"data-protection officer"},
    "GET attachments/{attachment_id}/content": WITH_CASES,
    "GET tasks/{task_id}": WITH_CASES - {"provincial supervisor"},
    "POST tasks/{task_id}/claim": WORKING,
    "POST tasks/{task_id}/release": WORKING,
    "POST tasks/{task_id}/complete": WORKING,
    "POST tasks/{task_id}/delegate": {"coordinating admin", "inspectorate"} | UNITS | SUPERIORS,
}

OFFICE: dict[str, set[str]] = {
    # What belongs to the office and to no case.
    "GET cases": WITH_CASES,
    "POST cases": {"front desk", "coordinating admin"},  # "register"
    "GET tasks": WITH_CASES,
    "GET delegations": EVERYBODY,
    "POST delegations": EVERYBODY,
    "GET two-person-requests": {"inspectorate", "auditor", "data-protection officer", "process designer"},
    "POST two-person-requests": {"inspectorate", "auditor", "data-protection officer", "process designer"},
    "GET process-definitions": EVERYBODY,
    "POST process-definitions": DESIGNER,
    "POST process-definitions/lint": DESIGNER,  # "draft, test"
    "GET process-definitions/{definition_id}/xml": EVERYBODY,
    "GET process-definitions/{definition_id}/diagram.svg": EVERYBODY,
    "GET rulesets": EVERYBODY,
    "GET rulesets/{key}/versions/{version}": EVERYBODY,
    "POST rulesets": DESIGNER,
    "POST rulesets/lint": DESIGNER,
    "GET reports/monthly": FIGURES | {"provincial supervisor"},
    "GET reports/monthly/{month}": FIGURES | {"provincial supervisor"},
    "POST calendar/changes": ADMINISTRATOR,  # "settings"
    "GET calendar/recalculations": ADMINISTRATOR,
    "GET units": EVERYBODY,
    # "users, units, settings, incidents (masked)"
    "GET incidents": ADMINISTRATOR,
    "GET incidents/kinds": ADMINISTRATOR,
    "GET operations": ADMINISTRATOR,
    "POST operations": ADMINISTRATOR,
    "GET system": ADMINISTRATOR,
}

MENDING = "POST cases/{case_id}/acts"

NAMED_THERE = {
    # Routes about one thing that somebody asked for and nobody did here: everybody is told 404.
    "POST delegations/{delegation_id}/revoke",
    "POST two-person-requests/{request_id}/decision",
    "POST two-person-requests/{request_id}/identity-readings",
    "GET incidents/{incident_id}",
    "POST incidents/{incident_id}/acts",
    "GET operations/{operation_id}",
    # The system administrator gets cases moving without seeing any: tried on a real one by a test of its own.
    MENDING,
}


def first(who: str) -> str:
    """The case of somebody's line on which everything is tried."""
    return sorted(REACH[who])[0]
