"""11. A letter received Monday 2026-02-02, entered on 02-11: verification is already late on entry."""

import pytest

from cases.ports import FixedClock
from support.story import Story, local


@pytest.fixture
def clock() -> FixedClock:
    """Return the clock of an office in February."""
    return FixedClock(local("2026-02-09 08:00"))


def test_story_11_a_letter_entered_late_is_late_from_the_first_minute(story: Story) -> None:
    # Given a letter that reached the office on Monday 2 February 2026.
    story.it_is("2026-02-11 09:00")
    # When it is typed in nine days later.
    citizen = story.officer("penerima").registers(
        "Surat: jalan rusak",
        text="Surat dari warga RT 03.",
        channel="letter",
        name="Budi Contoh",
        received_at="2026-02-02T02:00:00Z",
    )
    # Then the clocks started when the letter arrived, and verification was due on Thursday 5 February.
    admin = story.officer("admin.instansi")
    case = admin.sees(citizen)
    assert (case["received_at"], case["entered_at"]) == (
        "2026-02-02T02:00:00+00:00",
        "2026-02-11T02:00:00+00:00",
    )
    clock = admin.clock(citizen, "verification")
    assert clock["started_at"] == case["received_at"]
    assert (clock["due_on"], clock["overdue"]) == ("2026-02-05", True)
    # And owner, superior and head of unit are told at once, each level once, while the status stays what it was.
    assert citizen.sees()["status"] == "Belum"
    raised = [entry["data"] for entry in admin.history(citizen) if entry["tag"] == "case:escalation:raised"]
    assert [one["level"] for one in raised if one["clock"] == "verification"] == [0, 1, 2]
