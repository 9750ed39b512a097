"""Cases between instances: what is told to each peer, and what comes of what it tells.

A message is numbered in the transaction that sorts the line it tells of, and followed in the
transaction that notes it as received: so each is sent until it is there, and takes effect once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ValidationError

from cases.case import Entry
from cases.city import City
from cases.exchange import (
    GIVEN_BACK,
    HANDS_OVER,
    MESSAGE,
    Act,
    Does,
    Facts,
    Refusal,
    Step,
    after_refusal,
    does,
    follow,
    is_told,
    photos_of,
    refusal,
    report_of,
    step_of,
)
from cases.reporting import BadReport
from cases.words import Role, State, Verb
from cases.workflow import Refused
from store.cases import UnknownCase, apply, hold, one_of_its_cause, system_step
from store.database import Connection
from store.photos import known
from store.reports import take
from store.statements import statements


class BadMessages(Exception):
    """Messages that no peer of ours sends. ``args[0]`` says why, for the operator."""


class Posted(NamedTuple):
    number: int
    body: dict[str, Any]


class Line(NamedTuple):
    """A line of a log, with what is known of its case."""

    entry: Entry
    number: str
    facts: Facts


def know(connection: Connection, names: Collection[str]) -> None:
    """Let there be a row for each peer of the settings."""
    connection.execute(statements("exchange")["know"], {"names": list(names)})


# Telling ------------------------------------------------------------------------------------


def tell(connection: Connection, events: Sequence[int], names: Collection[str]) -> int:
    """Write the messages of events that were just sorted, oldest first; return how many."""
    peers = sorted(names)
    concerned = _rows(connection, "concerned", ids=list(events), peers=peers)
    if not concerned:
        return 0
    # Before any case is locked, as whoever receives does: neither waits for the other.
    _rows(connection, "lock_peers", names=peers)
    posted = 0
    for event in concerned:
        line = _line(connection, event["case_id"], event["sequence"])
        posted += _tell_line(connection, line, peers)
    return posted


def _tell_line(connection: Connection, line: Line, peers: Sequence[str]) -> int:
    entry = line.entry
    over = entry.verb in HANDS_OVER and entry.after is State.HANDED_OVER
    to = str(entry.details["to"]) if over else ""
    links = _rows(connection, "links_of", case_id=entry.case_id, peers=peers)
    if to in peers and to not in {link["peer"] for link in links}:
        _do(connection, "link", peer=to, case_id=entry.case_id, theirs="")
        links.append({"id": None, "peer": to, "theirs": ""})
    posted = 0
    for link in links:
        if is_told(entry, link["peer"]):
            facts = line.facts if link["peer"] == to else None
            told = step_of(entry, line.number, link["theirs"], facts)
            _post(connection, link["peer"], entry.case_id, told)
            posted += 1
        if entry.verb is Verb.MERGE:
            _do(connection, "follow_merge", id=link["id"], into=str(entry.details["into"]))
    return posted


def _post(connection: Connection, peer: str, case_id: int | None, message: BaseModel) -> None:
    [numbered] = _rows(connection, "next_number", peer=peer)
    _do(
        connection,
        "post",
        peer=peer,
        number=numbered["sent"],
        case_id=case_id,
        body=Jsonb(message.model_dump(mode="json")),
    )


# Sending --------------------------------------------------------------------------------------


def state_of(connection: Connection, peer: str) -> dict[str, Any]:
    """Return how far we are with a peer."""
    [row] = _rows(connection, "peer", peer=peer)
    return row


def to_send(connection: Connection, peer: str, after: int, most: int) -> list[Posted]:
    """Return the messages for a peer after number `after`, in order."""
    rows = _rows(connection, "to_send", peer=peer, after=after, most=most)
    if rows and rows[0]["number"] != after + 1:
        raise BadMessages(
            f"{peer} asks for message {after + 1}, which is kept no more: it has lost what it had"
        )
    return [Posted(row["number"], row["body"]) for row in rows]


def acknowledge(connection: Connection, peer: str, number: int) -> None:
    """Note that a peer has all messages up to `number`; raises BadMessages."""
    if not _rows(connection, "acknowledge", peer=peer, number=number):
        raise BadMessages(
            f"{peer} has message {number}, which we have not written: our database is older than"
            " what we told; nothing more is exchanged until people have looked"
        )


def set_trouble(connection: Connection, peer: str, trouble: str) -> None:
    _do(connection, "trouble", peer=peer, trouble=trouble)


def forget(connection: Connection, keep: timedelta) -> int:
    """Delete messages that their peer has, written longer ago than `keep`; return how many."""
    return connection.execute(statements("exchange")["forget"], {"keep": keep}).rowcount


# Receiving --------------------------------------------------------------------------------------


def receive(
    connection: Connection,
    peer: str,
    number: int,
    body: Mapping[str, Any],
    now: datetime,
    city: City,
) -> int:
    """Follow one message of a peer; return the number up to which all have come.

    What has come before changes nothing; what comes too early is not taken, for its peer sends
    it again in its turn. What cannot be followed is kept for people, and its peer is told; what
    comes later of the same case waits. The transaction is the caller's. Raises BadMessages
    where the two have lost step.
    """
    [row] = _rows(connection, "lock_peer", peer=peer)
    received: int = row["received"]
    if number <= received:
        _check_same(connection, peer, number, body)
    if number != received + 1:
        return received
    case_id, outcome, why = None, "applied", ""
    theirs = str(body.get("case", ""))
    if theirs and _rows(connection, "waits", peer=peer, theirs=theirs)[0]["exists"]:
        outcome, why = "held", "an earlier message of this case waits for people"
    else:
        case_id, why = _try(connection, peer, number, body, now, city)
        outcome = "conflict" if why else "applied"
    _do(
        connection, "arrived", peer=peer, number=number, case_id=case_id, theirs=theirs,
        body=Jsonb(dict(body)), outcome=outcome, why=why,
    )  # fmt: skip
    _do(connection, "received", peer=peer, number=number)
    return number


def _check_same(connection: Connection, peer: str, number: int, body: Mapping[str, Any]) -> None:
    """Raise BadMessages where a number that has come before says something else by now."""
    [before] = _rows(connection, "message_in", peer=peer, number=number)
    if before["body"] != body:
        raise BadMessages(
            f"message {number} of {peer} is not the one that came before under this number: its"
            " database is older than what it told; nothing more is taken until people have looked"
        )


def _try(
    connection: Connection,
    peer: str,
    number: int,
    body: Mapping[str, Any],
    now: datetime,
    city: City,
) -> tuple[int | None, str]:
    """Follow a message; return the case that it moved, or why it could not be followed."""
    message: Step | Refusal | None = None
    try:
        with connection.transaction():
            message = MESSAGE.validate_python(body)
            if isinstance(message, Refusal):
                return _hear_refusal(connection, peer, number, message, now, city), ""
            return _follow(connection, peer, number, message, now, city), ""
    except (Refused, UnknownCase, BadReport) as refused:
        why = str(refused)
    except ValidationError as unreadable:
        fault = unreadable.errors(include_url=False)[0]
        why = f"not a message of ours: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    if not isinstance(message, Refusal):  # or the two would refuse each other's refusals
        case = str(body.get("case", ""))
        _post(connection, peer, None, refusal(message, case, number, why))
    return None, why


def _follow(
    connection: Connection, peer: str, number: int, step: Step, now: datetime, city: City
) -> int:
    links = _rows(connection, "linked", peer=peer, theirs=step.case, ours=step.yours)
    link = links[0] if links else None
    held = hold(connection, link["case_id"], city) if link else None
    case = held.case if held else None
    with_them = case is not None and (case.state, case.handed_to) == (State.HANDED_OVER, peer)
    doing = does(case.state if case else None, with_them, step)
    if doing is Does.TAKE:
        case_id = _open(connection, peer, number, step, now, city, again=link is not None)
        given = {"peer": peer, "case_id": case_id, "theirs": step.case}
        _do(connection, "relink", id=link["id"], **given) if link else _do(
            connection, "link", **given
        )
        return case_id
    if link is None or held is None:
        raise UnknownCase(f"no case here is {step.case} of {peer}")
    if step.verb is Verb.REPORT and not link["theirs"]:
        _do(connection, "relink", id=link["id"], case_id=held.case.id, theirs=step.case)
    photos = known(connection, photos_of(step.details))
    _act(connection, held.case.id, follow(doing, peer, number, step, photos), peer, now, city)
    if doing is Does.RETURN and step.verb in GIVEN_BACK:
        _do(connection, "unlink", id=link["id"])
    return held.case.id


def _open(
    connection: Connection,
    peer: str,
    number: int,
    step: Step,
    now: datetime,
    city: City,
    again: bool,
) -> int:
    assert step.handed_over is not None
    # Handed over anew after it was given back, it is another report.
    external_id = f"{step.case}/{number}" if again else step.case
    *better, last = report_of(peer, step, step.handed_over, external_id)
    for report in better:
        try:
            with connection.transaction():
                return take(connection, report, now, city).case_id
        except BadReport:
            continue
    return take(connection, last, now, city).case_id


def _act(
    connection: Connection, case_id: int, act: Act, peer: str, now: datetime, city: City
) -> None:
    held = hold(connection, case_id, city)
    if act.role is Role.SYSTEM:
        with one_of_its_cause():
            system_step(connection, held, act.verb, now, city, act.reason, act.details)
        return
    apply(
        connection,
        case_id,
        held.case.version,
        act.verb,
        peer,
        act.role,
        now,
        city,
        act.reason,
        act.details,
    )


def _hear_refusal(
    connection: Connection, peer: str, number: int, refused: Refusal, now: datetime, city: City
) -> int:
    ours = _rows(connection, "our_message", peer=peer, number=refused.number)
    if not ours or ours[0]["case_id"] is None:
        raise UnknownCase(f"{peer} cannot follow message {refused.number}: {refused.why}")
    _do(connection, "refused", peer=peer, number=refused.number, why=refused.why)
    case_id: int = ours[0]["case_id"]
    held = hold(connection, case_id, city)
    _act(
        connection,
        case_id,
        after_refusal(held.case.state, refused, peer, number),
        peer,
        now,
        city,
    )
    return case_id


# For people --------------------------------------------------------------------------------------


def peers(connection: Connection, names: Collection[str]) -> list[dict[str, Any]]:
    """Return how it stands with each peer."""
    return _rows(connection, "peers", names=list(names))


def messages(connection: Connection, peer: str, limit: int) -> list[dict[str, Any]]:
    """Return the messages that one side could not follow, newest first."""
    return _rows(connection, "messages", peer=peer, limit=limit)


def dismiss(
    connection: Connection,
    peer: str,
    number: int,
    actor: str,
    why: str,
    now: datetime,
    city: City,
) -> int:
    """Leave a message that could not be followed, and follow those that waited for it; how many.

    Raises BadMessages.
    """
    _rows(connection, "lock_peer", peer=peer)
    found = _rows(connection, "message_in", peer=peer, number=number)
    if not found or found[0]["outcome"] != "conflict":
        raise BadMessages(f"message {number} of {peer} is no conflict")
    said = f"{found[0]['why']}; dismissed by {actor}: {why}"
    _came_out(connection, peer, number, None, "dismissed", said)
    followed = 0
    for row in _rows(connection, "held_up", peer=peer, theirs=found[0]["theirs"]):
        case_id, why_not = _try(connection, peer, row["number"], row["body"], now, city)
        outcome = "conflict" if why_not else "applied"
        _came_out(connection, peer, row["number"], case_id, outcome, why_not)
        if why_not:
            break
        followed += 1
    return followed


def _came_out(
    connection: Connection, peer: str, number: int, case_id: int | None, outcome: str, why: str
) -> None:
    given = {"peer": peer, "number": number, "case_id": case_id, "outcome": outcome, "why": why}
    _do(connection, "came_out", **given)


def _line(connection: Connection, case_id: int, version: int) -> Line:
    [row] = _rows(connection, "line", case_id=case_id, version=version)
    entry = Entry(
        case_id,
        version,
        row["at"],
        row["actor"],
        Role(row["role"]),
        Verb(row["verb"]),
        State(row["before"]) if row["before"] else None,
        State(row["after"]),
        row["reason"],
        row["details"],
    )
    facts = Facts.model_validate({name: row[name] for name in Facts.model_fields})
    return Line(entry, row["number"], facts)


def _rows(connection: Connection, query: str, /, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("exchange")[query], values).fetchall()


def _do(connection: Connection, query: str, /, **values: Any) -> None:
    connection.execute(statements("exchange")[query], values)
