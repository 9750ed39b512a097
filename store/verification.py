"""Looks at the sensors of a case that was fed back, until it is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.case import Entry
from cases.city import City
from cases.closing import Closing
from cases.closing_conditions import Learnt, Level
from cases.curve import moment, stamp
from cases.evidence import CURVES, curve
from cases.looking import decide
from cases.normality import GAP
from cases.opening import by_system
from cases.placing import Speaker
from cases.timers import Timer
from cases.transitions import DONE
from cases.verification import Sight, lacking, looks_at, verify
from cases.words import Verb
from ingest.batch import concatenate
from ingest.channel import Channel
from store.cases import Held, record
from store.database import Connection
from store.event_rows import as_event, as_json
from store.history import history
from store.statements import statements

BEFORE = timedelta(hours=1)  #: of the frozen curves, before feed-back
SOONEST = timedelta(minutes=1)  #: between two looks


def fire_look(
    connection: Connection, held: Held, timer: Timer, now: datetime, city: City
) -> datetime | None:
    """Look once more; return when next, None when the case has moved on."""
    return look(connection, held, now, city)


def look(connection: Connection, held: Held, now: datetime, city: City) -> datetime | None:
    """Look at the sensors of a held case; return when to look again, None: not before it moves.

    Confirms, takes back, sends back or closes by the system what they call for, and writes what
    is still missing.
    """
    case, known, fed_back = held.case, held.known, held.case.fed_back
    if case.state not in DONE or fed_back is None:
        return None
    closing = city.closings.of(known["code_list"], known["code"], known["condition"])
    sight = see(connection, case.id, closing, fed_back, now)
    verdicts = verify(closing.verified_by, sight, fed_back, now)
    for verb, reason, details in decide(case, held.log, closing, verdicts, now, city.policy):
        case, entry = by_system(case, verb, now, city, reason, details)
        record(connection, case, [entry], city)
        if verb is Verb.CONFIRM and case.confirmed:
            _freeze(connection, entry, sight, closing, fed_back)
    again = max(verdicts.next_look, now + SOONEST) if case.state in DONE else None
    connection.execute(
        statements("verification")["write"],
        {
            "case_id": case.id,
            "looked": now,
            "holds": verdicts.holds,
            "since": verdicts.since,
            "next_look": again,
            "said": list(verdicts.said),
            "missing": list(verdicts.missing),
        },
    )
    return again


def see(
    connection: Connection, case_id: int, closing: Closing, fed_back: datetime, now: datetime
) -> Sight:
    """Return what the closing conditions of a case look at."""
    sql = statements("verification")
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(sql["events"], {"case_id": case_id}).fetchall()
    events = tuple(map(as_event, found))
    numbers = sorted({number for event in events for number in event.channels})
    rows = connection.execute(sql["spoke"], {"numbers": numbers}).fetchall()
    spoke = tuple(Channel(*row) for row in rows)
    places = sorted({(event.scope, event.subject) for event in events})
    rows = connection.execute(
        sql["beside"],
        {
            "numbers": numbers,
            "quantities": lacking(closing.verified_by, spoke),
            "exercise": next((event.exercise for event in events), None),
            "scopes": [scope for scope, _ in places],
            "subjects": [subject for _, subject in places],
        },
    ).fetchall()
    beside = tuple(Channel(*row) for row in rows)
    began = min((moment(event.began) for event in events), default=fed_back)
    after = stamp(now) + np.timedelta64(1, "us")
    pieces = [
        history(connection, [number], stamp(since), after if until is None else stamp(until))
        for number, since, until in _windows(fed_back, closing, spoke, beside, began)
    ]
    return Sight(spoke, beside, concatenate(pieces), events)


def _windows(
    fed_back: datetime,
    closing: Closing,
    spoke: Sequence[Channel],
    beside: Sequence[Channel],
    began: datetime,
) -> Iterator[tuple[int, datetime, datetime | None]]:
    """Yield channels, and from when to when they are looked at; None: until now.

    Since shortly before feed-back, and in the time before the problem that a band is learnt from.
    """
    recent: dict[int, datetime] = {}
    learnt: dict[int, datetime] = {}
    for wanted in closing.verified_by:
        mean = wanted.average if isinstance(wanted, Level) and wanted.average else timedelta(0)
        for channel in looks_at(wanted, spoke, beside):
            number = channel.number
            since = fed_back - max(GAP * channel.interval + mean, BEFORE)
            recent[number] = min(since, recent.get(number, since))
            if isinstance(wanted, Learnt):
                since = began - wanted.learn
                learnt[number] = min(since, learnt.get(number, since))
    for number, since in recent.items():
        yield number, since, None
        if number in learnt:
            yield number, learnt[number], min(began, since)


def _freeze(
    connection: Connection, entry: Entry, sight: Sight, closing: Closing, since: datetime
) -> None:
    """Keep the curves since shortly before feed-back beside the line that rests on them."""
    meant = {
        channel.number: channel
        for wanted in closing.verified_by
        for channel in looks_at(wanted, sight.spoke, sight.beside)
    }
    shown = sight.readings[sight.readings.time >= stamp(since - BEFORE)]
    connection.execute(
        statements("verification")["freeze"],
        {
            "case_id": entry.case_id,
            "version": entry.version,
            "frozen_at": entry.at,
            "body": Jsonb(
                {
                    **entry.details,
                    "fed_back": since.isoformat(),
                    "curves": [
                        curve(
                            Speaker(number, channel.id, channel.device, channel.quantity),
                            shown[shown.channel == number],
                        )
                        for number, channel in sorted(meant.items())[:CURVES]
                    ],
                    "further_channels": [c.id for _, c in sorted(meant.items())[CURVES:]],
                },
                dumps=as_json,
            ),
        },
    )
