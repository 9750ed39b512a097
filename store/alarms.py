"""Alarms as people were told of them, for the measures of `rules.hygiene`."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from rules.hygiene import Alarms
from store.database import Connection
from store.statements import statements


def alarms(connection: Connection, since: datetime, until: datetime) -> Alarms:
    """Return the alarms raised in [since, until), and those raised before that stood into it."""
    with connection.transaction():
        rows = connection.execute(
            statements("alarms")["alarms"], {"since": since, "until": until}
        ).fetchall()
    name, severity, raised, ended, held = zip(*rows, strict=True) if rows else ((),) * 5
    return Alarms(
        np.array(name, dtype=np.str_),
        np.array(severity, dtype=np.str_),
        _times(raised),
        _times(ended),
        np.array(held, dtype=np.bool_),
    )


def _times(moments: tuple[datetime | None, ...]) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    naive = [None if moment is None else moment.replace(tzinfo=None) for moment in moments]
    return np.array(naive, dtype="M8[us]")
