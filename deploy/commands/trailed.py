"""What a command does to people and keys, in the trail as what the API does there."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from deploy.commands.database import opened
from store.access import BadAccess, audit, audit_ended
from store.database import Connection

DONE, REFUSED = 200, 409


@contextmanager
def trailed(ctx: click.Context, what: str) -> Iterator[tuple[Connection, datetime]]:
    """Yield a session on the database and the time; the line stands before anything is done."""
    now = datetime.now(UTC)
    with opened(ctx) as connection:
        number = audit(
            connection, at=now, kind="command", name=getpass.getuser(), account=None, key=None,
            address="", method="", route=ctx.command_path, path="", permission="access.manage",
            status=None, why=what,
        )  # fmt: skip
        connection.commit()
        try:
            yield connection, now
        except BadAccess as why:
            connection.rollback()
            audit_ended(connection, number, REFUSED, f"{what}: {why}")
            connection.commit()
            raise click.ClickException(f"{why}.") from why
        audit_ended(connection, number, DONE)
        connection.commit()
