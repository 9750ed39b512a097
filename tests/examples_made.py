"""Examples of the OpenAPI document, taken from what the watched city really answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

import api

FILE = Path(api.__file__).parent / "examples.json"
OBJECTS, SCALARS = 2, 12  #: of a list that an example shows
SECRET = {"secret", "link", "csrf"}  #: told once, and not in an example
LARGEST = 16_000  #: [bytes] of an example

Heard = list[tuple[str, str, int, Any, Any]]
"""Of each request: method, path as documented, status, body, answer; None where not JSON."""


def trimmed(value: Any) -> Any:
    """Return as much of an answer as shows its form."""
    if isinstance(value, dict):
        return {
            name: "(told once)" if name in SECRET and isinstance(each, str) else trimmed(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        most = OBJECTS if value and isinstance(value[0], dict) else SCALARS
        return [trimmed(each) for each in value[:most]]
    return value


def write(heard: Heard) -> None:
    """Keep the first example of each operation."""
    found: dict[str, Any] = {}
    for method, path, status, body, answer in heard:
        example: dict[str, Any] = {"status": status}
        if body is not None:
            example["request"] = body
        answer = trimmed(answer)
        if answer is not None and len(orjson.dumps(answer)) < LARGEST:
            example["answer"] = answer
        found.setdefault(f"{method.upper()} {path}", example)
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    FILE.write_bytes(orjson.dumps(found, option=options))
