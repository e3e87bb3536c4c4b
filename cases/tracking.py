"""The tracking secret: what a complainant holds to prove that a case is theirs.

It is made by the machine, shown once and stored only as a hash. 20 characters of 32 are 100 bits (domain.md
section 4 asks for 80), so a plain SHA-256 cannot be searched; none of them is 0, O, 1 or I.
"""

import hashlib
import hmac
import re
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS = 4
GROUP_LENGTH = 5

_NOT_SPOKEN = re.compile(r"[^A-Z0-9]+")
_PURPOSE = b"tuntas tracking secret 1:"
_NO_HASH = bytes(32)


def new_secret() -> str:
    """A fresh secret in four groups of five, to be shown this once."""
    group = "".join
    return "-".join(group(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def hash_secret(secret: str) -> bytes:
    """The 32 bytes that are stored; case, spaces and dashes of what was typed do not matter."""
    spoken = _NOT_SPOKEN.sub("", secret[:100].upper())
    return hashlib.sha256(_PURPOSE + spoken.encode()).digest()


def matches(secret: str, stored: bytes | None) -> bool:
    """Whether the secret belongs to the hash, in the same time whether or not there is one."""
    found = hmac.compare_digest(hash_secret(secret), stored or _NO_HASH)
    return found and stored is not None
