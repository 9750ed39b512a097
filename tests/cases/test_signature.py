"""Signatures: what we sign an independent library verifies, and the other way round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from cases.signature import BadSecret, BadSignature, key_of, secret_of, sign, verify

SECRET = secret_of(bytes(range(32)))
#: The example of the specification's reference libraries.
PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_published_example_is_signed_as_published() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign(PUBLISHED, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.text().map(str.encode), key=st.binary(min_size=24, max_size=64))
def test_an_independent_library_verifies_what_we_sign(body: bytes, key: bytes) -> None:
    headers = sign(secret_of(key), "20260306-000007-4", datetime.now(UTC), body)
    Webhook(secret_of(key)).verify(body, headers, json_parse=False)


@given(body=st.text())
def test_we_verify_what_an_independent_library_signs(body: str) -> None:
    at = datetime(2026, 3, 6, tzinfo=UTC)
    signature = Webhook(SECRET).sign("a", at, body)
    headers = {
        "webhook-id": "a",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1a,AAAA {signature}",
    }
    verify(SECRET, headers, body.encode(), at + timedelta(minutes=4))


AT = datetime(2026, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "later", "body", "says"),
    [
        ({"webhook-id": "b"}, 0, b"{}", "does not fit"),
        ({"webhook-timestamp": str(int(AT.timestamp()) + 1)}, 0, b"{}", "does not fit"),
        ({}, 0, b"{} ", "does not fit"),
        ({"webhook-signature": "v2,AAAA"}, 0, b"{}", "does not fit"),
        ({"webhook-signature": "v1,ÄÄ"}, 0, b"{}", "does not fit"),
        ({"webhook-signature": ""}, 0, b"{}", "are needed"),
        ({"webhook-timestamp": "soon"}, 0, b"{}", "are needed"),
        ({"webhook-timestamp": "9" * 40}, 0, b"{}", "are needed"),
        ({}, 301, b"{}", "an old message"),
        ({}, -301, b"{}", "clocks that differ"),
    ],
)
def test_what_was_changed_or_is_old_is_refused(
    changed: dict[str, str], later: int, body: bytes, says: str
) -> None:
    headers = sign(SECRET, "a", AT, b"{}") | changed
    with pytest.raises(BadSignature, match=says):
        verify(SECRET, headers, body, AT + timedelta(seconds=later))


def test_another_secret_does_not_fit() -> None:
    with pytest.raises(BadSignature, match="not the same secret"):
        verify(secret_of(b"x" * 24), sign(SECRET, "a", AT, b"{}"), b"{}", AT)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "no base64!", secret_of(b"x" * 65)])
def test_a_secret_that_is_none_is_named(secret: str) -> None:
    with pytest.raises(BadSecret, match="a secret"):
        key_of(secret)
