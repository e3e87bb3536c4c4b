"""Whoever a complaint is about finds it nowhere: every route of the address map, every list, every task."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from werkzeug.routing import Rule

from cases.actions.accuse import accuse
from cases.attachments import add_attachment
from cases.errors import RefusedByRuleError
from cases.model import SYSTEM, Upload
from cases.people import set_password
from cases.tasks import claim_task
from storage.tables import DuplicateCandidate
from support.acts import ADMIN, act, dispose, last, open_tasks, sees, to_unit, unit_id, user_id
from support.api import Caller, caller_for
from support.designer import Visitor
from support.office import Desk, actor_named
from support.own_process import hire
from tuntas.found import PASSWORD
from tuntas.office import Tuntas

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

TITLE = "Pungutan liar di loket perizinan"
UNKNOWN = "01890000-0000-7000-8000-000000000000"
TAKES = {"case_id", "task_id", "attachment_id", "instance_id"}

# Who is complained about (kind, unit or user), and who must not find the case.
ACCUSED = {
    # The officer alone, not the colleagues.
    "officer": ({"kind": "officer", "user": "pelaksana.pupr"}, ["pelaksana.pupr"]),
    # The unit, its superior, and everybody in the units below it.
    "unit": (
        {"kind": "unit", "unit": "pupr"},
        ["pelaksana.pupr", "penghubung.pupr", "atasan.pupr", "petugas.jalan"],
    ),
    # A head stands for the whole agency, whichever unit of it is named.
    "head": ({"kind": "head", "unit": "pupr-bina-marga"}, ["atasan.pupr", "petugas.jalan"]),
    # Those who otherwise see everything.
    "admin": ({"kind": "officer", "user": "admin.dua"}, ["admin.dua"]),
    "auditor": ({"kind": "officer", "user": "auditor"}, ["auditor"]),
    "secretary": ({"kind": "officer", "user": "sekda"}, ["sekda"]),
}


@dataclass(frozen=True)
class Scene:
    """A case under way with everything that hangs on it."""

    desk: Desk
    app: Flask
    case_id: str
    task_id: str
    attachment_id: str
    instance_id: str
    beside: str
    """A case of the same unit that names the other as its likely duplicate and as its parent."""

    @property
    def ids(self) -> dict[str, str]:
        """What the addresses take."""
        names = ("case_id", "task_id", "attachment_id", "instance_id")
        return {name: getattr(self, name) for name in names}

    @property
    def told(self) -> list[str]:
        """What an answer to the accused never holds."""
        row = self.desk.case(self.case_id)
        return [row.reference, TITLE, self.case_id, self.task_id, self.attachment_id]


@pytest.fixture
def scene(desk: Desk, app: Flask, office: Tuntas) -> Scene:
    """Return a case that the unit works on, with a file, an owned task and a duplicate."""
    hire(office, "petugas.jalan", "Tono Contoh", "case_worker", "pupr-bina-marga")
    hire(office, "admin.dua", "Lina Contoh")
    for username in ("petugas.jalan", "admin.dua"):
        with_password(office, username)
    case_id = to_unit(desk, title=TITLE)
    desk.complete(case_id, "accept_disposition", "penghubung.pupr", decision="accept")
    task = open_tasks(desk, case_id)["work_on_complaint"]
    env, worker = office.env, actor_named(office, "pelaksana.pupr")
    office.work.write(lambda session: claim_task(session, env, task.id, by=worker))
    upload = Upload("bukti.txt", iter([b"bukti"]), "text/plain")
    by = actor_named(office, ADMIN)
    file = office.work.write(lambda session: add_attachment(session, env, case_id, upload, by=by))
    beside = to_unit(desk, title="Loket perizinan tutup")
    pair = {"case_id": beside, "other_id": case_id, "reason": "same_title"}
    office.work.write(lambda session: session.execute(insert(DuplicateCandidate).values(**pair)))
    return Scene(desk, app, case_id, task.id, file.id, task.instance_id, beside)


def with_password(office: Tuntas, username: str) -> None:
    """Give somebody the password of the fictional office, so that they can sign in."""
    person = str(actor_named(office, username).id)
    office.work.write(lambda session: set_password(session, office.env, person, PASSWORD, by=SYSTEM))


def accuse_in(scene: Scene, whom: dict[str, str]) -> None:
    """The coordinating admin records who it is about."""
    values: dict[str, Any] = dict(whom)
    if "user" in values:
        values["user"] = user_id(scene.desk, values["user"])
    act(scene.desk, ADMIN, accuse, scene.case_id, **values)


def address(rule: Rule, ids: dict[str, str]) -> str:
    """An address of the rule."""
    known = {
        "name": "withdraw",
        "reference": "TTS-2026-999999-X",
        "code": "en",
        "filename": "mark.svg",
        **ids,
    }
    return re.sub(
        r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>", lambda found: known.get(found[1], UNKNOWN), rule.rule
    )


def rules(app: Flask, *, api: bool) -> Iterator[tuple[str, Rule]]:
    """The rules of one surface with the methods that each answers."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") is api:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


