"""What differs from city to city in casework: conditions, calendar, departments, policy, zone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from cases.catalogue import Catalogue, load_catalogue
from cases.clock import Calendar, load_calendar
from cases.closing import Closings, load_closings
from cases.departments import Departments, load_departments
from cases.policy import Policy, load_policy


@dataclass(frozen=True, slots=True)
class City:
    catalogue: Catalogue
    calendar: Calendar
    departments: Departments
    zone: ZoneInfo
    policy: Policy
    closings: Closings


def load_city(folder: Path | None = None, time_zone: str = "Asia/Shanghai") -> City:
    """Read the city's own data, or that which comes with the product where it has none.

    `folder` may hold `catalogues/*.yml`, `calendars/*.yml`, `working-time.yml`,
    `departments.yml`, `policy.yml` and `closing.yml`.
    """

    def own(name: str) -> Path | None:
        return folder / name if folder and (folder / name).exists() else None

    return City(
        load_catalogue(own("catalogues")),
        load_calendar(own("calendars"), own("working-time.yml")),
        load_departments(own("departments.yml")),
        ZoneInfo(time_zone),
        load_policy(own("policy.yml")),
        load_closings(own("closing.yml")),
    )
