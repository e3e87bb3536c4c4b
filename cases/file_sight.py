"""Who may open which files of a case: public, internal, or meant for its complainant and whoever may know them."""

from sqlalchemy.orm import Session

from cases.environment import Environment
from cases.model import Actor, ActorKind
from cases.policy import CaseFacts, identity_access, sees_whole
from cases.read_log import note_read
from cases.reference import IdentityAccess

PUBLIC = "public"
INTERNAL = "internal"
FOR_COMPLAINANT = "complainant"
"""Letters to the complainant: they tell who complained."""

TO_OWNER = frozenset({PUBLIC, FOR_COMPLAINANT})


def readable_files(env: Environment, facts: CaseFacts, *, by: Actor) -> frozenset[str]:
    """The visibilities of the files that the reader may see and open."""
    if by.kind is ActorKind.COMPLAINANT:
        return TO_OWNER
    if not sees_whole(env, by, facts):
        return frozenset({PUBLIC})
    if identity_access(env, by, facts) in (IdentityAccess.FULL, IdentityAccess.LOGGED):
        return frozenset({PUBLIC, INTERNAL, FOR_COMPLAINANT})
    return frozenset({PUBLIC, INTERNAL})


def note_file_read(
    session: Session, env: Environment, case_id: str, facts: CaseFacts, visibility: str, *, by: Actor
) -> None:
    """Put on record that an officer opened a file of the restricted lane, or one that tells who complained."""
    if by.kind is not ActorKind.USER:
        return
    if facts.oversight:
        note_read(session, env, case_id, "attachment", by=by)
    if visibility == FOR_COMPLAINANT and identity_access(env, by, facts) is IdentityAccess.LOGGED:
        note_read(session, env, case_id, "identity", by=by)
