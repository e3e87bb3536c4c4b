"""Signing in, tokens, users and units, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from cases.cursors import BadCursorError
from cases.errors import NotFoundError, NotSignedInError, RefusedByRuleError, StaleError
from cases.model import SYSTEM, Actor
from cases.people import (
    CodeTakenError,
    OpenSession,
    PasswordRefusedError,
    SignedIn,
    UsernameTakenError,
    UserView,
    change_unit,
    change_user,
    create_token,
    create_unit,
    create_user,
    find_session,
    get_unit,
    get_user,
    list_tokens,
    list_units,
    list_users,
    revoke_token,
    session_actor,
    set_password,
    set_roles,
    sign_in,
    sign_out,
    token_actor,
    touch_session,
)
from cases.sign_in import ADDRESS_FAILURES, IDLE, LIFETIME, NAME_FAILURES
from storage.tables import ApiToken, LoginSession, LoginThrottle, User
from support.policy_world import World, counted
from tuntas.database import make_engine

PASSWORD = "kuda baterai stapler"
OLD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
HERE, THERE = "10.0.0.1", "10.0.0.2"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Yield an office on a database of its own, once for each kind."""
    engine = make_engine(database_url)
    yield World(engine)
    engine.dispose()


@pytest.fixture
def siti(world: World) -> Actor:
    """Return a case worker who can sign in."""
    return world.officer("case_worker@jalan", "unit_liaison@jalan", username="siti", password_hash=OLD_HASH)


@pytest.fixture
def root(world: World) -> Actor:
    """Return a system administrator."""
    return world.officer("system_administrator", username="root.admin", password_hash=OLD_HASH)


def enter(
    world: World, password: str = PASSWORD, *, name: str = "siti", address: str = HERE
) -> SignedIn | None:
    """Try to sign in, in a transaction of its own as the caller must."""
    answer: SignedIn | None = world.ask(sign_in, name, password, address=address)
    return answer


def must_enter(world: World) -> SignedIn:
    """Sign in, which must succeed."""
    found = enter(world)
    assert found is not None
    return found


def test_an_officer_signs_in_with_all_grants_and_the_secret_is_stored_nowhere(
    world: World, siti: Actor
) -> None:
    signed_in = must_enter(world)
    assert signed_in.actor == world.ask(session_actor, signed_in.secret)
    assert {grant.role for grant in signed_in.actor.grants} == {"case_worker", "unit_liaison"}
    assert set(signed_in.actor.grants) == set(siti.grants)
    assert signed_in.secret not in repr(world.rows(LoginSession))
    assert enter(world, name=" SITI ") is not None


def test_signing_in_renews_a_hash_with_old_parameters(world: World, siti: Actor) -> None:
    must_enter(world)
    assert world.rows(User)[0].password_hash != OLD_HASH
    assert enter(world) is not None


@pytest.mark.usefixtures("siti")
def test_wrong_names_and_wrong_passwords_answer_alike(world: World) -> None:
    assert enter(world, "wrong") is None
    assert enter(world, name="nobody") is None
    assert len({row.failures for row in world.rows(LoginThrottle) if row.failures == 1}) == 1


@pytest.mark.usefixtures("siti")
def test_ten_failures_lock_the_name_for_everybody_whatever_cookie_they_bring(world: World) -> None:
    for number in range(NAME_FAILURES):
        assert enter(world, "wrong", address=f"10.1.0.{number}") is None
    # Another browser, another address, the right password.
    assert enter(world, address=THERE) is None
    world.clock.advance(15 * MINUTE)
    assert enter(world, address=THERE) is not None


@pytest.mark.usefixtures("siti")
def test_a_lock_grows_with_every_further_failure(world: World) -> None:
    for _ in range(NAME_FAILURES):
        enter(world, "wrong")
    world.clock.advance(15 * MINUTE)
    assert enter(world, "wrong") is None
    world.clock.advance(15 * MINUTE)
    assert enter(world) is None
    world.clock.advance(15 * MINUTE)
    assert enter(world) is not None


