"""What casework is evaluated by, counted in the database: one pass over each cohort of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row
from psycopg.sql import Composed, Identifier

from cases.indicators import MEASURES, Cohort, Counts, Tally
from cases.periods import Period
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


def tallies(connection: Connection, scope: Scope, by: By = By.TOTAL) -> dict[str, Tally]:
    """Return the counts of each district, department, person, ... that has any."""
    every: dict[str, dict[str, float]] = {}
    exempt: dict[str, dict[str, float]] = {}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        values = _values(connection, scope, by)
        for cohort in Cohort:
            for row in cursor.execute(_statement(cohort.value, cohort, scope, by), values):
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
    limit: int,
    before: int | None = None,
    exempt: bool | None = None,
) -> list[dict[str, Any]]:
    """Return the cases that a number counts, newest first, those with an id under `before`.

    `exempt`: those only, True, or all others, False. A sum is the sum over these cases.
    """
    cohort = MEASURES[measure].cohort
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        values = _values(connection, scope, By.TOTAL)
        asked = {"measure": measure, "limit": limit, "before": before, "exempt": exempt}
        query = _statement(f"behind_{cohort}", cohort, scope, By.TOTAL)
        ids = [row["id"] for row in cursor.execute(query, values | asked)]
        return cursor.execute(statements("evaluation")["listed"], {"ids": ids}).fetchall()


def _statement(name: str, cohort: Cohort, scope: Scope, by: By) -> Composed:
    tasks = scope.of_people or by in (By.ROLE, By.PERSON)
    source = Identifier(f"{cohort}_tasks" if tasks else f"{cohort}_cases")
    return statements("evaluation")[name].format(source=source)


def _values(connection: Connection, scope: Scope, by: By) -> dict[str, Any]:
    return {
        "districts": [scope.area[:6]] if len(scope.area) >= 6 else _districts(connection, scope),
        "since": scope.period.since,
        "until": scope.period.until,
        "at": scope.at,
        "by": by.value,
        "zone": scope.zone.key,
        "area": scope.area,
        "department": scope.department,
        "role": scope.role,
        "person": scope.person,
    }


def _districts(connection: Connection, scope: Scope) -> Sequence[str]:
    rows = connection.execute(statements("evaluation")["districts"]).fetchall()
    return [row[0] for row in rows if row[0].startswith(scope.area)]
