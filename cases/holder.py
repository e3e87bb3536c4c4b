"""Who has a case now, in plain words: the unit or body by its name where one works on it, else whom the stage names."""

from cases.environment import Environment
from cases.model import Outcome, Stage
from engine.model import Text

NOBODY = Text(id="Tidak diketahui", en="Not known")


def holder_of(
    env: Environment, stage: Stage, *, unit: str | None, body: str | None, outcome: str | None, private: bool
) -> Text:
    """Whom to ask about the case. ``private`` words are for its complainant; the body stays named after it accepted."""
    if stage in (Stage.FOLLOW_UP, Stage.AWAITING_APPROVAL) and unit:
        return Text(unit, unit)
    if body and (stage is Stage.AWAITING_REFERRAL or outcome == Outcome.REFERRED):
        return env.reference.referral_bodies.get(body) or Text(body, body)
    if not private and stage in (Stage.AWAITING_COMPLETION, Stage.RESPONDED):
        return env.reference.roles["complainant"]
    return env.reference.holders.get(stage.value, NOBODY)
