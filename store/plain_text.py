"""Text and records as PostgreSQL can hold them, whatever came over the wire.

It refuses the character NUL, half surrogates, and index entries over 2,700 bytes. A
payload may bring any of them, and one that cannot be stored would block the stream.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

LONGEST_NAME = 200  #: characters; at four bytes each three such names still fit an index entry


def plain(text: str) -> str:
    """Return `text` with what cannot be stored replaced: NUL by U+FFFD, half surrogates by "?"."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def name(text: str) -> str:
    """Return a storable name; one that is too long is cut and told apart by a digest."""
    text = plain(text)
    if len(text) <= LONGEST_NAME:
        return text
    digest = blake2b(text.encode(), digest_size=8).hexdigest()
    return f"{text[: LONGEST_NAME - 17]}…{digest}"


def record_as_json(record: Any) -> str | None:
    """Return `record` as JSON that the store accepts; as a string where it is not JSON."""
    if record is None:
        return None
    try:
        text = json.dumps(record, default=repr, allow_nan=False, ensure_ascii=False)
    except RecursionError:
        return json.dumps("nested too deep to show")
    except (ValueError, TypeError):
        text = json.dumps(repr(record)[:10_000], ensure_ascii=False)
    if "\\u0000" in text or "\0" in text:
        text = json.dumps(plain(repr(record)), ensure_ascii=False)
    return plain(text)
