"""Passwords: argon2id hashes, and the few rules that keep out the passwords that are guessed first."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from cases.errors import CaseError
from engine.model import Text

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200
"""Longer ones only make the hash dear to compute."""

# OWASP's second choice (19 MiB, two passes): about 20 ms, because a sign-in holds a transaction open.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = HASHER.hash("the password of nobody")

COMMON = frozenset(
    {
        "password1234",
        "passwordpassword",
        "katasandi123",
        "katasandi1234",
        "rahasia12345",
        "rahasiarahasia",
        "indonesia123",
        "indonesia1945",
        "indonesiaraya",
        "merdeka17845",
        "bismillah123",
        "bismillah786",
        "sayangkamu123",
        "pengaduan123",
        "administrator",
        "admin1234567",
        "adminadmin123",
        "qwertyuiop123",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "123456789012",
        "1234567890123",
        "abcdefghijkl",
        "iloveyou1234",
        "letmeinplease",
        "tuntastuntas",
    }
)


class PasswordRefusedError(CaseError):
    """The password is too easy to guess."""

    slug = "password-refused"
    text = Text(
        id="Kata sandi ini terlalu mudah ditebak. Pilih yang lain, misalnya empat kata acak.",
        en="This password is too easy to guess. Choose another, such as four unrelated words.",
    )


def hash_password(password: str, *, username: str) -> str:
    """The argon2id hash to store. Raises PasswordRefusedError with the rule that the password breaks."""
    _check(password, username)
    return HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the hash; as slow for an account without one as for one with it."""
    try:
        return HASHER.verify(stored or _NOBODY, password[: MAXIMUM_LENGTH + 1]) and stored is not None
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def _check(password: str, username: str) -> None:
    if len(password) < MINIMUM_LENGTH:
        raise PasswordRefusedError(
            Text(
                id=f"Kata sandi paling sedikit {MINIMUM_LENGTH} karakter.",
                en=f"A password has at least {MINIMUM_LENGTH} characters.",
            )
        )
    if len(password) > MAXIMUM_LENGTH:
        raise PasswordRefusedError(
            Text(
                id=f"Kata sandi paling banyak {MAXIMUM_LENGTH} karakter.",
                en=f"A password has at most {MAXIMUM_LENGTH} characters.",
            )
        )
    folded = password.casefold()
    if username.casefold() in folded:
        raise PasswordRefusedError(
            Text(
                id="Kata sandi tidak boleh memuat nama pengguna.",
                en="A password must not contain the user name.",
            )
        )
    if folded in COMMON or len(set(folded)) < 5:
        raise PasswordRefusedError
