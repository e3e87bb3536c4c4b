"""What an absence may not be: backwards, endless, one's own stand-in, or against another absence."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from cases.errors import RefusedByRuleError
from cases.model import Actor
from cases.sight import INSPECTORATE
from engine.model import Text
from storage.tables import Delegation, Role, Unit, User

LONGEST = timedelta(days=366)
"""An absence for longer is a change of roles, which the administrator makes [INFER]."""


def require_days(starts_on: date, ends_on: date, today: date) -> None:
    """Refuse days that are no span, over already, or too many."""
    if ends_on < starts_on:
        raise _refused(
            "Hari terakhir tidak boleh sebelum hari pertama. Periksa tanggalnya.",
            "The last day cannot come before the first. Check the dates.",
        )
    if ends_on < today:
        raise _refused(
            "Ketidakhadiran itu sudah lewat. Isi hari terakhir hari ini atau sesudahnya.",
            "That absence is over already. Give a last day from today on.",
        )
    if ends_on - starts_on > LONGEST:
        raise _refused(
            "Paling lama satu tahun. Untuk lebih lama, minta administrator mengubah peran.",
            "One year at most. For longer, ask the administrator to change the roles.",
        )


def require_other(user_id: str, delegate_id: str, by: Actor) -> None:
    """Refuse somebody who would stand in for themselves, or who makes themselves somebody else's stand-in."""
    if delegate_id == user_id:
        raise _refused(
            "Orang tidak dapat menggantikan dirinya sendiri. Pilih orang lain.",
            "Nobody can stand in for themselves. Choose somebody else.",
        )
    if by.id == delegate_id:
        raise _refused(
            "Anda tidak dapat menunjuk diri sendiri sebagai pengganti orang lain. Minta ia sendiri atau "
            "orang lain yang berwenang menunjuk Anda.",
            "You cannot name yourself to stand in for somebody else. Ask them, or somebody else in charge, to do so.",
        )


def require_able(session: Session, role: str, path: str, delegate_id: str) -> None:
    """Refuse a stand-in who cannot sign in, or for the inspectorate one who does not belong to it. One statement."""
    rows = session.execute(
        select(User.active, Role.role, Unit.path)
        .outerjoin(Role, Role.user_id == User.id)
        .outerjoin(Unit, Unit.id == Role.unit_id)
        .where(User.id == delegate_id)
    ).all()
    if not rows or not rows[0].active:
        raise _refused(
            "Pengganti harus pengguna yang aktif. Pilih dari daftar.",
            "The stand-in must be an active user. Choose from the list.",
        )
    inside = any(row.path is not None and row.path.startswith(path) for row in rows)
    if role == INSPECTORATE and not inside:
        # The restricted lane stays in the hands of the inspectorate [INFER].
        raise _refused(
            "Peran inspektorat hanya dapat digantikan orang dari inspektorat.",
            "Only somebody of the inspectorate can stand in for the inspectorate.",
        )


def refuse_contradictions(
    session: Session, held: tuple[str, str, str], delegate_id: str, days: tuple[date, date]
) -> None:
    """Refuse a second stand-in for a role, and people who are away or stand in themselves. One statement.

    ``held`` is user, role and unit.
    """
    user_id = held[0]
    starts_on, ends_on = days
    people = (user_id, delegate_id)
    rows = session.execute(
        select(Delegation.user_id, Delegation.delegate_id, Delegation.role, Delegation.unit_id).where(
            _meets(starts_on, ends_on),
            or_(Delegation.user_id.in_(people), Delegation.delegate_id == user_id),
        )
    ).all()
    for row in rows:
        if (row.user_id, row.role, row.unit_id) == held:
            raise _refused(
                "Pada hari-hari itu peran ini sudah ada penggantinya. Batalkan yang lama lebih dahulu.",
                "Somebody stands in for this role on those days already. End that absence first.",
            )
        if row.user_id == delegate_id:
            raise _refused(
                "Pengganti itu sendiri tidak hadir pada hari-hari itu. Pilih orang lain.",
                "That stand-in is away on those days. Choose somebody else.",
            )
        if row.delegate_id == user_id:
            raise _refused(
                "Orang ini sedang menggantikan orang lain pada hari-hari itu. Akhiri atau alihkan penggantian itu "
                "lebih dahulu.",
                "This person stands in for somebody else on those days. End or move that first.",
            )


def _meets(starts_on: date, ends_on: date) -> ColumnElement[bool]:
    return and_(
        Delegation.revoked_at.is_(None), Delegation.starts_on <= ends_on, Delegation.ends_on >= starts_on
    )


def _refused(indonesian: str, english: str) -> RefusedByRuleError:
    return RefusedByRuleError(Text(id=indonesian, en=english))
