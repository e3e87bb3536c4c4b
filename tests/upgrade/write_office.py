"""Makes the office of a release, by the code of that release: see README.md beside it."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from cases.attachments import Upload, add_attachment
from cases.ports import FixedClock
from support.office import START, Desk, actor_named, config_for
from tuntas.database import make_engine, migrate
from tuntas.found import found_office
from tuntas.office import build

ACCEPT = {
    "decision": "accept",
    "case_class": "ordinary",
    "category": "pekerjaan_umum_jalan_berlubang",
}
STAGES = (
    "registered",
    "asked",
    "accepted",
    "disposed",
    "returned",
    "working",
    "drafted",
    "answered",
    "reopened",
    "closed",
)
"""How far a case of the fixture came; each is the title of one."""


class Way:
    """Leads a case as far as wanted; every release so far knows these tasks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def lead(self, stage: str) -> None:
        """A complaint comes and goes its way until the stage."""
        case_id = self.desk.register(title=stage).id
        if stage == "registered":
            self._attach(case_id)
            return
        if stage == "asked":
            self._do(
                case_id,
                "verify_complaint",
                "admin.instansi",
                decision="ask_completion",
                completion_request="Di mana tepatnya lokasi itu?",
            )
            return
        self._do(case_id, "verify_complaint", "admin.instansi", **ACCEPT)
        if stage != "accepted":
            self._follow_up(case_id, stage)

    def _follow_up(self, case_id: str, stage: str) -> None:
        self._dispose(case_id)
        if stage == "disposed":
            return
        if stage == "returned":
            reason = "Bukan wilayah kerja unit kami."
            self._do(case_id, "accept_disposition", "penghubung.pupr", decision="return", reason=reason)
            return
        self._do(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
        if stage == "working":
            return
        self._draft(case_id)
        if stage == "drafted":
            return
        self._do(case_id, "approve_response", "atasan.pupr", decision="approve")
        if stage == "reopened":
            self.desk.say(case_id, "not_satisfied", message="Lubangnya masih ada.")
        elif stage == "closed":
            self.desk.say(case_id, "confirm")

    def _dispose(self, case_id: str) -> None:
        values = {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."}
        self._do(case_id, "dispose_complaint", "admin.instansi", **values)

    def _draft(self, case_id: str) -> None:
        self._do(case_id, "work_on_complaint", "pelaksana.pupr", note="Sudah ditinjau.")
        values = {"response_kind": "action_taken", "response": "Lubang sudah ditambal."}
        self._do(case_id, "draft_response", "pelaksana.pupr", **values)

    def _do(self, case_id: str, element_id: str, username: str, **values: Any) -> None:
        self.desk.complete(case_id, element_id, username, **values)

    def _attach(self, case_id: str) -> None:
        office, by = self.desk.office, actor_named(self.desk.office, "admin.instansi")
        upload = Upload("lubang.txt", [b"Lubangnya sedalam lutut.\n"])
        office.work.write(lambda session: add_attachment(session, office.env, case_id, upload, by=by))


def main(folder: Path) -> None:
    """Make the database and the files of an office whose cases stand everywhere, and what a test must know of it."""
    url = f"sqlite:///{folder / 'tuntas.db'}"
    folder.mkdir(parents=True)
    migrate(url)
    config, engine, clock = config_for(url, folder), make_engine(url), FixedClock(START)
    found_office(build(config, engine, clock=clock))
    desk = Desk(build(config, engine, clock=clock), clock)
    way = Way(desk)
    for stage in STAGES:
        way.lead(stage)
        desk.pass_time(clock.now() + timedelta(hours=7))
    known = {"now": clock.now().isoformat(), "secrets": desk.secrets}
    (folder / "known.json").write_text(json.dumps(known, indent=1) + "\n")
    engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
