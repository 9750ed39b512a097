"""Windows of maintenance, planned work, calibration and shelving, as people set them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from rules.windows import Reason, Window
from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.statements import statements

#: What is only put aside comes back soon; work has a plan.
LONGEST_SHELVED = timedelta(days=7)
LONGEST = timedelta(days=366)


class BadWindow(ValueError):
    """A window that cannot be set or ended; the text says why, for the operator."""


def add_window(
    connection: Connection,
    reason: Reason,
    scope: str,
    subject: str,
    began: datetime,
    until: datetime,
    actor: str,
    why: str,
    now: datetime,
    rules: Sequence[str] = (),
) -> int:
    """Set a window and return its id; raises BadWindow. Readings are judged in it as ever."""
    longest = LONGEST_SHELVED if reason is Reason.SHELVED else LONGEST
    if until <= max(began, now):
        raise BadWindow(f"it would be over already: it ends at {until.isoformat()}")
    if until - began > longest:
        raise BadWindow(f"{reason} may last {longest.days} days at most; set another when it ends")
    if not (actor.strip() and why.strip()):
        raise BadWindow("say who sets it and why")
    values: dict[str, object] = {"scope": scope, "subject": subject}
    sql = statements("windows")
    with connection.transaction():
        [(known,)] = connection.execute(sql["known_subject"], values).fetchall()
        if not known:
            raise BadWindow(f"no channel lies in {scope} {subject!r}; mind the spelling")
        if unknown := connection.execute(sql["unknown_rules"], {"rules": [*rules]}).fetchall():
            names = ", ".join(name for (name,) in unknown)
            raise BadWindow(f"there is no rule {names}; see `lifeline rules list`")
        values |= {"reason": reason, "rules": [*rules], "began": began, "until": until}
        values |= {"actor": actor, "why": why, "now": now}
        [(number,)] = connection.execute(sql["add_window"], values).fetchall()
        return int(number)


def lies_within(connection: Connection, scope: str, subject: str, reach: Reach) -> bool:
    """Tell whether all that a window there would hold back is of somebody's area and department.

    The whole city is nobody's who is limited, and neither is a place where nothing lies.
    """
    if reach == EVERYWHERE:
        return True
    values = {"scope": scope, "subject": subject, **reach._asdict()}
    with connection.transaction():
        [(within,)] = connection.execute(statements("windows")["subject_within"], values).fetchall()
    return bool(within)


def end_window(connection: Connection, number: int, actor: str, why: str, now: datetime) -> None:
    """End a window early; raises BadWindow when it is over already."""
    if not (actor.strip() and why.strip()):
        raise BadWindow("say who ends it and why")
    values = {"id": number, "actor": actor, "why": why, "now": now}
    with connection.transaction():
        if not connection.execute(statements("windows")["end_window"], values).fetchall():
            raise BadWindow(f"there is no window {number} that could be ended")


def windows_since(connection: Connection, since: datetime) -> list[Window]:
    """Return the windows that end at or after `since`, by id."""
    with connection.transaction():
        rows = connection.execute(statements("windows")["windows_since"], {"since": since})
        return [
            Window(number, Reason(reason), scope, subject, _time(began), _time(until), tuple(rules))
            for number, reason, scope, subject, began, until, rules in rows.fetchall()
        ]


def _time(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "us")
