"""Work every open case to closure through the public API, as the office's people would: for trials and imports.

    python scripts/work_cases.py http://127.0.0.1:8000 tokens.json

The JSON file names the people's tokens by role, one or a list, and, if there are several units, their categories:

    {"tokens": {"coordinating_admin": "...", "unit_liaison": ["...", "..."], "case_worker": [], "superior": []},
     "units": {"pekerjaan_umum": "pupr", "lingkungan": "dlh"}}

Cases of the restricted lane need two inspectors under "inspectorate"; information requests an "information_officer".
Exit code 1 when a case is stuck: its reference and stage are printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNIT = "pupr"
CATEGORY = "topik_lainnya"
TIMEOUT = 60
OVERSIGHT = "oversight"
TAKEN_BY_ANOTHER = (404, 409, 412)
"""Somebody else was quicker, or the case went another way: the next look at the list tells."""


VERIFIED = ("verify_complaint", "verify_emergency")
ROUTED = {
    "dispose_complaint": {"priority": "normal", "instruction": "Periksa dan tindak lanjuti."},
    "assign_by_secretary": {"instruction": "Laksanakan."},
    "dispose_emergency": {"instruction": "Amankan lokasi."},
}
"""Tasks that name a unit, and what else they say."""

_APPROVED = {"decision": "approve"}
_HEARD = {"heard": "heard", "statement": "Keterangan sudah dicatat dan dibacakan kembali."}
_INFORMED = {"response": "Informasi yang Anda minta kami sampaikan di sini."}
_TO_OMBUDSMAN = {"answer": "Pengaduan sudah kami tangani; berkasnya terlampir."}
ANSWERS: dict[str, dict[str, Any]] = {
    "check_registration": {"kind": "complaint"},
    "approve_archiving": _APPROVED,
    "accept_disposition": {"decision": "accept"},
    "work_on_complaint": {"note": "Sudah diperiksa dan ditangani."},
    "contribute": {"note": "Bahan dari unit kami terlampir."},
    "decide_extension": _APPROVED,
    "draft_response": {"response_kind": "action_taken", "response": "Laporan Anda sudah kami tangani."},
    "approve_response": _APPROVED,
    "approve_by_higher_superior": _APPROVED,
    "review_reply": {"decision": "close_resolved", "reason": "Pelapor tidak meminta hal lain."},
    "decide_next_step": {"decision": "uphold_response", "reason": "Tanggapan sudah sesuai kewenangan."},
    "answer_request": _INFORMED,
    "answer_formal_request": {"decision": "answer", **_INFORMED},
    "answer_extended_request": _INFORMED,
    "hear_complainant": _HEARD,
    "hear_accused": _HEARD,
    "examine": {"finding": "Bukti dan keterangan sudah dicocokkan."},
    "decide": {"decision": "decide", "verdict_text": "Pemeriksaan selesai; laporan Anda terbukti sebagian."},
    "deliver_decision": {"way": "status_page"},
    "decide_referral": {"decision": "accepted", "reason": "Instansi itu menyatakan menanganinya."},
    "answer_ombudsman": {"decision": "answer", **_TO_OMBUDSMAN},
    "answer_after_extension": _TO_OMBUDSMAN,
    "report_recommendation": {"report": "Seluruh rekomendasi sudah dilaksanakan."},
    "answer_data_request": {"decision": "give_access", "message": "Data Anda terbaca pada halaman ini."},
}
"""What is said whatever the case is about."""


class CallFailedError(Exception):
    """The server refused a call or cannot be reached; the message says which and why."""

    def __init__(self, call: str, status: int | None, detail: str) -> None:
        self.status = status
        super().__init__(f"{call}: {status or 'no answer'} {detail}")


@dataclass(frozen=True)
class Caller:
    """One person with a token."""

    base: str
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON answer of a call; raises CallFailedError."""
        call, data = f"{method} {path}", None if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.base + path, data, given, method=method)  # noqa: S310 - see main
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read().decode(errors="replace")[:500]
            raise CallFailedError(call, error.code, detail) from error
        except OSError as error:
            raise CallFailedError(call, None, str(error)) from error

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            asked = {**query, "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = self.call("GET", f"{path}?{urllib.parse.urlencode(asked)}")
            yield from page["items"]
            cursor = page["next"]


@dataclass(frozen=True)
class Office:
    """The people who work, and which unit takes which categories."""

    admin: Caller
    inspectors: tuple[Caller, ...]
    """They see the restricted lane, which the coordinating admin does not."""
    people: tuple[Caller, ...]
    units: dict[str, str]

    def unit_for(self, category: str | None) -> str:
        """The unit of the longest category that the given one begins with."""
        fitting = [known for known in self.units if (category or "").startswith(known)]
        return self.units[max(fitting, key=len)] if fitting else UNIT

    def answer(self, person: Caller, task: dict[str, Any]) -> dict[str, Any]:
        """The values with which a task is completed; KeyError for a task that this script does not know."""
        element = task["element_id"]
        if element == "choose_team":
            form = person.call("GET", f"/tasks/{task['id']}")["form"]
            return {"members": [one["const"] for one in form["properties"]["members"]["items"]["oneOf"]]}
        if element not in ROUTED and element not in VERIFIED:
            return ANSWERS[element]
        case = person.call("GET", f"/cases/{task['case_id']}")
        category = case["category"]
        if element in ROUTED:
            return {"lead_unit": self.unit_for(category), **ROUTED[element]}
        known = category if category and category != "unmapped" else CATEGORY
        restricted = OVERSIGHT in (case["class"], case["sensitivity"])
        return {
            "decision": "accept",
            "case_class": OVERSIGHT if restricted else case["class"],
            "category": known,
        }


def complete(office: Office, person: Caller, task: dict[str, Any]) -> bool:
    """Complete one task; False when it is not this script's to do, or somebody else's meanwhile."""
    try:
        values = office.answer(person, task)
        match = {"If-Match": f'"{task["version"]}"'}
        person.call("POST", f"/tasks/{task['id']}/complete", {"values": values}, **match)
    except KeyError:
        return False
    except CallFailedError as error:
        if error.status not in TAKEN_BY_ANOTHER:
            raise
        return False
    return True


def confirm_answered(office: Office) -> None:
    """Confirm every answered case for its complainant."""
    for case in list(office.admin.pages("/cases", stage="responded")):
        office.admin.call("POST", f"/cases/{case['id']}/messages/confirm", {"values": {}})


def open_cases(office: Office) -> dict[str, dict[str, Any]]:
    """Every case that is not closed, by its id."""
    seen = (case for reader in (office.admin, *office.inspectors) for case in reader.pages("/cases"))
    return {case["id"]: case for case in seen if case["stage"] != "closed"}


def work_all(office: Office) -> tuple[int, list[dict[str, Any]]]:
    """Work until a whole round changes nothing; answers how many cases were closed, and those that are stuck."""
    begun, busy = open_cases(office), True
    while busy:
        busy = False
        for person in office.people:
            for task in list(person.pages("/tasks", scope="all")):
                busy = complete(office, person, task) or busy
        confirm_answered(office)
    stuck = open_cases(office)
    return len(begun.keys() - stuck.keys()), list(stuck.values())


def read_office(base: str, path: Path) -> Office:
    """The people and units of the tokens' file; raises ValueError when it does not have the shape above."""
    given = json.loads(path.read_text(encoding="utf-8"))
    try:
        held = {role: [word] if isinstance(word, str) else word for role, word in given["tokens"].items()}
        admin = held["coordinating_admin"][0]
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"{path}: name at least a token of a coordinating_admin under 'tokens'") from error
    address = f"{base.rstrip('/')}/api/v1"
    people = {token: Caller(address, token) for tokens in held.values() for token in tokens}
    inspectors = tuple(people[token] for token in held.get("inspectorate", ()))
    return Office(Caller(address, admin), inspectors, tuple(people.values()), given.get("units", {}))


def main() -> int:
    """Read the arguments, work, and report."""
    parser = argparse.ArgumentParser(description="Work every open case to closure through the API.")
    parser.add_argument("base", help="Address of the server, such as http://127.0.0.1:8000")
    parser.add_argument("tokens", type=Path, help="JSON file with the people's tokens by role")
    arguments = parser.parse_args()
    if not arguments.base.startswith(("http://", "https://")):
        parser.error("the address begins with http:// or https://")
    try:
        closed, stuck = work_all(read_office(arguments.base, arguments.tokens))
    except (CallFailedError, ValueError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    for case in stuck:
        print(f"stuck: {case['reference']} in {case['stage']}", file=sys.stderr)  # noqa: T201
    print(f"closed={closed} stuck={len(stuck)}")  # noqa: T201
    return 1 if stuck else 0


if __name__ == "__main__":
    sys.exit(main())
