"""Who may call a view: each declares a permission, or that it is public; a test walks the URL map for it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, request

from api.context import env, read, write
from cases.complainants import count_wrong_secret, prove_ownership
from cases.errors import NotFoundError, NotSignedInError
from cases.model import PUBLIC, Actor
from cases.people import token_actor
from cases.policy import require_act

View = TypeVar("View", bound=Callable[..., Any])

MARK = "tuntas_permission"
"""The attribute of a view that names its permission; the pages use the same."""

PUBLIC_MARK = "public"
TRACKING_MARK = "tracking"


def permission(act: str) -> Callable[[View], View]:
    """Let in holders of a bearer token who may do ``act`` at all; ``cases`` decides about the subject."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = _bearer_actor()
            require_act(env(), actor, act)
            g.api_actor = actor
            return view(*args, **kwargs)

        return _marked(guarded, act)

    return decorate


def public(view: View) -> View:
    """Let everybody in."""

    @wraps(view)
    def open_to_all(*args: Any, **kwargs: Any) -> Any:
        g.api_actor = PUBLIC
        return view(*args, **kwargs)

    return _marked(open_to_all, PUBLIC_MARK)


def tracking(view: View) -> View:
    """Let in the complainant who owns the case, by ``Authorization: Tracking <secret>``."""

    @wraps(view)
    def guarded(reference: str, *args: Any, **kwargs: Any) -> Any:
        g.api_actor = complainant(reference)
        return view(*args, reference=reference, **kwargs)

    return _marked(guarded, TRACKING_MARK)


def tracking_or_public(view: View) -> View:
    """As ``tracking``, but without credentials the public part is shown."""

    @wraps(view)
    def guarded(reference: str, *args: Any, **kwargs: Any) -> Any:
        g.api_actor = complainant(reference) if "Authorization" in request.headers else PUBLIC
        return view(*args, reference=reference, **kwargs)

    return _marked(guarded, PUBLIC_MARK)


def caller() -> Actor:
    """Whoever sent this request, as its view's permission established."""
    return cast("Actor", g.api_actor)


def complainant(reference: str) -> Actor:
    """The complainant who owns the case; raises NotSignedInError without a secret."""
    secret = credentials("tracking")
    try:
        return read(lambda session: prove_ownership(session, env(), reference, secret))
    except NotFoundError:
        write(lambda session: count_wrong_secret(session, env(), reference))
        raise


def credentials(scheme: str) -> str:
    """What follows the scheme in the Authorization header; raises NotSignedInError when it is not there."""
    given, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if given.lower() != scheme or not rest.strip():
        raise NotSignedInError
    return rest.strip()


def _bearer_actor() -> Actor:
    token = credentials("bearer")
    return read(lambda session: token_actor(session, env(), token))


def _marked(guarded: Callable[..., Any], mark: str) -> View:  # type: ignore[type-var]
    setattr(guarded, MARK, mark)
    return cast("View", guarded)
