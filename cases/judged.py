"""What evaluation keeps of a case: when it fell due, and which stages were in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.case import Case
from cases.stages import handling
from cases.words import Stage, State

#: Said to be done; only a rework or reopening makes it undone.
HANDLED = frozenset({State.FED_BACK, State.INSPECTING, State.INSPECTED, State.CLOSED})


def fell_due(case: Case) -> datetime | None:
    """Return when the case came to count as due (应结案): handled or past its deadline.

    Whichever came first, so that what was overdue in a month stays in that month whenever it is
    handled. A deadline ahead is told too: the case counts once it has passed. None: its clock
    has not begun, stands with time left, or needs to run no more.
    """
    run = handling(case.runs)
    if case.filed is None or run is None:
        return None
    if case.state in HANDLED:
        moments = (case.fed_back, run.due)
        return min((moment for moment in moments if moment is not None), default=None)
    return run.due if run.ended is None else None


def in_time(case: Case, stage: Stage) -> bool | None:
    """Tell whether the last judged run of a stage was in time; None: there is none."""
    judged = (run.in_time for run in reversed(case.runs) if run.stage is stage)
    return next((verdict for verdict in judged if verdict is not None), None)


def judged(case: Case) -> dict[str, Any]:
    """Return the columns that evaluation has of a case."""
    return {
        "fell_due": fell_due(case),
        "verified_in_time": in_time(case, Stage.VERIFY),
        "filed_in_time": in_time(case, Stage.FILING),
        "dispatched_in_time": in_time(case, Stage.DISPATCH),
        "inspected_in_time": in_time(case, Stage.INSPECT),
    }
