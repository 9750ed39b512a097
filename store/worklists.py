"""What a post has to do: pages of a work list, by light and due, and how much of each light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, LiteralString

from psycopg import Cursor
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Literal

from cases.words import Light
from cases.worklists import RAISED, WorkList
from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.statements import statements

#: No light is counted further: nobody works from a list of more, and counting on takes time.
MOST = 2_000
#: As the page's statement ranks them; what has no running clock comes last.
RANKS = (Light.RED, Light.YELLOW, Light.GREEN, None)
#: By its digits an area is a district, a street, a community, or a single grid cell.
AREAS = {6: ("in_district",), 9: ("in_street",), 12: ("in_street", "in_community")}


@dataclass(frozen=True, slots=True)
class Scope:
    """What narrows a list. A leader's list of what was raised is of one `level`, 2 to 4."""

    department: str = ""  #: code
    area: str = ""  #: beginning of a grid cell's code, 6, 9 or 12 digits, or the whole
    level: int | None = None
    light: str = ""  #: of RANKS, or `standing`; counts tell of every light all the same
    code: str = ""  #: class
    severity: str = ""
    exercise: bool = False  #: exercises, and nothing real; else nothing but what is real
    reach: Reach = EVERYWHERE  #: of who asks
    text: str = ""  #: in the number, the title, the words or the place, whatever its case
    drill: int | None = None  #: of this drill alone


#: What narrows a list where a word of the scope is given.
WORDS = {"of_class": "code", "of_severity": "severity", "with_text": "text"}
_SPACE = SQL(" ")

Key = tuple[int, datetime | None, int]
"""Where a page ends: rank of the light, when it was due (or ended), id."""


def counts(
    connection: Connection, work_list: WorkList, scope: Scope, now: datetime
) -> dict[str, int]:
    """Return how many cases each light has: red, yellow, green, standing; `MOST` at most."""
    [row] = _ask(connection, *_counts(work_list, scope, now))
    return row


def page(
    connection: Connection,
    work_list: WorkList,
    scope: Scope,
    now: datetime,
    limit: int,
    after: Key | None = None,
) -> list[dict[str, Any]]:
    """Return cases of a list, what is red first, each light by due; `after` a page's last."""
    return _lit(_ask(connection, *_page(work_list, scope, now, limit, after)).fetchall())


def work(
    connection: Connection,
    work_lists: Sequence[WorkList],
    scope: Scope,
    now: datetime,
    limit: int,
    after: Key | None = None,
) -> list[tuple[list[dict[str, Any]], dict[str, int]]]:
    """Return page and counts of each list, all asked in one trip to the server."""
    with connection.pipeline():
        asked = [
            (
                _ask(connection, *_page(each, scope, now, limit, after)),
                _ask(connection, *_counts(each, scope, now)),
            )
            for each in work_lists
        ]
    return [(_lit(pages.fetchall()), counted.fetchall()[0]) for pages, counted in asked]


Asked = tuple[LiteralString, dict[str, Any]]
"""A statement and its values."""


def _counts(work_list: WorkList, scope: Scope, now: datetime) -> Asked:
    narrowed, values = _where(work_list, scope)
    query = _text(f"counts_{_order(work_list)}", work_list, narrowed)
    return query, values | {"now": now, "most": MOST}


def _page(work_list: WorkList, scope: Scope, now: datetime, limit: int, after: Key | None) -> Asked:
    narrowed, values = _where(work_list, scope)
    values |= {"now": now, "limit": limit} | _begins(after, now, scope.light)
    return _text("page", work_list, narrowed), values


def _ask(
    connection: Connection, query: LiteralString, values: dict[str, Any]
) -> Cursor[dict[str, Any]]:
    # The state is part of the text, so that one plan, made once, knows its index: planning took
    # three times as long as finding.
    return connection.cursor(row_factory=dict_row).execute(query, values, prepare=True)


def _lit(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for row in rows:
        row["light"] = RANKS[row["rank"] - 1]
    return rows


def key(row: dict[str, Any]) -> Key:
    return row["rank"], row["at"], row["id"]


def _order(work_list: WorkList) -> str:
    """Return how a list is ordered: by the clock that runs, or by when the case ended."""
    return "by_end" if work_list.condition == "to_call_back" else "by_clock"


@cache
def _text(name: str, work_list: WorkList, narrowed: tuple[str, ...]) -> LiteralString:
    """Return the statement `name` for what a list is narrowed by; putting it together costs."""
    sql = statements("worklists")
    state = Literal(work_list.state and str(work_list.state))
    conditions = (sql[each].format(state=state) for each in narrowed)
    where = Composed([part for each in conditions for part in (each, _SPACE)])
    if name == "page":
        query = sql[name].format(found=sql[_order(work_list)].format(where=where))
    else:
        query = sql[name].format(where=where)
    return query.as_string()


def _where(work_list: WorkList, scope: Scope) -> tuple[tuple[str, ...], dict[str, Any]]:
    level = scope.level
    narrowed = [work_list.condition]
    if work_list.condition == "raised":
        level = level or RAISED[0]
    elif level is not None:
        narrowed.append("at_level")
    if scope.department:
        narrowed.append("of_department")
    if scope.area:
        narrowed += AREAS.get(len(scope.area), ("in_street", "in_cell"))
    narrowed.append("of_exercises" if scope.drill is None else "of_drill")
    if scope.reach.areas is not None:
        narrowed.append("within")
    narrowed += [how for how, what in WORDS.items() if getattr(scope, what)]
    area = scope.area
    values = {
        "level": level,
        "department": scope.department,
        "district": area[:6],
        "street": area[:9],
        "community": area[:12],
        "cell": area,
        "exercise": scope.exercise,
        "drill": scope.drill,
        **scope.reach._asdict(),
        **{what: getattr(scope, what) for what in WORDS.values()},
    }
    return tuple(narrowed), values


def _begins(after: Key | None, now: datetime, only: str) -> dict[str, Any]:
    """Return for each light after what its rows begin: anything, the key, or nothing more.

    Of the others nothing, where `only` one light is asked for.
    """
    rank, at, last = after or (0, None, 0)
    found: dict[str, Any] = {}
    for number, light in enumerate(RANKS, 1):
        name = light or "standing"
        # What is not red begins at `now`: an index that is entered at the beginning of all time
        # is read through everything that is overdue.
        whole = (now, 0) if light in (Light.YELLOW, Light.GREEN) else ("-infinity", 0)
        none = ("infinity", 2**62)
        here = (at or "-infinity", last) if number == rank else whole if number > rank else none
        here = none if only and only != name else here
        found[f"{name}_at"], found[f"{name}_id"] = here
    return found