@pytest.mark.usefixtures("siti")
def test_signing_in_forgives_the_name_but_not_the_address(world: World) -> None:
    for _ in range(NAME_FAILURES - 1):
        enter(world, "wrong")
    must_enter(world)
    for _ in range(NAME_FAILURES - 1):
        enter(world, "wrong")
    assert enter(world) is not None
    assert [row.failures for row in world.rows(LoginThrottle)] == [2 * (NAME_FAILURES - 1)]


def test_an_address_that_tries_many_names_is_locked(world: World, siti: Actor) -> None:
    for number in range(ADDRESS_FAILURES):
        enter(world, "wrong", name=f"name{number % 25}")
    assert enter(world) is None
    assert enter(world, address=THERE) is not None


@pytest.mark.usefixtures("siti")
def test_failures_are_forgotten_after_a_day(world: World) -> None:
    for _ in range(NAME_FAILURES - 1):
        enter(world, "wrong")
    world.clock.advance(timedelta(hours=25))
    assert enter(world, "wrong") is None
    assert enter(world) is not None


@pytest.mark.usefixtures("siti")
def test_a_session_ends_after_an_idle_hour_unless_it_is_touched(world: World) -> None:
    secret = must_enter(world).secret
    world.clock.advance(IDLE - MINUTE)
    found: OpenSession = world.ask(find_session, secret)
    assert found.stale
    world.ask(touch_session, secret)
    assert not world.ask(find_session, secret).stale
    world.clock.advance(IDLE - MINUTE)
    world.ask(session_actor, secret)
    world.clock.advance(MINUTE)
    with pytest.raises(NotSignedInError):
        world.ask(session_actor, secret)


@pytest.mark.usefixtures("siti")
def test_a_session_ends_after_twelve_hours_however_busy(world: World) -> None:
    secret = must_enter(world).secret
    for _ in range(int(LIFETIME / IDLE) * 2 - 1):
        world.clock.advance(IDLE / 2)
        world.ask(touch_session, secret)
        world.ask(session_actor, secret)
    world.clock.advance(IDLE / 2)
    with pytest.raises(NotSignedInError):
        world.ask(session_actor, secret)


@pytest.mark.usefixtures("siti")
def test_signing_out_ends_the_session_at_once(world: World) -> None:
    kept, ended = must_enter(world).secret, must_enter(world).secret
    world.ask(sign_out, ended)
    world.ask(session_actor, kept)
    with pytest.raises(NotSignedInError):
        world.ask(session_actor, ended)


@pytest.mark.usefixtures("siti")
def test_knowing_who_asks_is_one_statement(world: World) -> None:
    secret = must_enter(world).secret
    token = world.ask(create_token, "siti", "aplikasi", by=SYSTEM)
    for function, credential in ((session_actor, secret), (token_actor, token)):
        with world.session() as session:
            session.connection()
            with counted(world.engine) as statements:
                function(session, world.env, credential)
        assert len(statements) == 1


def test_a_token_acts_as_its_user_until_it_expires_or_is_revoked(
    world: World, siti: Actor, root: Actor
) -> None:
    now = world.clock.now()
    short = world.ask(create_token, "siti", "sebentar", by=root, expires_at=now + MINUTE)
    token = world.ask(create_token, "siti", "lama", by=root)
    assert token.startswith("tts_")
    assert len(token) > 40
    assert token not in repr(world.rows(ApiToken))
    assert world.ask(token_actor, token).id == siti.id == world.ask(token_actor, short).id
    world.clock.advance(MINUTE)
    with pytest.raises(NotSignedInError):
        world.ask(token_actor, short)
    view = next(one for one in world.ask(list_tokens, siti.id, by=root) if one.name == "lama")
    world.ask(revoke_token, view.id, by=root)
    world.ask(revoke_token, view.id, by=root)
    for wrong in (token, "tts_wrong", "", "x" * 5000):
        with pytest.raises(NotSignedInError):
            world.ask(token_actor, wrong)


