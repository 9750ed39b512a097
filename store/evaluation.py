"""What casework is evaluated by, counted in the database: one pass over each cohort of a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row
from psycopg.sql import Composed, Identifier

from cases.catalogue import Text
from cases.indicators import MEASURES, Cohort, Counts, Tally
from cases.periods import Period
from cases.sensing import Sensing, sensing
from store.database import Connection
from store.statements import statements


class By(StrEnum):
    """What a row of an evaluation stands for."""

    TOTAL = "total"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"
    DEPARTMENT = "department"
    ROLE = "role"  #: post
    PERSON = "person"  #: keys are role and name, with a space between
    MONTH = "month"  #: of the city


#: The levels of an area, the widest first.
AREAS = (By.DISTRICT, By.STREET, By.COMMUNITY, By.CELL)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose casework, where and when, as of a moment."""

    period: Period
    at: datetime  #: what is open and past its deadline then, counts
    zone: ZoneInfo
    area: str = ""  #: beginning of a grid cell code: district 6, street 9, community 12 digits
    department: str | None = None
    role: str | None = None
    person: str | None = None

    @property
    def of_people(self) -> bool:
        return self.role is not None or self.person is not None


def tallies(
    connection: Connection, scope: Scope, by: By = By.TOTAL, cohorts: Iterable[Cohort] = Cohort
) -> dict[str, Tally]:
    """Return the counts of each district, department, person, ... that has any."""
    every: dict[str, dict[str, float]] = {}
    exempt: dict[str, dict[str, float]] = {}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        values = _values(connection, scope, by)
        for cohort in cohorts:
            query = _statement(cohort.value, cohort, scope, by)
            # A plan for any district and any period would be one for none.
            for row in cursor.execute(query, values, prepare=False):
                key = row.pop("key")
                for sums in (every, exempt) if row.pop("exempt") else (every,):
                    counts = sums.setdefault(key, {})
                    for measure, count in row.items():
                        counts[measure] = counts.get(measure, 0) + (count or 0)
    nothing: Counts = {}
    return {key: Tally(counts, exempt.get(key, nothing)) for key, counts in every.items()}


def behind(
    connection: Connection,
    scope: Scope,
    measure: str,
    limit: int | None,
    *,
    by: By = By.TOTAL,
    key: str = "",
    before: int | None = None,
    exempt: bool | None = None,
) -> list[dict[str, Any]]:
    """Return the cases that a number of the row `key` counts, newest first.

    `before`: those with a smaller id; `exempt`: those only, True, or all others, False. A sum
    is the sum over these cases.
    """
    cohort = MEASURES[measure].cohort
    if by in AREAS and key.startswith(scope.area):  # else it is not within what is asked for
        scope = replace(scope, area=key)
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        values = _values(connection, scope, by)
        asked = {"key": key, "measure": measure, "limit": limit, "before": before}
        name = measure if measure == "missed" else f"behind_{cohort}"
        query = _statement(name, cohort, scope, by)
        rows = cursor.execute(query, values | asked | {"exempt": exempt}, prepare=False)
        ids = [row["id"] for row in rows]
        return cursor.execute(statements("evaluation")["listed"], {"ids": ids}).fetchall()


def sensors(connection: Connection, scope: Scope) -> Sensing:
    """Return what the sensors of an area are worth; posts and persons have none."""
    tally = tallies(connection, scope).get("", Tally({}, {}))
    sql = statements("evaluation")
    with connection.transaction():
        values = _values(connection, scope, By.TOTAL)
        every = {"key": "", "limit": None, "before": None, "exempt": None}
        query = _statement("missed", Cohort.FILED, scope, By.TOTAL)
        missed = len(connection.execute(query, values | every).fetchall())
        query = _statement("lead", Cohort.FILED, scope, By.TOTAL)
        [lead] = connection.execute(query, values).fetchone() or (None,)
        row = connection.execute(sql["sensors"], values).fetchone()
    count, expected, received = row or (0, None, None)
    passed = min(scope.period.until, scope.at) - scope.period.since
    months = scope.period.months * (passed / (scope.period.until - scope.period.since))
    return sensing(tally, months, count, missed, lead, expected or 0, received or 0)


def names(connection: Connection, codes: Iterable[str]) -> dict[str, Text]:
    """Return what departments and areas are called, of those that have a name."""
    with connection.transaction():
        rows = connection.execute(
            statements("evaluation")["names"], {"codes": sorted(codes)}
        ).fetchall()
    return {code: Text(zh=zh, en=en or zh) for code, zh, en in rows}


def due_around(connection: Connection, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when the last case before `at` fell due, and when the next does."""
    sql = statements("evaluation")
    with connection.transaction():
        districts = [row[0] for row in connection.execute(sql["districts"])]
        row = connection.execute(sql["due_around"], {"districts": districts, "at": at}).fetchone()
    return row or (None, None)


def _statement(name: str, cohort: Cohort, scope: Scope, by: By) -> Composed:
    tasks = scope.of_people or by in (By.ROLE, By.PERSON)
    source = Identifier(f"{cohort}_tasks" if tasks else f"{cohort}_cases")
    sql = statements("evaluation")
    return sql[name].format(
        source=source, within=sql["within"].format(source=source), of_row=sql["of_row"]
    )


def _values(connection: Connection, scope: Scope, by: By) -> dict[str, Any]:
    return {
        "districts": [scope.area[:6]] if len(scope.area) >= 6 else _districts(connection, scope),
        "since": scope.period.since,
        "until": scope.period.until,
        "at": scope.at,
        "by": by.value,
        "zone": scope.zone.key,
        # Of a district all is asked for by its index already; the planner has no idea how much a
        # beginning leaves, and would sort a city on disk.
        "area": scope.area if len(scope.area) > 6 else "",
        "within": scope.area,
        "department": scope.department,
        "role": scope.role,
        "person": scope.person,
    }


def _districts(connection: Connection, scope: Scope) -> Sequence[str]:
    rows = connection.execute(statements("evaluation")["districts"]).fetchall()
    return [row[0] for row in rows if row[0].startswith(scope.area)]
