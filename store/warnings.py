"""Warnings as they are issued, updated and called off: each message is kept as it was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.cap import document
from cases.city import City
from cases.warning_content import Asked, Content, changed
from cases.warning_words import ISSUERS, Kind, Status
from cases.warnings import BadWarning, Message, alert, follow
from cases.words import Role, Verb
from store.access import EVERYWHERE, Reach
from store.cases import hold, system_step
from store.database import Connection
from store.statements import statements


class By(NamedTuple):
    """Who decides that a warning goes out, and why; kept beside it, not in it."""

    actor: str
    role: Role
    reason: str

    def check(self) -> None:
        """Raise BadWarning unless they may."""
        if self.role not in ISSUERS:
            may = ", ".join(sorted(ISSUERS))
            raise BadWarning(f"a warning is for {may} to decide, not for {self.role}")
        if not (self.actor.strip() and self.reason.strip()):
            raise BadWarning("say who warns and why")


class ByItself(By):
    """The system, where the city's policy lets it; nobody acts in its name."""

    def check(self) -> None:
        pass


class Draft(NamedTuple):
    """What a warning shall say, before it has a number."""

    content: Content
    case_id: int | None = None
    incident: str = ""  #: number of the case
    exercise: bool = False


def issue(
    connection: Connection, draft: Draft, status: Status, by: By, at: datetime, city: City
) -> Message:
    """Issue a warning and return its alert; raises BadWarning, Refused. A drill's says Exercise."""
    by.check()
    status = Status.EXERCISE if draft.exercise else status
    with connection.transaction():
        [(number,)] = connection.execute(statements("warnings")["next_number"]).fetchall()
        message = alert(number, draft.content, at, status, draft.incident, city)
        _add(connection, message, draft.case_id, by)
        _note(connection, message, draft.case_id, by, city)
        return message


def follow_up(
    connection: Connection,
    identifier: str,
    kind: Kind,
    asked: Asked,
    by: By,
    at: datetime,
    city: City,
) -> Message:
    """Send the message that takes the place of the one named; raises BadWarning.

    Who names a message that is no longer the last of its warning has not seen the last, and
    is refused.
    """
    by.check()
    with connection.transaction():
        message, case_id = next_message(connection, identifier, kind, asked, at, city)
        _add(connection, message, case_id, by)
        _note(connection, message, case_id, by, city)
        return message


def next_message(
    connection: Connection,
    identifier: str,
    kind: Kind,
    asked: Asked,
    at: datetime,
    city: City,
) -> tuple[Message, int | None]:
    """Return the message that would take the place of the one named, and the id of its case.

    Holds the warning until the transaction ends. Raises BadWarning.
    """
    sql = statements("warnings")
    found = _found(connection, identifier)
    connection.execute(sql["lock_warning"], {"number": found["number"]})
    rows = connection.execute(sql["messages_of"], {"number": found["number"]}).fetchall()
    earlier = [Message.model_validate(row) for (row,) in rows]
    if earlier[-1].identifier != identifier:
        last = earlier[-1]
        raise BadWarning(f"{last.kind} {last.identifier} came after {identifier}; look again")
    content = changed(earlier[-1].content, asked)
    return follow(earlier, kind, content, at, city.zone), found["case_id"]


def _add(connection: Connection, message: Message, case_id: int | None, by: By) -> None:
    connection.execute(
        statements("warnings")["add"],
        {
            "number": message.number,
            "version": message.version,
            "identifier": message.identifier,
            "case_id": case_id,
            "status": message.status,
            "kind": message.kind,
            "colour": message.content.colour,
            "sent": message.sent,
            "expires": message.content.expires,
            "actor": by.actor,
            "role": by.role,
            "reason": by.reason,
            "message": Jsonb(message.model_dump(mode="json")),
            "document": document(message).decode(),
        },
    )


def _note(
    connection: Connection, message: Message, case_id: int | None, by: By, city: City
) -> None:
    """Tell of the message in the log of its case."""
    if case_id is None:
        return
    said = f"{message.identifier} {message.kind} {message.status}: {by.actor} ({by.role}): "
    system_step(
        connection,
        hold(connection, case_id, city),
        Verb.NOTE,
        message.sent,
        city,
        said + by.reason,
        {"warning": message.identifier},
    )


def _found(connection: Connection, identifier: str) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statements("warnings")["found"], {"identifier": identifier}).fetchone()
    if row is None:
        raise BadWarning(f"there is no warning {identifier}")
    return row


def warnings(
    connection: Connection, now: datetime, limit: int, reach: Reach = EVERYWHERE, **chosen: Any
) -> list[dict[str, Any]]:
    """Return messages, newest first; `chosen` as in the query `warnings_page`.

    `theirs` says whether the case is within `reach`, or without a case, whether that is all.
    """
    filters = ("identifier", "sent", "number", "version", "status", "case_id", "of", "state")
    values = {**dict.fromkeys(filters), **chosen, "now": now, "limit": limit, **reach._asdict()}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("warnings")["warnings_page"], values).fetchall()


def document_of(connection: Connection, identifier: str) -> str | None:
    """Return the CAP document of a message as it was sent, None where there is no such one."""
    sql = statements("warnings")["document"]
    row = connection.execute(sql, {"identifier": identifier}).fetchone()
    return None if row is None else str(row[0])
