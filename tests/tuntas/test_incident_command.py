"""Incidents from a shell: found, shown masked, rehearsed and mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cases.errors import ProcessIncidentError
from support.office import Desk
from support.own_process import STUCK, deploy_drawn, start_beside

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
Command = Callable[..., Any]


def test_a_fault_is_found_rehearsed_and_mended_one_by_one_and_all_at_once(
    tuntas: Command, desk: Desk, office_url: str
) -> None:
    deploy_drawn(desk.office, STUCK)
    cases = [desk.register() for _ in range(2)]
    for case in cases:
        start_beside(desk.office, case.id, "stuck", secret="budi")
    desk.clock.advance(timedelta(hours=2))
    for _ in cases:
        with pytest.raises(ProcessIncidentError):
            desk.worker.run_until_idle()

    def run(*words: str) -> Any:
        return tuntas("incident", *words, TUNTAS_DATABASE_URL=office_url)

    heads, first, *others = run("list").out.splitlines()
    assert (heads.split(), len(others)) == (["ID", "AT", "STATE", "CASE", "CAUSE"], 1)
    incident_id = first.split()[0]
    shown = run("show", incident_id)
    assert (json.loads(shown.out)["data"], "budi" in shown.out) == ({"secret": "***"}, False)
    move = ("act", incident_id, "move", "--to", "look", "--reason", "Gambar keliru")
    assert "would change:\n" in run(*move, "--dry-run").out
    assert "opens task look" in run(*move).out
    assert run(*move).code == 1
    kind, open_ones = run("list", "--kinds").out.splitlines()[1].split()[:2]
    assert open_ones == "1"
    many = ("act-on-all", "set_data", "--kind", kind, "--set", "nowhere=1", "--reason", "Data kurang")
    assert run(*many, "--dry-run").out.startswith("1 to act on")
    assert run(*many).code == 0
    desk.worker.run_until_idle()
    assert run("operations").out.splitlines()[1].split()[5:] == ["1/1", "0", "finished", "-"]
    assert (run("list").out, run("list").err) == ("", "There are none.\n")
    assert [desk.task(case.id, "look").element_id for case in cases] == ["look", "look"]
    on_case = ("act-on-case", cases[0].reference)
    assert run(*on_case, "suspend", "--reason", "Diagram diperbaiki").code == 0
    assert desk.case(cases[0].id).suspended_at is not None
    assert run("act-on-case", "TTS-2026-999999-Z", "resume", "--reason", "Salah").code == 1