# Bodies that the routes take, so that the refusal is about the case and not about the body.
BODIES: dict[str, dict[str, Any]] = {
    "classification": {"class": "oversight"},
    "protection": {"confidential": True},
    "lead-unit": {"unit": "dlh"},
    "task-owner": {"task": UNKNOWN, "owner": UNKNOWN},
    "legal-hold": {"on": True},
    "reopening": {},
    "unmerging": {},
    "promise": {"promised_on": "2026-03-27"},
    "accusation": {"kind": None},
    "identity-readings": {},
    "delegate": {"to": UNKNOWN},
    "complete": {"values": {}},
    "withdraw": {"values": {}},
}
WITHOUT_REASON = {"delegate", "complete", "withdraw"}


def api_options(rule: Rule) -> dict[str, Any]:
    """A request that the route would take from somebody else."""
    last_word = address(rule, {}).rsplit("/", 1)[-1]
    if last_word == "attachments":
        return {"headers": {"If-Match": "*"}, "data": {"file": (io.BytesIO(b"x"), "a.txt")}}
    body = BODIES.get(last_word)
    if body is not None and last_word not in WITHOUT_REASON:
        body = {**body, "reason": "Alasan uji"}
    return {"headers": {"If-Match": "*"}, **({"json": body} if body is not None else {})}


def asked(caller: Caller, method: str, rule: Rule, ids: dict[str, str]) -> tuple[int, Any]:
    """The answer of the API without what names the address."""
    options = api_options(rule) if method != "GET" else {}
    answer = caller._send(method, address(rule, ids), options)
    if answer.mimetype.endswith("json"):
        return answer.status_code, {**answer.json, "instance": ""}
    return answer.status_code, answer.get_data()


@pytest.mark.parametrize("about", ACCUSED)
def test_no_route_of_the_api_tells_the_accused_of_the_case(scene: Scene, office: Tuntas, about: str) -> None:
    whom, people = ACCUSED[about]
    accuse_in(scene, whom)
    for username in people:
        caller = caller_for(scene.app, office, username)
        for method, rule in rules(scene.app, api=True):
            if not TAKES & rule.arguments or "reference" in rule.arguments:
                continue
            status, body = asked(caller, method, rule, scene.ids)
            where = f"{username} {method} {rule.rule}"
            assert status != 200, where
            assert (status, body) == asked(caller, method, rule, {}), where
            if address(rule, {}).rsplit("/", 1)[-1] in {*BODIES, "attachments"}:
                assert status == 404, where


@pytest.mark.parametrize("about", ACCUSED)
def test_no_list_of_the_api_holds_the_case_for_the_accused(scene: Scene, office: Tuntas, about: str) -> None:
    whom, people = ACCUSED[about]
    accuse_in(scene, whom)
    row = scene.desk.case(scene.case_id)
    for username in people:
        caller = caller_for(scene.app, office, username)
        for method, rule in rules(scene.app, api=True):
            if method == "GET" and not rule.arguments:
                answer = caller.get(rule.rule)
                found = [word for word in scene.told if word in answer.get_data(as_text=True)]
                assert found == [], f"{username} {rule.rule}"
        case = scene.case_id
        for query in (
            f"/cases?text={row.reference}",
            "/cases?text=pungutan",
            f"/tasks?case={case}&scope=all",
        ):
            answer = caller.get(query)
            assert answer.status_code == 404 or answer.json["items"] == [], f"{username} {query}"


