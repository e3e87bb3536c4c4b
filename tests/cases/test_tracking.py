"""The tracking secret."""

from __future__ import annotations

import math

from cases.tracking import ALPHABET, GROUP_LENGTH, GROUPS, hash_secret, matches, new_secret


def test_a_secret_has_more_than_eighty_bits() -> None:
    assert GROUPS * GROUP_LENGTH * math.log2(len(set(ALPHABET))) >= 80


def test_a_secret_has_no_character_that_is_mistaken() -> None:
    assert not set("0O1I") & set("".join(new_secret() for _ in range(50)))


def test_two_secrets_differ() -> None:
    assert len({new_secret() for _ in range(200)}) == 200


def test_a_secret_matches_its_hash_however_it_is_typed() -> None:
    secret = new_secret()
    stored = hash_secret(secret)
    assert len(stored) == 32
    assert all(
        matches(typed, stored) for typed in (secret, secret.lower(), secret.replace("-", " "), f" {secret} ")
    )


def test_another_secret_and_a_missing_hash_do_not_match() -> None:
    assert not matches(new_secret(), hash_secret(new_secret()))
    assert not matches(new_secret(), None)
    assert not matches("", None)
    assert not matches("", bytes(32))
