"""What happened to a complaint, told to who brought it, and how far along it is."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from cases.model import ActorKind, CaseTextView, NoticeView, Stage, StatusPage
from web.labels import label
from web.language import say

STEPS: tuple[tuple[LazyString, frozenset[Stage]], ...] = (
    (_("Diterima"), frozenset({Stage.RECEIVED})),
    (_("Diperiksa"), frozenset({Stage.VERIFICATION, Stage.AWAITING_COMPLETION})),
    (_("Diteruskan"), frozenset({Stage.DISPOSITION, Stage.AWAITING_REFERRAL})),
    (_("Dikerjakan"), frozenset({Stage.FOLLOW_UP, Stage.AWAITING_APPROVAL})),
    (_("Dijawab"), frozenset({Stage.RESPONDED})),
    (_("Selesai"), frozenset({Stage.CLOSED})),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: done, present or to come."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the complainant's timeline."""

    at: datetime
    title: str
    text: str
    mine: bool = False
    letter: bool = False
    """Whether the text is a letter to be read in full rather than a line of news."""


def steps(stage: Stage) -> list[Step]:
    """The six steps from receipt to the end, with the present one marked."""
    now = next(index for index, (_name, stages) in enumerate(STEPS) if stage in stages)
    return [
        Step(str(name), "now" if index == now else "done" if index < now else "later")
        for index, (name, _stages) in enumerate(STEPS)
    ]


def happenings(page: StatusPage) -> list[Happening]:
    """Notices and public texts together, the newest first."""
    found = [_from_notice(notice) for notice in page.notices] + [_from_text(text) for text in page.texts]
    if not page.notices:
        found.append(Happening(page.received_at, gettext("Pengaduan diterima"), ""))
    return sorted(found, key=lambda happening: happening.at, reverse=True)


def _from_notice(notice: NoticeView) -> Happening:
    return Happening(notice.at, say(notice.subject), say(notice.body))


def _from_text(text: CaseTextView) -> Happening:
    mine = text.author_kind is ActorKind.COMPLAINANT
    title = gettext("Anda menulis") if mine else label(text.kind, "text_kind")
    return Happening(text.at, title, text.text, mine=mine, letter=True)


def add_timeline(app: Flask) -> None:
    """Offer it to templates."""
    app.jinja_env.globals["steps"] = steps
