"""What runs beside a case, over HTTP: which letter a message is about, and what each refusal says."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import AsRole, Caller

ADMIN = "coordinating_admin"


def letters(filed: dict[str, Any], as_role: AsRole, *numbers: str) -> list[dict[str, Any]]:
    """Letters of the Ombudsman about one case."""
    return [
        as_role(ADMIN)
        .post(f"/cases/{filed['id']}/requests", json={"kind": "ombudsman", "number": number})
        .json
        for number in numbers
    ]


def test_news_about_one_of_two_letters_is_not_guessed_and_the_refusal_says_where_to_send_it(
    filed: dict[str, Any], as_role: AsRole
) -> None:
    admin, path = as_role(ADMIN), f"/cases/{filed['id']}"
    first, second = letters(filed, as_role, "1/2026", "2/2026")
    refused = admin.post(f"{path}/messages/ombudsman_finished", json={"values": {}})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/refused-by-rule")
    assert "requests/{request_id}/messages" in refused.json["detail_id"]
    assert "Choose one" in refused.json["detail_en"]
    # Sent about the second letter it reaches that one, and the other still waits.
    told = admin.post(f"{path}/requests/{second['id']}/messages/ombudsman_finished")
    assert told.status_code == 200, told.text
    waiting = {row["id"]: row["messages"] for row in admin.get(f"{path}/requests").json["items"]}
    assert waiting[second["id"]] == []
    assert "ombudsman_finished" in waiting[first["id"]]
    # Now only one is meant, so the short address will do.
    assert admin.post(f"{path}/messages/ombudsman_finished", json={"values": {}}).status_code == 200
    assert [row["messages"] for row in admin.get(f"{path}/requests").json["items"]] == [[], []]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_the_same_letter_and_the_same_question_are_refused_a_second_time(
    filed: dict[str, Any], complainant: Caller, as_role: AsRole
) -> None:
    letters(filed, as_role, "1/2026")
    again = as_role(ADMIN).post(
        f"/cases/{filed['id']}/requests", json={"kind": "ombudsman", "number": "1/2026"}
    )
    assert (again.status_code, again.json["type"]) == (409, "/problems/refused-by-rule")
    assert "nomor ini sudah dicatat" in again.json["detail_id"]
    assert "on record for this case already" in again.json["detail_en"]
    own = f"/complaints/{filed['reference']}/requests"
    assert complainant.post(own, json={"kind": "data_correction"}).status_code == 201
    twice = complainant.post(own, json={"kind": "data_correction"})
    assert twice.status_code == 409
    assert "72 jam" in twice.json["detail_id"]
    assert "72 hours" in twice.json["detail_en"]


@pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
def test_a_correction_names_at_least_one_item_and_waits_while_the_case_is_held(
    filed: dict[str, Any], complainant: Caller, as_role: AsRole
) -> None:
    own = f"/complaints/{filed['reference']}/requests"
    asked = complainant.post(own, json={"kind": "data_correction"}).json
    officer, path = (
        as_role("data_protection_officer"),
        f"/cases/{filed['id']}/requests/{asked['id']}/corrections",
    )
    empty = officer.post(path, json={})
    assert (empty.status_code, "paling sedikit satu" in empty.json["detail_id"]) == (409, True)
    assert "at least one item" in empty.json["detail_en"]
    as_role(ADMIN).post(
        f"/cases/{filed['id']}/legal-hold", json={"on": True, "reason": "Perkara di pengadilan"}
    )
    held = officer.post(path, json={"phone": "0812"})
    assert (held.status_code, "penahanan" in held.json["detail_id"]) == (409, True)
    assert "legal hold" in held.json["detail_en"]
