"""What a version on trial finds beside the version in force, and how rules do at large."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.rule_changes import ChangeRefused
from store.rule_versions import present
from store.statements import statements

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A live diff: events side by side since a trial began, and the cases they make.

    An event is the same as another where they have a channel in common and overlap in time;
    a case where their causes are the same.
    """

    rule: str
    active: str | None  #: version in force, if there is one
    trial: str
    since: datetime
    rows: list[Row]

    def events(self, active: bool, trial: bool) -> int:
        """Return how many events there are that both have, or only one of them."""
        name = "trial_event" if trial and not active else "active_event"
        return len(
            {
                r[name]
                for r in self.rows
                if _has(r, "active") == active and _has(r, "trial") == trial
            }
        )

    def cases(self, active: bool, trial: bool) -> int:
        """Return how many causes of cases both have, or only one of them."""
        ours = {row["case_key"] for row in self.rows} - {None}
        theirs = {row["would_open"] for row in self.rows} - {None}
        if active and trial:
            return len(ours & theirs)
        return len(ours - theirs if active else theirs - ours)


def compare(connection: Connection, rule: str, reach: Reach = EVERYWHERE) -> Comparison:
    """Return what the version on trial finds otherwise; raise ChangeRefused without a trial.

    With the numbers of cases as far as `reach` goes.
    """
    now = {version.shadow: version for version in present(connection) if version.rule == rule}
    if True not in now:
        raise ChangeRefused(f"{rule}: no version is on trial; see `lifeline rules list`")
    rows = _rows(connection, "compare", rule=rule, **reach._asdict())
    active = now[False].version if False in now else None
    return Comparison(rule, active, now[True].version, now[True].in_force_from, rows)


def overview(connection: Connection, since: datetime, rule: str | None = None) -> list[Row]:
    """Return every rule with its versions, and what it found since then."""
    return _rows(connection, "overview", since=since, rule=rule)


def log_lines(
    connection: Connection, rule: str | None, limit: int, before: int | None = None
) -> list[Row]:
    """Return who changed rules, when and why, newest first; with `before` older ones than that."""
    return _rows(connection, "log_lines", rule=rule, limit=limit, before=before)


def _has(row: Row, which: str) -> bool:
    return row[f"{which}_event"] is not None


def _rows(connection: Connection, query: str, **values: Any) -> list[Row]:
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("rules")[query], values).fetchall()
