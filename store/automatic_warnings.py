"""Warnings that a city lets the system give by itself: for grave cases, called off at their end."""

from __future__ import annotations

from datetime import datetime

from cases.city import City
from cases.opening import SYSTEM
from cases.warning_content import Asked
from cases.warning_words import Kind, Status
from cases.warnings import Message
from cases.words import Role
from store.database import Connection
from store.statements import statements
from store.warning_drafts import draft_of_case
from store.warnings import ByItself, follow_up, issue

FILED = ByItself(SYSTEM, Role.SYSTEM, "立案即预警 a case so grave is warned of once it is filed")
ENDED = ByItself(SYSTEM, Role.SYSTEM, "案件已了结 the case has ended")


def warn_by_itself(
    connection: Connection, now: datetime, city: City, at_most: int = 100
) -> list[Message]:
    """Warn of what has been filed, call off what has ended; return the messages sent.

    Commits after each. A case is warned of once, whoever has warned, and only while it is
    news: a city that switches this on is not warned of all that is open.
    """
    policy, sql = city.policy.warnings, statements("warnings")
    if not policy.automatic:
        return []
    grave = {
        "colours": [str(colour) for colour in policy.automatic],
        "since": now - policy.lasting,
        "at_most": at_most,
    }
    sent = []
    with connection.transaction():
        cases = [row[0] for row in connection.execute(sql["to_warn_of"], grave)]
    for case_id in cases:
        with connection.transaction():
            draft = draft_of_case(connection, case_id, Asked(), now, city)
            sent.append(issue(connection, draft, Status.ACTUAL, FILED, now, city))
    with connection.transaction():
        over = [
            row[0]
            for row in connection.execute(sql["to_call_off"], {"now": now, "at_most": at_most})
        ]
    for identifier in over:
        sent.append(follow_up(connection, identifier, Kind.CANCEL, Asked(), ENDED, now, city))
    return sent