def test_deactivating_a_user_ends_sessions_and_tokens(world: World, siti: Actor, root: Actor) -> None:
    secret, token = must_enter(world).secret, world.ask(create_token, "siti", "aplikasi", by=root)
    world.ask(change_user, siti.id, active=False, by=root)
    for function, credential in ((session_actor, secret), (token_actor, token)):
        with pytest.raises(NotSignedInError):
            world.ask(function, credential)
    assert enter(world) is None
    assert world.rows(LoginSession) == []
    world.ask(change_user, siti.id, active=True, by=root)
    with pytest.raises(NotSignedInError):
        world.ask(token_actor, token)


def test_only_the_administrator_manages_people(world: World, siti: Actor) -> None:
    attempts: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
        (list_users, (), {}),
        (create_user, (), {"username": "baru", "name": "Baru"}),
        (change_user, (siti.id,), {"name": "Lain"}),
        (set_roles, (siti.id, [("system_administrator", world.units["root"])]), {}),
        (create_token, ("siti", "x"), {}),
        (list_tokens, (siti.id,), {}),
        (create_unit, (), {"code": "x", "name": "X", "parent_id": world.units["root"]}),
        (change_unit, (world.units["jalan"],), {"name": "X"}),
    ]
    for function, arguments, named in attempts:
        with pytest.raises(NotFoundError):
            world.ask(function, *arguments, **named, by=siti)


def test_users_are_listed_in_pages_of_two_statements(world: World, root: Actor) -> None:
    for number in range(5):
        world.officer("case_worker@jalan", username=f"user{number}")
    found: list[UserView] = []
    cursor = None
    while True:
        page = world.ask(list_users, by=root, limit=2, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [user.username for user in found] == ["root.admin", *(f"user{number}" for number in range(5))]
    assert found[1].grants[0].unit_name == "JALAN"
    assert len(world.ask(list_users, by=root, role="case_worker").items) == 5
    assert [user.username for user in world.ask(list_users, by=root, text="USER3").items] == ["user3"]
    with pytest.raises(BadCursorError):
        world.ask(list_users, by=root, cursor="tampered")


def test_a_user_is_made_with_roles_and_can_sign_in(world: World, root: Actor) -> None:
    made = world.ask(
        create_user,
        username="Baru.Sekali",
        name="  Baru   Sekali ",
        password=PASSWORD,
        roles=[("case_worker", world.units["jalan"])],
        by=root,
    )
    assert (made.username, made.name, made.version) == ("baru.sekali", "Baru Sekali", 1)
    assert enter(world, name="baru.sekali") is not None
    with pytest.raises(UsernameTakenError):
        world.ask(create_user, username="baru.sekali", name="Lain", by=root)


# A malformed name, an unknown role, a role nobody is given, an unknown unit, a weak password.
BAD_USERS: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"username": "a b"}, RefusedByRuleError),
    ({"roles": [("king", "jalan")]}, RefusedByRuleError),
    ({"roles": [("complainant", "jalan")]}, RefusedByRuleError),
    ({"roles": [("auditor", "no unit")]}, NotFoundError),
    ({"password": "short"}, PasswordRefusedError),
]


