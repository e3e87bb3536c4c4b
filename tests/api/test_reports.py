"""The monthly figures over HTTP."""

from __future__ import annotations

from cases.ports import FixedClock
from support.api import AsRole, Caller
from support.story import local
from tuntas.office import Tuntas
from tuntas.worker import Worker


def test_leaders_read_a_frozen_month_with_its_denominators(
    office: Tuntas, clock: FixedClock, filed: dict[str, object], as_role: AsRole, anybody: Caller
) -> None:
    clock.set(local("2026-04-01 00:00"))
    Worker(office).run_until_idle()
    leader = as_role("leadership")
    assert leader.get("/reports/monthly").json == {"items": ["2026-03"]}
    month = leader.get("/reports/monthly/2026-03").json
    assert month["total"]["figures"] == {
        "received": 1,
        "followed_up": 0,
        "followed_up_percent": 0.0,
        "completed": 0,
        "completed_percent": 0.0,
        "answered": 0,
        "mean_days": None,
    }
    assert leader.get("/reports/monthly/2026-04").status_code == 404
    assert leader.get("/reports/monthly/tidak-ada").status_code == 404
    assert as_role("case_worker").get("/reports/monthly").status_code == 404
    assert anybody.get("/reports/monthly").status_code == 401
