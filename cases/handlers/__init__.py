"""The handlers that diagrams may call, by the name that the vocabulary gives them."""

from collections.abc import Mapping

from cases.handlers import beside, clocks, letters, lifecycle, rounds
from cases.handlers.base import CloseCase, Deliver, Handler, Request

__all__ = ["HANDLERS", "CloseCase", "Deliver", "Handler", "Request"]

HANDLERS: Mapping[str, Handler] = {
    **lifecycle.HANDLERS,
    **rounds.HANDLERS,
    **clocks.HANDLERS,
    **letters.HANDLERS,
    **beside.HANDLERS,
}
