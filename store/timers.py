"""The clocks and the timers of a case as rows, a function of its log like the case's own."""

from __future__ import annotations

from cases.case import Case
from cases.city import City
from cases.timers import AGAIN, timers
from store.database import Connection
from store.statements import statements


def put_runs(connection: Connection, case: Case) -> None:
    """Write the runs of the case's clocks, as far as they are not written so."""
    if not case.runs:
        return
    runs = case.runs
    connection.execute(
        statements("timers")["put_runs"],
        {
            "case_id": case.id,
            "number": [run.number for run in runs],
            "stage": [str(run.stage) for run in runs],
            "owner": [run.owner for run in runs],
            "limit_amount": [run.allowed.amount for run in runs],
            "limit_class": [str(run.allowed.time_class) for run in runs],
            "began": [run.began for run in runs],
            "since": [run.since for run in runs],
            "used": [run.used for run in runs],
            "due": [run.due for run in runs],
            "yellow": [run.yellow for run in runs],
            "ended": [run.ended for run in runs],
            "actor": [run.actor for run in runs],
            "role": [str(run.role or "") for run in runs],
            "in_time": [run.in_time for run in runs],
        },
    )


def set_timers(connection: Connection, case: Case, city: City) -> None:
    """Set the timers that the case has now, and call off those it has no more."""
    wanted = timers(case, city)
    connection.execute(
        statements("timers")["set_timers"],
        {
            "case_id": case.id,
            "runs": [timer.run for timer in wanted],
            "kinds": [timer.kind for timer in wanted],
            "ats": [timer.at for timer in wanted],
            "again": sorted(AGAIN),
        },
    )
