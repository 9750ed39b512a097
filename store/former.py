"""Cases that were here before the whole workflow get the rows, clocks and timers of today."""

from __future__ import annotations

from datetime import datetime

from cases.city import City
from cases.enriching import filing_of
from cases.opening import filed
from cases.words import OPEN, Verb
from cases.workflow import Refused
from store.cases import Held, hold, record, system_step
from store.database import Connection
from store.statements import statements

MOST = 500  #: written in one transaction


def write_former(connection: Connection, now: datetime, city: City, most: int = MOST) -> int:
    """Write what the logs of former cases say; return of how many. Commits after each `most`.

    Their clocks run since the times in their logs, so that what is overdue goes up at once.
    Nothing is done twice, and several may do it at once.
    """
    sql, written = statements("former"), 0
    while True:
        with connection.transaction():
            found = connection.execute(sql["next"], {"most": most}).fetchall()
            for case_id, relimited in found:
                _write(connection, hold(connection, case_id, city), relimited, now, city)
            connection.execute(sql["written"], {"ids": [case_id for case_id, _ in found]})
        if not found:
            return written
        written += len(found)


def _write(connection: Connection, held: Held, relimited: bool, now: datetime, city: City) -> None:
    case = held.case
    record(connection, case, (), city)
    if case.state not in OPEN or not case.filed or not (relimited or case.first_limit is None):
        return
    try:
        filing = filing_of(held.known, {}, city)
    except Refused:
        return  # no catalogue has its condition any more; its limit stays as it was filed
    limit = filed(filing, now, city)["limit"]
    why = "立案条件的时限 the limit of its filing condition, which its log did not tell"
    system_step(connection, held, Verb.AMEND, now, city, why, {"limit": limit})
