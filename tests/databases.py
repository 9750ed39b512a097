"""Databases made from a template, and gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg.conninfo import make_conninfo

numbers = count(1)


def new_name(kind: str) -> str:
    """Return a name that no other database of this server has, of this run or another."""
    return f"lifeline_{kind}_{os.getpid()}_{next(numbers)}"


@contextmanager
def copied(server_url: str, template: str) -> Iterator[str]:
    """URL of a copy of the database `template`, as long as the block lasts."""
    name = new_name("test")
    with psycopg.connect(server_url, autocommit=True) as server:
        # By file: half the time of PostgreSQL's own choice, which logs every page.
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield make_conninfo(server_url, dbname=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
