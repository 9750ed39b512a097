"""Where two versions of a rule differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Difference(NamedTuple):
    field: str  #: as in the pack, such as signals.deep.detect.0.high
    before: Any  #: None where it was not written
    after: Any  #: None where it is not written any more


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return the fields that differ between two rules as written, in their order."""
    was, now = dict(_leaves(before)), dict(_leaves(after))
    return [
        Difference(field, was.get(field), now.get(field))
        for field in {**was, **now}
        if was.get(field) != now.get(field)
    ]


def _leaves(written: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (field, value) of all that is not made of further fields; lists by place."""
    if isinstance(written, Mapping) and written:
        for key, value in written.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(written, list) and any(isinstance(entry, (Mapping, list)) for entry in written):
        for place, value in enumerate(written):
            yield from _leaves(value, f"{path}.{place}")
    else:
        yield path, written
