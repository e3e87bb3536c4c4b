"""Subjects of complaints as versioned reference data: what is offered now, and what old cases keep."""

from cases.environment import Environment
from cases.errors import RefusedByRuleError
from cases.work import CaseWork
from engine.model import Text


def require_offered(env: Environment, category: str | None) -> None:
    """Refuse a category that is unknown or retired; None is none. Raises RefusedByRuleError."""
    if category is None:
        return
    known = env.reference.categories.get(category)
    if known is None:
        raise RefusedByRuleError(
            Text(
                id="Kategori itu tidak ada. Pilih dari daftar.",
                en="There is no such category. Choose from the list.",
            )
        )
    if not known.active:
        raise RefusedByRuleError(
            Text(
                id=f"Kategori {known.label.id} sudah tidak dipakai. Pilih kategori lain dari daftar.",
                en=f"The category {known.label.en} is no longer used. Choose another one from the list.",
            )
        )


def set_category(work: CaseWork, category: str | None) -> None:
    """Give the case a category, with the version of the list from which it was chosen.

    A case may keep a category that was retired meanwhile. Raises RefusedByRuleError for a new one that is not offered.
    """
    if category == work.case["category"]:
        return
    require_offered(work.env, category)
    version = None if category is None else work.env.reference.category_version
    work.set(category=category, category_version=version)
