"""Whoever asks for something, and the roles that they hold."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Who acts."""

    USER = "user"
    COMPLAINANT = "complainant"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a unit; ``path`` is the unit's path of ids from the root, for questions about subtrees."""

    role: str
    unit_id: str
    path: str
    for_user: str | None = None
    """The absent person in whose place the role is held; None for a role of one's own."""
    for_name: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for something; every ``cases`` function takes one as ``by=``."""

    kind: ActorKind
    id: str | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    case_id: str | None = None
    """The one case a complainant proved to own."""

    def has(self, *roles: str) -> bool:
        """Whether the actor holds any of the roles anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def units(self, role: str) -> frozenset[str]:
        """Ids of the units in which the actor holds the role."""
        return frozenset(grant.unit_id for grant in self.grants if grant.role == role)


SYSTEM = Actor(ActorKind.SYSTEM, name="Sistem")
PUBLIC = Actor(ActorKind.ANONYMOUS, name="")
