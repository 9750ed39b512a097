"""What rules cost and are worth: their cases by day, and what people found those to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row

from store.database import Connection
from store.statements import statements

SPANS: Final = (7, 30, 90)  #: [days] up to now
DAYS: Final = 30  #: told one by one


@dataclass(slots=True)
class Caseload:
    """Of one rule, by the versions that were in force.

    days      : cases of each of the last DAYS days of the city, by their first event, oldest first
    inspected : cases of the last 90 days that sensors alone opened and people judged since
    real      : those of them that were real
    """

    events: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SPANS, 0))
    cases: dict[int, int] = field(default_factory=lambda: dict.fromkeys(SPANS, 0))
    days: list[int] = field(default_factory=lambda: [0] * DAYS)
    inspected: int = 0
    real: int = 0

    @property
    def precision(self) -> float | None:
        return self.real / self.inspected if self.inspected else None


def caseloads(
    connection: Connection, at: datetime, zone: ZoneInfo, rule: str | None = None
) -> dict[str, Caseload]:
    """Return the caseload of each rule that found anything in the 90 days before `at`."""
    values = {"at": at, "zone": zone.key, "rule": rule}
    sql = statements("rules")
    found: dict[str, Caseload] = {}
    with connection.transaction():
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(sql["caseload"], values):
                found[row["rule"]] = Caseload(
                    {span: row[f"events_{span}"] for span in SPANS},
                    {span: row[f"cases_{span}"] for span in SPANS},
                    inspected=row["inspected"],
                    real=row["real"],
                )
        first = at.astimezone(zone).date() - timedelta(days=DAYS - 1)
        for name, day, count in connection.execute(sql["days"], values):
            if day >= first:
                found[name].days[(day - first).days] = count
    return found
