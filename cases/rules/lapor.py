"""The national portal's words for a case: status and topic, by the ruleset under which it was opened."""

from collections.abc import Mapping

from cases.category_reading import Category
from cases.model import Status
from cases.rules.decisions import decide
from cases.rules.model import Ruleset
from cases.rules.routing import lineage


def lapor_status(ruleset: Ruleset, *, stage: str, outcome: str | None) -> Status:
    """What SP4N-LAPOR! shows for a stage: Belum, Proses or Selesai."""
    return Status(decide(ruleset, "lapor_status", {"stage": stage, "outcome": outcome})["lapor_status"])


def lapor_category(ruleset: Ruleset, categories: Mapping[str, Category], category: str | None) -> str | None:
    """The topic of SP4N-LAPOR! for a category, or for the nearest one above it that has one; None when none has."""
    for key in lineage(categories, category):
        topic = decide(ruleset, "lapor_category", {"category": key})["lapor_category"]
        if topic is not None:
            return str(topic)
    return None
