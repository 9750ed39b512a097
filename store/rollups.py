"""Keep the minute and hour rollups of readings current.

Good readings make count, mean, lowest, highest and last; unusable ones are counted as
flagged. Minutes are kept only of channels read more than once a minute: of the others a
minute is the reading itself, and `readings_between` makes it from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from store.database import Connection
from store.statements import statements


def roll(connection: Connection) -> bool:
    """Bring the rollups up to what was received so far; tell whether there was anything.

    Reads only what is new, so its cost grows with the stream and not with how often it
    runs. One transaction with its progress: interrupted, it has not happened. Readings
    must be committed in the order of their stamps of receipt; whoever stores or changes
    readings otherwise asks for a redo in the same transaction.
    """
    sql = statements("rollups")
    with connection.transaction():
        connection.execute(sql["begin"])
        [after] = connection.execute(sql["progress"]).fetchone() or (None,)
        [until] = connection.execute(sql["newest"], {"after": after}).fetchone() or (None,)
        if until is not None:
            connection.execute(sql["roll"], {"after": after, "until": until})
            connection.execute(sql["set_progress"], {"until": until})
        redone = connection.execute(sql["redo"], {"until": until or after}).fetchone()
        return until is not None or redone != (0,)


def ask_redo(
    connection: Connection,
    channels: Sequence[int],
    since: Sequence[datetime],
    until: Sequence[datetime],
) -> None:
    """Have stretches of channels rolled anew, both ends included; in the caller's transaction."""
    values = {"channel": list(channels), "since": list(since), "until": list(until)}
    connection.execute(statements("rollups")["ask_redo"], values)
