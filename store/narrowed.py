"""Statements without the conditions that nobody asked for.

`AND (%(rule)s::text IS NULL OR e.rule = %(rule)s)` says in one statement that a rule narrows a
list where it is given. The server cannot know which of them are, makes its plan anew for each
question, and that takes longer than answering. Here the text itself says it, so that a plan is
kept for each kind of question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, LiteralString

from psycopg.sql import SQL

_OPTIONAL = re.compile(r"\(%\((\w+)\)s::([a-z]+(?:\[\])?) IS NULL OR ")
#: A generic plan believes that a tenth of all is wanted, and sorts it all.
_LIMIT = "limit"


def narrowed(statement: SQL, values: Mapping[str, Any]) -> LiteralString:
    """Return `statement` with what `values` gives None for left out, and its limit written in."""
    if lacking := _optional(statement.as_string()) - values.keys():
        raise KeyError(f"say of {', '.join(sorted(lacking))} too: what narrows a list to what"
                       " somebody may see is not left out by being forgotten")  # fmt: skip
    given = frozenset(name for name, value in values.items() if value is not None)
    limit = values.get(_LIMIT)
    return _narrowed(statement.as_string(), given, None if limit is None else int(limit))


@lru_cache(maxsize=1_000)
def _optional(text: str) -> frozenset[str]:
    return frozenset(name for name, _ in _OPTIONAL.findall(text))


@lru_cache(maxsize=1_000)
def _narrowed(text: LiteralString, given: frozenset[str], limit: int | None) -> LiteralString:
    while (found := _OPTIONAL.search(text)) is not None:
        name, kind = found.groups()
        end = _closing(text, found.start())
        condition = "true"
        if name in given:
            # Its type was told by what is left out.
            typed = re.sub(rf"%\({name}\)s(?!::)", f"%({name})s::{kind}", text[found.end() : end])
            condition = f"({typed})"
        text = text[: found.start()] + condition + text[end + 1 :]
    return text if limit is None else text.replace(f"%({_LIMIT})s", str(limit))


def _closing(text: str, opening: int) -> int:
    """Return where the bracket at `opening` is closed; brackets in quotes do not count."""
    depth, quoted = 0, False
    for at in range(opening, len(text)):
        character = text[at]
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if depth == 0:
            return at
    raise ValueError(f"a bracket is never closed: {text[opening : opening + 60]}")
