"""Passwords of devices, made by us and hashed the way mosquitto's password file has them.

`$7$iterations$salt$hash`: PBKDF2 with HMAC-SHA512, salt and hash in base64.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac
from hmac import compare_digest
from secrets import token_bytes, token_urlsafe

SECRET_BYTES = 24
SALT_BYTES = 12  #: mosquitto takes no other
#: mosquitto's own number. A secret of 192 random bits cannot be guessed, however cheap a guess is;
#: ten thousand devices that come back after a power cut must not hold the broker up.
ITERATIONS = 101


def new_secret() -> str:
    """Return a password that nobody guesses, of letters, digits, - and _."""
    return token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    return _written(secret, token_bytes(SALT_BYTES), ITERATIONS)


def fits(secret: str, hashed: str) -> bool:
    """Return whether `hashed`, as mosquitto's password file has it, is of `secret`."""
    try:
        _, kind, iterations, salt, _ = hashed.split("$")
        made = _written(secret, b64decode(salt, validate=True), int(iterations))
    except ValueError:
        return False
    return kind == "7" and compare_digest(made.encode(), hashed.encode())


def _written(secret: str, salt: bytes, iterations: int) -> str:
    made = pbkdf2_hmac("sha512", secret.encode(), salt, iterations)
    return f"$7${iterations}${b64encode(salt).decode()}${b64encode(made).decode()}"
