"""The handler by which a diagram asks for a letter."""

from collections.abc import Mapping

from cases.handlers.base import Handler
from cases.letters.request import request_letter
from cases.work import CaseWork, RunningInstance
from engine.model import Data


def write_letter(work: CaseWork, instance: RunningInstance, arguments: Data) -> None:
    """A letter from a template: numbered now, printed as PDF/A by a worker, kept with the files of the case."""
    request_letter(work, str(arguments["template"]), instance_id=instance.id)


HANDLERS: Mapping[str, Handler] = {"write_letter": write_letter}