@pytest.mark.parametrize(("wrong", "refusal"), BAD_USERS)
def test_a_wrong_user_is_refused(
    world: World, root: Actor, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    values = {"username": "baru", "name": "Baru", **wrong}
    if "roles" in values:
        values["roles"] = [(role, world.units.get(unit, unit)) for role, unit in values["roles"]]
    with pytest.raises(refusal):
        world.ask(create_user, **values, by=root)


def test_an_older_version_of_a_user_is_not_overwritten(world: World, siti: Actor, root: Actor) -> None:
    changed = world.ask(change_user, siti.id, name="Siti A", version=1, by=root)
    assert (changed.name, changed.version) == ("Siti A", 2)
    with pytest.raises(StaleError):
        world.ask(change_user, siti.id, name="Siti B", version=1, by=root)
    with pytest.raises(StaleError):
        world.ask(set_roles, siti.id, [], version=1, by=root)


def test_an_administrator_cannot_lock_the_own_door(world: World, root: Actor) -> None:
    with pytest.raises(RefusedByRuleError):
        world.ask(change_user, root.id, active=False, by=root)
    with pytest.raises(RefusedByRuleError):
        world.ask(set_roles, root.id, [], by=root)


def test_new_roles_hold_from_the_next_request_on(world: World, siti: Actor, root: Actor) -> None:
    secret = must_enter(world).secret
    world.ask(set_roles, siti.id, [("auditor", world.units["root"])], by=root)
    assert [grant.role for grant in world.ask(session_actor, secret).grants] == ["auditor"]


def test_a_new_password_ends_every_other_session(world: World, siti: Actor) -> None:
    kept, other = must_enter(world).secret, must_enter(world).secret
    with pytest.raises(NotSignedInError):
        world.ask(set_password, siti.id, "lima kata yang baru", current="wrong", by=siti)
    world.ask(set_password, siti.id, "lima kata yang baru", current=PASSWORD, keep=kept, by=siti)
    world.ask(session_actor, kept)
    with pytest.raises(NotSignedInError):
        world.ask(session_actor, other)
    assert enter(world) is None
    assert enter(world, "lima kata yang baru") is not None


def test_users_read_themselves_and_nobody_else(world: World, siti: Actor, root: Actor) -> None:
    assert world.ask(get_user, siti.id, by=siti).username == "siti"
    with pytest.raises(NotFoundError):
        world.ask(get_user, root.id, by=siti)
    with pytest.raises(NotFoundError):
        world.ask(set_password, root.id, PASSWORD, by=siti)


def test_units_are_a_tree_that_keeps_its_paths_when_a_branch_moves(world: World, root: Actor) -> None:
    made = world.ask(create_unit, code="seksi", name="Seksi", parent_id=world.units["jalan"], by=root)
    assert made.path == f"{world.path('jalan')}/{made.id}"
    world.ask(change_unit, world.units["jalan"], parent_id=world.units["dinkes"], by=root)
    expected = f"{world.path('dinkes')}/{world.units['jalan']}/{made.id}"
    assert world.ask(get_unit, made.id, by=root).path == expected
    codes = [unit.code for unit in world.ask(list_units, by=root)]
    assert codes == ["root", "dinkes", "jalan", "seksi", "inspektorat", "pupr"]


def test_a_unit_never_comes_below_itself_and_its_code_is_its_own(world: World, root: Actor) -> None:
    with pytest.raises(RefusedByRuleError):
        world.ask(change_unit, world.units["pupr"], parent_id=world.units["jalan"], by=root)
    with pytest.raises(RefusedByRuleError):
        world.ask(change_unit, world.units["root"], parent_id=world.units["jalan"], by=root)
    with pytest.raises(CodeTakenError):
        world.ask(create_unit, code="jalan", name="Jalan", parent_id=world.units["root"], by=root)
    with pytest.raises(RefusedByRuleError):
        world.ask(create_unit, code="dua", name="Akar kedua", parent_id=None, by=root)


def test_a_renamed_unit_keeps_its_old_name_as_an_alias(world: World, root: Actor) -> None:
    renamed = world.ask(change_unit, world.units["jalan"], name="Bidang Jalan", by=root)
    assert (renamed.name, renamed.aliases) == ("Bidang Jalan", ("JALAN",))


def test_a_unit_whose_time_is_over_leaves_the_list(world: World, root: Actor) -> None:
    yesterday = world.clock.now().date() - timedelta(days=1)
    world.ask(change_unit, world.units["jalan"], valid_to=yesterday, by=root)
    assert "jalan" not in [unit.code for unit in world.ask(list_units, by=root)]
    assert "jalan" in [unit.code for unit in world.ask(list_units, by=root, all_times=True)]
