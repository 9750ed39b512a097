"""Signatures of messages, as Standard Webhooks 1.0.0 has them: a shared secret, HMAC-SHA256.

What is signed is `id.timestamp.body`, so an id may hold no full stop. The receiver checks that
the timestamp is near its own time, lest an old message be sent again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
FEWEST, MOST = 24, 64  #: bytes of a secret
TOLERANCE = timedelta(minutes=5)


class BadSecret(ValueError):
    """The secret cannot be used. ``args[0]`` says why, for the operator."""


class BadSignature(Exception):
    """The message is not what the holder of the secret sent now. ``args[0]`` says why."""


def key_of(secret: str) -> bytes:
    """Return the key that `secret` writes; raises BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as why:
        raise BadSecret(f"a secret is {PREFIX} and base64: {why}") from why
    if not FEWEST <= len(key) <= MOST:
        raise BadSecret(f"a secret has {FEWEST} to {MOST} bytes before base64, this has {len(key)}")
    return key


def secret_of(key: bytes) -> str:
    """Return `key` as it is written down."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove `body`, sent as `message` at `at`."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_signature(key_of(secret), message, timestamp, body)}",
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
    """Raise BadSignature unless `body` was signed with `secret` near `at`."""
    message, timestamp, given = (
        headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (message and timestamp.isdecimal() and len(timestamp) < 12 and given):
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature are needed")
    if abs(at.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        ago = at.timestamp() - int(timestamp)
        raise BadSignature(f"signed {ago:.0f} s ago: an old message, or clocks that differ")
    right = _signature(key_of(secret), message, timestamp, body).encode()
    versions = (part.partition(",") for part in given.split(" "))
    if not any(v == "v1" and hmac.compare_digest(right, s.encode()) for v, _, s in versions):
        raise BadSignature("the signature does not fit: not the same secret, or changed on the way")


def _signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    signed = hmac.new(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()
