"""Limits how often strangers may ask: counted by form and by address, which is kept only as a keyed hash."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request

from api.context import env, tuntas, write
from cases.limits import take

View = TypeVar("View", bound=Callable[..., Any])


def limited(form: str, *, times: int, per: timedelta) -> Callable[[View], View]:
    """Answer at most so many requests for a form from one address in each window; beyond that 429.

    Many phones share one address in mobile networks, so the limits are wide and each form has its own.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            bucket = f"{form}:{_hashed_address()}"
            # In a transaction of its own: a request that is refused later counts too.
            write(lambda session: take(session, env(), bucket, limit=times, per=per))
            return view(*args, **kwargs)

        return cast("View", counted)

    return decorate


def _hashed_address() -> str:
    address = (request.remote_addr or "-").encode()
    return hmac.digest(tuntas().config.secret_key, b"tuntas address 1:" + address, "sha256").hex()[:32]
