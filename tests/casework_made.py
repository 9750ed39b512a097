"""Random casework of a small city: cases as people might work them, seeded, for evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from psycopg import sql
from put_case import DEPARTMENTS
from story import CITY, GAS, WATER

from cases.case import Case, Entry
from cases.transitions import NEXT
from cases.words import ENDS, Outcome, Role, Satisfaction, Source, State, Verb
from cases.workflow import Refused, begin, step
from store.cases import record
from store.database import Connection

BEGINS = datetime(2026, 1, 20, tzinfo=UTC)
CELLS = (
    "110101001001001", "110101001001002", "110101001002001", "110101002001001",
    "110102001001001", "110102003001007", None,
)  # fmt: skip
LIMITS = ((1.0, "emergency-hours"), (4.0, "working-hours"), (2.0, "working-days"))
COLUMNS = {
    "code_list": "GB/T 30428.2-2013", "code": "0506", "condition": "standing-water",
    "title_zh": "道路积水", "title_en": "Standing water", "severity": "yellow", "state": "reported",
}  # fmt: skip


#: What moves a case on is likelier than what ends, returns or only talks.
USUAL = frozenset(
    {
        Verb.ASK_VERIFY, Verb.VERIFY, Verb.ACCEPT, Verb.FILE, Verb.DISPATCH, Verb.HANDLE,
        Verb.FEED_BACK, Verb.ASK_INSPECT, Verb.INSPECT, Verb.CLOSE, Verb.RESUME,
    }
)  # fmt: skip
#: Possible so seldom that they are taken when they are.
RARE = frozenset({Verb.APPEAL, Verb.EXEMPT, Verb.APPROVE, Verb.EXTEND, Verb.SUSPEND})
SELDOM = frozenset(
    {
        Verb.NOTE, Verb.URGE, Verb.AMEND, Verb.JOIN, Verb.SUPERVISE, Verb.ESCALATE, Verb.MERGE,
        Verb.VOID, Verb.REJECT,
    }
)  # fmt: skip


@dataclass
class Made:
    """A case with its log, and the columns that its log does not say."""

    case: Case
    log: list[Entry]
    given: dict[str, Any]
    city: Any = CITY


def casework(seed: int, count: int) -> Iterator[Made]:
    random = Random(seed)
    for number in range(1, count + 1):
        yield _live(number, random)


def _live(number: int, random: Random) -> Made:
    source = random.choice([*Source, Source.SENSOR, Source.HOTLINE])
    at = BEGINS + timedelta(minutes=random.randrange(60 * 24 * 75))
    role = Role.SYSTEM if source is Source.SENSOR else Role.INSPECTOR
    told = {"source": source, "exercise": random.random() < 0.05}
    case, entry = begin(
        number,
        actor=f"{role} {random.randrange(3)}",
        role=role,
        at=at,
        city=CITY,
        details=told,
    )
    log = [entry]
    for _ in range(random.randrange(2, 45)):
        at += timedelta(minutes=random.choice([0, 2, 5, 10, 20, 40, 300, 3000]))
        if (taken := _step(case, at, random)) is not None:
            case, entry = taken
            log.append(entry)
        if case.state in ENDS and case.request is None and random.random() < 0.3:
            break
    cell = random.choice(CELLS)
    heard = {
        name: log[0].at + timedelta(minutes=random.randrange(-60, 60))
        for name in ("first_public", "first_sensed")
        if random.random() < 0.5
    }
    return Made(case, log, {"grid_cell": cell, **heard})


def _step(case: Case, at: datetime, random: Random) -> tuple[Case, Entry] | None:
    """Return some step that the case allows now, or None when it refuses what comes to mind."""
    ways = [
        (verb, role)
        for (state, verb), move in NEXT.items()
        if state is case.state
        for role in sorted(move.roles)
    ]
    weights = [
        99 if verb in RARE else 12 if verb in USUAL else 0.3 if verb in SELDOM else 2
        for verb, _ in ways
    ]
    for verb, role in random.choices(ways, weights, k=8):
        try:
            return step(
                case,
                verb,
                actor=f"{role} {random.randrange(3)}",
                role=role,
                at=at,
                city=CITY,
                reason="because",
                details=_details(verb, case, at, random),
            )
        except Refused:
            continue
    return None


def _details(verb: Verb, case: Case, at: datetime, random: Random) -> dict[str, Any]:
    amount, time_class = random.choice(LIMITS)
    other = GAS if case.department == WATER else WATER
    told: dict[Verb, dict[str, Any]] = {
        Verb.VERIFY: {"found": random.random() < 0.8},
        Verb.FILE: {"limit": {"amount": amount, "class": time_class}},
        Verb.DISPATCH: {"department": case.department or random.choice([WATER, GAS])},
        Verb.REDIRECT: {"department": other},
        Verb.HAND_OVER: {"to": "110"},
        Verb.INSPECT: {"passed": random.random() < 0.8},
        Verb.CLOSE: {"outcome": random.choice([Outcome.REAL, Outcome.REAL, Outcome.FALSE])},
        Verb.VOID: {"outcome": random.choice([*Outcome])},
        Verb.MERGE: {"into": "N1"},
        Verb.ASK_EXTENSION: {"amount": 1.0},
        Verb.ASK_SUSPENSION: {"until": (at + timedelta(days=3)).isoformat()},
        Verb.CALL_BACK: {"satisfaction": random.choice([*Satisfaction])},
    }
    return told.get(verb, {})


def states(made: list[Made]) -> set[State]:
    return {one.case.state for one in made}


def put(connection: Connection, made: list[Made]) -> None:
    """Write cases as the store does, and commit."""
    connection.execute(sql.SQL(DEPARTMENTS).format(water=WATER, gas=GAS))
    for one in made:
        opened = one.log[0].at
        columns: dict[str, Any] = {
            **COLUMNS, "id": one.case.id, "number": f"N{one.case.id}", "key": f"key {one.case.id}",
            "began": opened, "found": opened, "opened": opened, **one.given,
        }  # fmt: skip
        if cell := one.given["grid_cell"]:
            connection.execute(
                "INSERT INTO grid_cells (code) VALUES (%s) ON CONFLICT DO NOTHING", [cell]
            )
        connection.execute(
            sql.SQL("INSERT INTO cases ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(map(sql.Placeholder, columns)),
            ),
            columns,
        )
        record(connection, one.case, one.log, one.city)
    connection.commit()
