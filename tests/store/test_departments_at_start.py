"""What is written at start, nobody writes who holds a case."""

from __future__ import annotations

import pytest
from one_report import AT, CITY, report

from cases.words import Role, Source, State, Verb
from store.cases import apply
from store.database import Connection, connect
from store.reports import take
from store.settlement import put_departments

pytestmark = pytest.mark.server


def test_a_step_that_names_a_department_waits_for_no_finding(
    database: Connection, database_url: str
) -> None:
    case_id = take(database, report(source=Source.INSPECTOR, role=Role.INSPECTOR), AT, CITY).case_id
    steps = (
        (Verb.ACCEPT, Role.INTAKE),
        (Verb.FILE, Role.SHIFT_LEAD),
        (Verb.DISPATCH, Role.DISPATCHER),
    )
    put_departments(database, CITY)
    database.commit()
    with connect(database_url) as finding:
        put_departments(finding, CITY)  # as settling begins; it goes on to wait for cases
        database.execute("SET lock_timeout = '2s'")
        for version, (verb, role) in enumerate(steps, 1):
            case = apply(database, case_id, version, verb, f"{role} 1", role, AT, CITY)
    assert case.state is State.DISPATCHED