@pytest.mark.parametrize("about", ["officer", "unit"])
def test_the_likely_duplicate_of_another_case_is_not_named_to_the_accused(
    scene: Scene, office: Tuntas, about: str
) -> None:
    worker = caller_for(scene.app, office, "pelaksana.pupr")
    before = worker.get(f"/cases/{scene.beside}").json
    assert [other["id"] for other in before["duplicates"]] == [scene.case_id]
    accuse_in(scene, ACCUSED[about][0])
    after = worker.get(f"/cases/{scene.beside}")
    assert after.status_code == 200
    assert [word for word in scene.told if word in after.text] == []


@one_database
@pytest.mark.parametrize("about", ACCUSED)
def test_no_page_tells_the_accused_of_the_case(scene: Scene, about: str) -> None:
    whom, people = ACCUSED[about]
    accuse_in(scene, whom)
    for username in people:
        visitor = Visitor.signed_in(scene.app, username)
        visitor.page("/account")
        for method, rule in rules(scene.app, api=False):
            if rule.rule.startswith("/complaints/") or rule.endpoint in OTHERS:
                continue
            where = f"{username} {method} {rule.rule}"
            if TAKES & rule.arguments:
                status, page = page_of(visitor, method, address(rule, scene.ids))
                assert (status, page) == page_of(visitor, method, address(rule, {})), where
                assert status == 404, where
            elif method == "GET" and not rule.arguments:
                _status, page = page_of(visitor, method, rule.rule)
                assert [word for word in scene.told if word in page] == [], where


OTHERS = {"sign_in.sign_out_user", "static", "site.static"}
"""Pages that tell officers nothing; those below /complaints/ are for whoever holds the secret of a case."""


def page_of(visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    """The heading and text of a page without what names the address."""
    if method == "GET":
        answer = visitor.client.get(path)
    else:
        given = {
            "reason": "Alasan uji",
            "unit": "dlh",
            "promised_on": "2026-03-27",
            "on": "yes",
            "to": UNKNOWN,
        }
        answer = visitor.post(path, task=UNKNOWN, **given)
    text = answer.get_data(as_text=True)
    return answer.status_code, text.split("<h1>")[-1]


def test_a_running_task_is_taken_away_and_another_may_do_it(scene: Scene) -> None:
    accuse_in(scene, ACCUSED["officer"][0])
    task = open_tasks(scene.desk, scene.case_id)["work_on_complaint"]
    assert task.owner_id is None
    taken = last(scene.desk, scene.case_id, "case:task:withdrawn")
    assert taken["from"] == user_id(scene.desk, "pelaksana.pupr")
    # The superior does it in the officer's place, whatever role the task is for (article 45).
    scene.desk.complete(scene.case_id, "work_on_complaint", "atasan.pupr", note="Sudah ditinjau.")


def test_a_case_about_the_head_of_an_agency_goes_above_it_and_is_led_to_its_end(scene: Scene) -> None:
    desk, case_id = scene.desk, scene.case_id
    accuse_in(scene, ACCUSED["head"][0])
    row = desk.case(case_id)
    assert row.accused_unit_id == unit_id(desk, "pupr")
    assert row.lead_unit_id == unit_id(desk, "sukamaju")
    desk.complete(case_id, "work_on_complaint", "sekda", note="Sudah diperiksa.")
    desk.complete(case_id, "draft_response", "sekda", response_kind="explanation", response="Sudah ditindak.")
    with pytest.raises(RefusedByRuleError):
        desk.complete(case_id, "approve_response", "sekda", decision="approve")
    desk.complete(case_id, "approve_response", "bupati", decision="approve")
    desk.say(case_id, "confirm")
    assert desk.case(case_id).outcome == "resolved"


# What is recorded, and the unit that leads the case afterwards; the public-works agency led it before.
ROUTES = [
    ({"kind": "unit", "unit": "pupr"}, "sukamaju"),
    ({"kind": "head", "unit": "pupr-sda"}, "sukamaju"),
    # An officer's superior stays responsible.
    ({"kind": "officer", "user": "pelaksana.pupr"}, "pupr"),
    # A superior cannot examine a complaint about themselves.
    ({"kind": "officer", "user": "atasan.pupr"}, "sukamaju"),
    # Somebody who does not handle it.
    ({"kind": "unit", "unit": "dlh"}, "pupr"),
    ({"kind": "officer", "user": "petugas.dlh"}, "pupr"),
]


@pytest.mark.parametrize(("whom", "lead"), ROUTES)
def test_the_case_goes_where_article_45_sends_it(desk: Desk, whom: dict[str, str], lead: str) -> None:
    case_id = to_unit(desk)
    values = {**whom, "user": user_id(desk, whom["user"])} if "user" in whom else whom
    act(desk, ADMIN, accuse, case_id, **values)
    assert desk.case(case_id).lead_unit_id == unit_id(desk, lead)


def test_a_mistaken_accusation_is_corrected_and_both_are_kept(desk: Desk) -> None:
    case_id = to_unit(desk, unit="dlh")
    act(desk, ADMIN, accuse, case_id, kind="unit", unit="pupr")
    act(desk, ADMIN, accuse, case_id, kind="unit", unit="dinkes")
    entry = last(desk, case_id, "case:accusation:recorded")
    assert (entry["from"]["unit"], entry["to"]["unit"]) == (unit_id(desk, "pupr"), unit_id(desk, "dinkes"))
    act(desk, ADMIN, accuse, case_id, kind=None)
    row = desk.case(case_id)
    assert (row.accused_kind, row.accused_unit_id, row.accused_user_id) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "officer"}, "Choose the officer"),
        ({"kind": "officer", "user": UNKNOWN}, "Choose the officer"),
        ({"kind": "unit"}, "Choose the unit"),
        ({"kind": "head", "unit": "dinas-bulan"}, "no such unit"),
        ({"kind": None}, "Nothing would change"),
        ({"kind": "unit", "unit": "pupr", "reason": ""}, "reason"),
    ],
)
def test_an_accusation_of_nobody_is_refused(desk: Desk, values: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedByRuleError, match=said):
        act(desk, ADMIN, accuse, desk.register().id, **values)


