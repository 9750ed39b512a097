"""Named SQL statements, read from `store/queries/*.sql`.

A statement begins with a line `-- name: its_name` and ends where the next begins; comment
lines after the name say what it does.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

from psycopg.sql import SQL

NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def statements(file: str) -> dict[str, SQL]:
    """Return the statements of `store/queries/<file>.sql` by name."""
    text = files("store").joinpath("queries", f"{file}.sql").read_text(encoding="utf-8")
    parts = NAME.split(text)
    # psycopg asks for literal strings to keep data out of SQL; our own files hold none.
    return {
        name: SQL(cast(LiteralString, body.strip().removesuffix(";")))
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }
