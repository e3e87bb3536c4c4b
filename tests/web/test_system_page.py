"""The system administrator sees what waits and which workers are there; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from cases.workers import Identity, beat
from support.designer import Visitor
from support.office import Desk
from tuntas.app import tuntas_of

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)


def hear(desk: Desk, host: str) -> None:
    """A worker says that it is there."""
    env = desk.office.env
    worker = Identity(env.new_id(), host, 4711, "0.1.0", env.clock.now())
    desk.office.work.write(lambda session: beat(session, env, worker))


def test_the_administrator_sees_queues_and_who_is_there(app: Flask, desk: Desk) -> None:
    admin = Visitor.signed_in(app, "administrator")
    assert "Tidak ada pekerja yang hidup" in admin.page("/system")
    hear(desk, "mesin-lama")
    desk.clock.advance(timedelta(minutes=2))
    hear(desk, "mesin-baru")
    page = admin.page("/system")
    assert "Tidak ada pekerja yang hidup" not in page
    assert page.index("mesin-lama") < page.index("Diam") < page.index("mesin-baru") < page.index("Hidup")
    assert tuntas_of(app).env.clock is desk.office.env.clock