def test_the_front_desk_loses_the_case_that_it_entered_about_a_colleague(
    desk: Desk, app: Flask, office: Tuntas
) -> None:
    desk_officer = caller_for(app, office, "penerima")
    about = {"accused_kind": "officer", "accused_user": user_id(desk, "penerima")}
    body = {"title": TITLE, "text": "Petugas loket meminta uang.", "name": "Siti Contoh", **about}
    registered = desk_officer.post("/cases", json=body)
    assert registered.status_code == 201, registered.text
    case_id = registered.json["id"]
    assert desk_officer.get(f"/cases/{case_id}").status_code == 404
    assert json.dumps(desk_officer.get("/cases").json).count(TITLE) == 0
    assert desk.case(case_id).accused_kind == "officer"


def test_the_registration_and_the_verification_say_who_it_is_about(desk: Desk) -> None:
    case_id = desk.register(accused_unit="pupr").id
    assert desk.case(case_id).accused_kind == "unit"
    assert not sees(desk, "atasan.pupr", case_id)
    desk.complete(
        case_id,
        "verify_complaint",
        ADMIN,
        decision="accept",
        case_class="ordinary",
        category="pekerjaan_umum_jalan_berlubang",
        accused_kind="head",
        accused_unit="dinkes-yankes",
    )
    row = desk.case(case_id)
    assert (row.accused_kind, row.accused_unit_id) == ("head", unit_id(desk, "dinkes"))
    with pytest.raises(RefusedByRuleError, match="article 45"):
        dispose(desk, case_id, "dinkes")
    dispose(desk, case_id, "pupr")
    assert sees(desk, "atasan.pupr", case_id)
    assert not sees(desk, "atasan.dinkes", case_id)


def test_a_unit_that_is_complained_about_supports_nobody(desk: Desk) -> None:
    case_id = desk.register().id
    desk.accept(case_id)
    act(desk, ADMIN, accuse, case_id, kind="unit", unit="dlh")
    values = {"lead_unit": "pupr", "priority": "normal", "instruction": "Tindak lanjuti."}
    with pytest.raises(RefusedByRuleError, match="article 45"):
        desk.complete(case_id, "dispose_complaint", ADMIN, supporting_units=["dlh"], **values)
    desk.complete(case_id, "dispose_complaint", ADMIN, supporting_units=["dishub"], **values)
    act(desk, ADMIN, accuse, case_id, kind="unit", unit="dishub")
    assert not sees(desk, "petugas.dishub", case_id)
