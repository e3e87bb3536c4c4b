"""Officers take, release, delegate and complete tasks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.api import AsRole, Caller

one_database = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


@pytest.fixture
def admin(as_role: AsRole) -> Caller:
    """Return the coordinating admin."""
    return as_role("coordinating_admin")


@pytest.fixture
def task(admin: Caller, filed: dict[str, Any]) -> dict[str, Any]:
    """Return the first open task of the filed case as the coordinating admin sees it."""
    return dict(admin.get(f"/tasks?case={filed['id']}").json["items"][0])


def valid_values(task: dict[str, Any]) -> dict[str, Any]:
    """Values that a form takes: for each needed field its default, first choice or a sentence."""
    form, values = task["form"], {k: v for k, v in task["values"].items() if v is not None}
    values |= {"decision": "accept"} if "decision" in form["properties"] else {}
    needed = [*form["required"]]
    for rule in form.get("allOf", []):
        tests = rule["if"]["properties"]
        if all(values.get(name) in test["enum"] for name, test in tests.items()):
            needed += rule["then"]["required"]
    for name in needed:
        spec = form["properties"][name]
        values.setdefault(name, spec["oneOf"][0]["const"] if "oneOf" in spec else "Sudah diperiksa.")
    return values


def test_a_task_shows_its_form_as_json_schema_with_the_offices_choices(
    admin: Caller, task: dict[str, Any]
) -> None:
    answer = admin.get(f"/tasks/{task['id']}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    form = answer.json["form"]
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert form["title"]
    assert "complete" in answer.json["may"]
    assert answer.headers["ETag"] == f'"{task["version"]}"'
    choices = form["properties"]["category"]["oneOf"]
    assert {"const", "title"} == set(choices[0])


def test_an_inbox_holds_what_is_mine_only_after_claiming(admin: Caller, task: dict[str, Any]) -> None:
    assert task["id"] not in {row["id"] for row in admin.get("/tasks?scope=mine").json["items"]}
    claimed = admin.post(f"/tasks/{task['id']}/claim", headers={"If-Match": '"1"'})
    assert claimed.status_code == 200, claimed.text
    assert claimed.headers["ETag"] == '"2"'
    assert task["id"] in {row["id"] for row in admin.get("/tasks?scope=mine").json["items"]}


def test_a_claimed_task_is_released_for_others(admin: Caller, task: dict[str, Any]) -> None:
    admin.post(f"/tasks/{task['id']}/claim", headers={"If-Match": '"1"'})
    released = admin.post(f"/tasks/{task['id']}/release", headers={"If-Match": '"2"'})
    assert released.json["owner_id"] is None
    assert released.headers["ETag"] == '"3"'


def test_a_task_is_not_delegated_to_somebody_who_may_not_do_it(admin: Caller, task: dict[str, Any]) -> None:
    answer = admin.post(
        f"/tasks/{task['id']}/delegate",
        json={"to": "01890000-0000-7000-8000-000000000000"},
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/refused-by-rule"


def test_completing_a_task_answers_where_the_case_stands_and_what_is_next(
    admin: Caller, task: dict[str, Any]
) -> None:
    seen = admin.get(f"/tasks/{task['id']}").json
    answer = admin.complete(seen, **valid_values(seen))
    assert answer.status_code == 200, answer.text
    assert answer.json["id"] == task["case_id"]
    assert {"stage", "status", "next_tasks", "version"} <= set(answer.json)
    assert task["id"] not in {row["id"] for row in answer.json["next_tasks"]}


@pytest.mark.parametrize("act", ["claim", "release", "delegate", "complete"])
@one_database
def test_a_change_without_if_match_is_refused(admin: Caller, task: dict[str, Any], act: str) -> None:
    answer = admin.post(f"/tasks/{task['id']}/{act}", json={})
    assert answer.status_code == 428
    assert answer.json["type"] == "/problems/if-match-required"


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"x"', '"1", "2"', '"99999999999999999999"'])
@one_database
def test_a_change_of_another_version_is_refused(admin: Caller, task: dict[str, Any], tag: str) -> None:
    answer = admin.post(f"/tasks/{task['id']}/claim", headers={"If-Match": tag})
    assert answer.status_code == 412
    assert answer.json["type"] == "/problems/stale"


def test_wrong_values_are_told_field_by_field_in_both_languages(admin: Caller, task: dict[str, Any]) -> None:
    answer = admin.complete(task, decision="dance", nonsense=1)
    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/form-invalid"
    wrong = {error["field"]: error for error in answer.json["errors"]}
    assert wrong["nonsense"]["pointer"] == "#/nonsense"
    assert wrong["nonsense"]["detail_id"] != wrong["nonsense"]["detail_en"]
    assert wrong["nonsense"]["detail"] == wrong["nonsense"]["detail_id"]


def test_a_task_that_somebody_completed_says_who(admin: Caller, task: dict[str, Any]) -> None:
    seen = admin.get(f"/tasks/{task['id']}").json
    assert admin.complete(seen, **valid_values(seen)).status_code == 200
    again = admin.complete(seen, **valid_values(seen))
    assert again.status_code == 409
    assert again.json["type"] == "/problems/task-gone"
    assert admin.get(f"/tasks/{task['id']}").json["completed_by_name"] in again.json["detail"]


def test_two_people_completing_one_task_at_once_succeed_exactly_once(
    admin: Caller, task: dict[str, Any]
) -> None:
    seen = admin.get(f"/tasks/{task['id']}").json
    values = valid_values(seen)
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: admin.complete(seen, **values), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert admin.get(f"/tasks/{task['id']}").json["completed_by_name"] in refused.json["detail"]


def test_a_tasks_etag_stays_when_the_rest_of_the_case_changes(
    admin: Caller, complainant: Caller, task: dict[str, Any], receipt: dict[str, Any]
) -> None:
    before = admin.get(f"/tasks/{task['id']}").headers["ETag"]
    import io

    complainant.post(
        f"/complaints/{receipt['reference']}/attachments", data={"file": (io.BytesIO(b"%PDF-1.4\n"), "a.pdf")}
    )
    assert admin.get(f"/tasks/{task['id']}").headers["ETag"] == before
    same = admin.get(f"/tasks/{task['id']}", headers={"If-None-Match": before})
    assert same.status_code == 304


def test_an_officer_without_the_task_cannot_even_see_it(as_role: AsRole, task: dict[str, Any]) -> None:
    stranger = as_role("case_worker")
    assert stranger.get(f"/tasks/{task['id']}").status_code == 404
    answer = stranger.post(f"/tasks/{task['id']}/claim", headers={"If-Match": "*"})
    assert answer.status_code == 404
