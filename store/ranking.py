"""The ranking of a period, ready to publish: departments and areas by their composite score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cases.catalogue import Text
from cases.city import City
from cases.grades import Grading, Ranked, rank
from cases.indicators import Cohort, Tally, together
from cases.periods import Period
from store.database import Connection
from store.evaluation import By, Scope, names, tallies

CITY = Text(zh="全市", en="The city")


@dataclass(frozen=True, slots=True)
class Ranking:
    period: Period
    at: datetime  #: when it was made
    area: str
    grading: Grading
    departments: list[Ranked]
    areas: list[Ranked]  #: streets, or what `level` says
    level: By
    total: Tally
    called: Mapping[str, Text]  #: names by code

    def name(self, key: str) -> Text:
        return self.called.get(key) or Text(zh=key, en=key)

    @property
    def place(self) -> Text:
        return self.name(self.area) if self.area else self.called.get("", CITY)


def ranking(
    connection: Connection,
    period: Period,
    at: datetime,
    city: City,
    area: str = "",
    level: By = By.STREET,
) -> Ranking:
    """Rank what fell due in the period; what nobody is known to answer for is in the sum alone."""
    scope = Scope(period, at, city.zone, area)
    grading = city.policy.evaluation
    due = (Cohort.DUE,)
    found = [tallies(connection, scope, by, due) for by in (By.DEPARTMENT, level)]
    total = together(found[0].values())
    departments, areas = (
        rank({key: tally for key, tally in each.items() if key}, period.months, grading)
        for each in found
    )
    keys = {row.key for row in (*departments, *areas)} | {area}
    known = {d.code: d.name for d in city.departments.departments}
    return Ranking(
        period, at, area, grading, departments, areas, level, total,
        {**known, **names(connection, keys)},
    )  # fmt: skip
