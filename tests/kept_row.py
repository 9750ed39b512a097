"""Whether what is kept of a case is what its log says."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from story import CITY

from cases.case import Entry, replay
from cases.words import Role, State, Verb
from store.cases import columns
from store.database import Connection
from store.statements import statements

ROW = "SELECT * FROM cases WHERE id = %s"
LINES = (
    "SELECT version, before, after, verb, actor FROM case_log WHERE case_id = %s ORDER BY version"
)
RUNS = "SELECT * FROM case_runs WHERE case_id = %s ORDER BY number"


def lines(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LINES, (case_id,)).fetchall()


def check_row(connection: Connection, case_id: int) -> None:
    """The row and the clocks of a case are what its whole log says, remarks and all."""
    with connection.cursor(row_factory=dict_row) as cursor:
        log = [
            Entry(
                case_id, line["version"], line["at"], line["actor"], Role(line["role"]),
                Verb(line["verb"]), State(line["before"]) if line["before"] else None,
                State(line["after"]), line["reason"], line["details"],
            )
            for line in cursor.execute(statements("views")["case_log_lines"], {"case_id": case_id})
        ]  # fmt: skip
        case = replay(log, CITY)
        row = cursor.execute(ROW, (case_id,)).fetchone()
        assert row is not None
        said = columns(case)
        assert {name: row[name] for name in said} == said
        runs = cursor.execute(RUNS, (case_id,)).fetchall()
    assert len(runs) == len(case.runs)
    for stored, run in zip(runs, case.runs, strict=True):
        told = run._asdict() | {"limit_amount": run.allowed.amount, "role": run.role or ""}
        same = stored.keys() & told.keys()
        assert {name: stored[name] for name in same} == {name: told[name] for name in same}
        assert len(same) >= 12
