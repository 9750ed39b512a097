"""Passwords of people: what one must be like, and how it is kept (argon2id)."""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn import zxcvbn

from store.access import BadAccess

SHORTEST, LONGEST = 12, 128  #: characters
LOOKED_AT = 72  #: characters that are looked at for whether a password is guessed first
#: As a power of ten, what a password must take whoever knows the usual ones and the person's name.
GUESSES = 8.0

_HASHER = PasswordHasher()  # argon2id of RFC 9106, its second recommended option: 64 MiB, 3 times
#: Each takes a core for 50 ms and 64 MiB: two at a time, however many try.
_AT_ONCE = BoundedSemaphore(2)
_LOOKING = Lock()  # the library keeps what it was told of the person in one place for all
#: Is tried where there is no account, so that an answer takes as long.
NOBODYS = _HASHER.hash("nobody's")


class BadPassword(BadAccess):
    """A new password that will not do; says why."""


def as_typed(password: str) -> str:
    """Return one spelling of what another keyboard sends otherwise (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def hash_of(password: str, *known: str) -> str:
    """Return a new password hashed; raise BadPassword where it is too short or guessed at once.

    `known` is what an attacker knows: the person's name, that of the installation.
    """
    password = as_typed(password)
    if len(password) < SHORTEST:
        raise BadPassword(f"a password has at least {SHORTEST} characters; a sentence is fine")
    if len(password) > LONGEST:
        raise BadPassword(f"a password has at most {LONGEST} characters")
    if _guesses(password, known) < GUESSES:
        raise BadPassword(
            "this password is among those that are tried first: take one that is not made of a"
            " usual password, a name, a date or a row of keys; three or four odd words will do"
        )
    with _AT_ONCE:
        return _HASHER.hash(password)


def _guesses(password: str, known: tuple[str, ...]) -> float:
    """Return how many tries it takes, as a power of ten; blanks and dashes make it no better."""
    words = [*known, *" ".join(known).split(), "lifeline", "城市生命线"]
    bare = "".join(sign for sign in password if sign.isalnum())
    told = [*words, *("".join(word.split()) for word in words)]
    with _LOOKING:
        looked = [zxcvbn(one[:LOOKED_AT], user_inputs=told) for one in (password, bare or password)]
    return min(float(one["guesses_log10"]) for one in looked)


def fits(hashed: str | None, password: str) -> bool:
    """Return whether a typed password is the kept one; takes as long where none is kept."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(hashed or NOBODYS, as_typed(password)) and hashed is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def again(password: str) -> str:
    """Return a password that was right hashed once more, at the cost of today."""
    with _AT_ONCE:
        return _HASHER.hash(as_typed(password))


def is_dated(hashed: str) -> bool:
    """Return whether it was hashed at another cost than is usual now."""
    return _HASHER.check_needs_rehash(hashed)
