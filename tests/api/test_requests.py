"""What runs beside a case, over HTTP: which letter a message is about, and what each refusal says."""

from __future__ import annotations

from typing import Any

from support.api import AsRole

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
