"""What of a drain did not become a reading: unknown addresses, dead letters, redeliveries."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ingest.intake import Intake
from store.database import Connection
from store.plain_text import name, plain, record_as_json
from store.statements import statements


def redelivered_again(connection: Connection, intake: Intake) -> NDArray[np.bool_]:
    """Return (messages,) which are redeliveries of an untimed message that was stored.

    A message without device time is told apart by its receipt, so a second delivery of it
    would be new readings; its digest says otherwise. Remembers the digests of all.
    """
    again = np.zeros(len(intake.messages), dtype=np.bool_)
    if not intake.untimed:
        return again
    sql = statements("readings")
    suspects = [d for place, d in intake.untimed if intake.messages[place].redelivered]
    known: set[bytes] = set()
    if suspects:
        known = {d for (d,) in connection.execute(sql["known_digests"], {"digests": suspects})}
    for place, digest in sorted(intake.untimed):
        again[place] = intake.messages[place].redelivered and digest in known
        known.add(digest)
    received = np.datetime64(max(message.received for message in intake.messages), "us")
    digests = [digest for _, digest in intake.untimed]
    connection.execute(sql["put_digests"], {"digests": digests, "received": received.item()})
    return again


def put_unknown(connection: Connection, intake: Intake, again: NDArray[np.bool_]) -> Counter[str]:
    """Quarantine the readings nobody has adopted; return how many were new, by device."""
    unknown = intake.unknown
    rows = np.flatnonzero(~again[unknown.message]).tolist()
    if not rows:
        return Counter()
    messages = [intake.messages[place] for place in unknown.message[rows].tolist()]
    times = unknown.time[rows].tolist()
    received = np.array([m.received for m in messages], dtype="datetime64[us]").tolist()
    values = [None if np.isnan(value) else value for value in unknown.value[rows].tolist()]
    columns = {
        "device": [name(unknown.device[row]) for row in rows],
        "name": [name(unknown.name[row]) for row in rows],
        "time": times,
        "received": received,
        "value": values,
        "state": [None if (s := unknown.state[row]) is None else plain(s) for row in rows],
        "unit": [name(unknown.unit[row]) for row in rows],
        "quality": unknown.quality[rows].tolist(),
        "source": [plain(message.source) for message in messages],
        "topic": [plain(message.topic) for message in messages],
        "sender": [name(message.device) for message in messages],
    }
    added = connection.execute(statements("readings")["quarantine"], columns)
    return Counter(str(device) for (device,) in added)


def put_letters(connection: Connection, intake: Intake) -> Counter[str]:
    """Keep what could not be used, each with its whole payload; return how many by device."""
    if not intake.rejects:
        return Counter()
    sql = statements("readings")
    letters = []
    for reject in intake.rejects:
        message = intake.messages[reject.message]
        letter = {
            "received": np.datetime64(message.received, "us").item(),
            "source": plain(message.source),
            "topic": plain(message.topic),
            "format": plain(message.format),
            "device": name(message.device),
            "payload": message.payload,
            "reason": plain(reject.reason),
            "record": record_as_json(reject.record),
        }
        if message.redelivered and connection.execute(sql["letter_is_there"], letter).fetchone():
            continue
        letters.append(letter)
    with connection.cursor() as cursor:
        cursor.executemany(sql["put_letter"], letters)
    return Counter(str(letter["device"]) for letter in letters)
