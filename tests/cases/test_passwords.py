"""Passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from cases.passwords import PasswordRefusedError, hash_password, needs_rehash, verify_password

GOOD = "kuda baterai stapler benar"


def test_a_password_is_kept_as_argon2id() -> None:
    stored = hash_password(GOOD, username="siti")
    assert stored.startswith("$argon2id$")
    assert verify_password(GOOD, stored)
    assert not verify_password(GOOD + "x", stored)
    assert not needs_rehash(stored)


def test_a_hash_with_other_parameters_asks_to_be_renewed() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))


def test_an_account_without_a_password_lets_nobody_in() -> None:
    assert not verify_password("the password of nobody", None)
    assert not verify_password("", "no hash at all")


# Too short, too long, holds the user name, among the first that are guessed, of too few characters.
@pytest.mark.parametrize(
    "password", ["sebelas1234"[:11], "a1!" * 70, "xx-siti.a-xx-9", "KataSandi1234", "ababababababab"]
)
def test_a_weak_password_is_refused_in_both_languages(password: str) -> None:
    with pytest.raises(PasswordRefusedError) as refused:
        hash_password(password, username="siti.a")
    assert refused.value.text.id != refused.value.text.en
