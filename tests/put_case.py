"""A case in a database, as its story tells it, without the events or reports it may rest on."""

from __future__ import annotations

from typing import Any

from psycopg import sql
from story import GAS, WATER, Story

from store.cases import record
from store.database import Connection

DEPARTMENTS = """
INSERT INTO departments (code, name_zh, name_en)
VALUES ({water}, '供水公司', 'Water company'), ({gas}, '燃气公司', 'Gas company')
ON CONFLICT DO NOTHING
"""


def put_case(connection: Connection, story: Story, **given: Any) -> int:
    """Write the case of `story` (number 7 unless `given` says otherwise) and commit; return its id.

    `given` are columns of its class and place.
    """
    story_id = story.case.id
    columns = {
        "id": story_id,
        "number": f"N{story_id}",
        "key": f"key {story_id}",
        "state": "reported",
        "code_list": "GB/T 30428.2-2013",
        "code": "0506",
        "condition": "standing-water",
        "title_zh": "道路积水",
        "title_en": "Standing water on the road",
        "severity": "yellow",
        "began": story.log[0].at,
        "found": story.log[0].at,
        "opened": story.log[0].at,
        **given,
    }
    connection.execute(sql.SQL(DEPARTMENTS).format(water=WATER, gas=GAS))
    connection.execute(
        sql.SQL("INSERT INTO cases ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        ),
        columns,
    )
    record(connection, story.case, story.log, story.city)
    connection.commit()
    return story_id
