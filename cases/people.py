"""Everything about people in one place: signing in, tokens, users and units."""

from cases.passwords import PasswordRefusedError
from cases.sign_in import (
    OpenSession,
    SignedIn,
    actor_of_user,
    end_sessions,
    find_session,
    session_actor,
    sign_in,
    sign_out,
    touch_session,
)
from cases.tokens import TokenView, create_token, list_tokens, revoke_token, token_actor
from cases.units import CodeTakenError, UnitView, change_unit, create_unit, get_unit, list_units
from cases.users import (
    GrantView,
    UsernameTakenError,
    UserView,
    change_user,
    create_user,
    get_user,
    list_users,
    set_password,
    set_roles,
)

__all__ = [
    "CodeTakenError",
    "GrantView",
    "OpenSession",
    "PasswordRefusedError",
    "SignedIn",
    "TokenView",
    "UnitView",
    "UserView",
    "UsernameTakenError",
    "actor_of_user",
    "change_unit",
    "change_user",
    "create_token",
    "create_unit",
    "create_user",
    "end_sessions",
    "find_session",
    "get_unit",
    "get_user",
    "list_tokens",
    "list_units",
    "list_users",
    "revoke_token",
    "session_actor",
    "set_password",
    "set_roles",
    "sign_in",
    "sign_out",
    "token_actor",
    "touch_session",
]
