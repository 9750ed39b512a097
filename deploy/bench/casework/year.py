"""A year of a city's casework in a database: lived by a few thousand cases, copied by the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from psycopg.sql import SQL, Composable, Composed, Identifier

from cases.city import City
from deploy.bench.casework.place import HEIGHT, WIDTH, Cells, cells, city
from deploy.bench.casework.plan import Plan, plan
from deploy.bench.casework.templates import Template, lives, write
from store.database import Connection, connect, migrate
from store.statements import statements

Say = Callable[[str], None]

#: Tables that are copied, those that are written at once with each other in one list: two
#: sessions, for two cores.
TABLES = (
    ("case_log",),
    ("cases", "case_runs", "case_timers", "reports", "callers", "events", "evidence"),
)
EVERY = tuple(table for tables in TABLES for table in tables)
AT_ONCE = 50_000  #: cases in one transaction

#: Columns of copies that are not those of the template, nor times: the statement with each.
OWN = {
    "cases": {"id": "id", "number": "cases_number", "key": "key", "grid_cell": "cell",
              "lon": "lon", "lat": "lat", "merged_into": "cases_merged_into"},
    "case_log": {"case_id": "id", "details": "case_log_details"},
    "case_runs": {"case_id": "id"},
    "case_timers": {"case_id": "id", "fired": "case_timers_fired"},
    "reports": {"id": "uuid", "case_id": "id", "external_id": "key", "lon": "lon", "lat": "lat"},
    "callers": {"report": "uuid"},
    "events": {"id": "uuid", "case_id": "id", "case_key": "key", "lon": "lon", "lat": "lat"},
    "evidence": {"event_id": "uuid", "case_id": "id"},
}  # fmt: skip


def begin_and_end(zone_city: City) -> tuple[datetime, datetime]:
    """Return the year of the benchmark: it ends on a working afternoon."""
    first = datetime(2025, 1, 1, tzinfo=zone_city.zone)
    return first, datetime(2025, 12, 31, 15, 30, tzinfo=zone_city.zone)


def make_year(url: str, count: int, say: Say) -> None:
    """Fill the database with `count` cases, or go on where that was interrupted."""
    with connect(url) as connection:
        if not is_made(connection):
            if not _one(connection, "is_prepared"):
                _prepare(connection, count, say)
            now = begin_and_end(city())[1]
            for each in _pending(connection):
                say(f"copying {', '.join(each)}")
            with ThreadPoolExecutor(len(TABLES)) as pool:
                for done in [pool.submit(_stamp, url, tables, now, say) for tables in TABLES]:
                    done.result()
            _finish(connection, say)


def is_made(connection: Connection) -> bool:
    """Tell whether this database holds a whole year."""
    return bool(_one(connection, "is_prepared")) and _reached(connection, "finished") > 0


def _prepare(connection: Connection, count: int, say: Say) -> None:
    where, (first, now) = city(), begin_and_end(city())
    ground = cells()
    migrate(connection)
    connection.execute(statements("bench")["as_loader"])
    _put_places(connection, ground, where)
    patterns = min(10_000, max(500, count // 30))
    say(f"living {patterns:,} cases")
    lived = list(lives(patterns, first, (now.date() - first.date()).days + 1, where))
    say("planning")
    planned = plan(lived, count, first, now, ground, where)
    say("writing patterns")
    written = _write_templates(connection, lived, planned, ground, where)
    say(f"{len(planned):,} cases to copy, by {len(written):,} patterns")
    for table in EVERY:
        connection.execute(
            statements("bench")["keep"].format(
                stamps=_stamps(table), table=Identifier(table), template=_template_of(table)
            )
        )
    connection.execute(statements("bench")["empty"])
    _put_copies(connection, planned, written, ground)
    _hold_indexes(connection)
    _reach(connection, "copies", len(planned))
    connection.commit()


def _put_places(connection: Connection, ground: Cells, where: City) -> None:
    sql = statements("bench")
    with connection.cursor().copy(sql["put_cells"]) as copy:
        for row in ground.rows():
            copy.write_row(row)
    for department in where.departments.departments:
        told = {"code": department.code, "zh": department.name.zh, "en": department.name.en}
        connection.execute(sql["put_department"], told)


def _write_templates(
    connection: Connection, lived: Sequence[Template], planned: Plan, ground: Cells, where: City
) -> dict[tuple[int, int], int]:
    """Write every template that is copied, whole or cut; return its number by place and lines."""
    connection.execute(statements("bench")["prepare"])
    pairs = sorted(set(zip(planned.template.tolist(), planned.lines.tolist(), strict=True)))
    numbers = {pair: number for number, pair in enumerate(pairs, 1)}
    with connection.pipeline() as pipeline:
        for (place, lines), number in numbers.items():
            whole = lived[place]
            template = whole if lines == len(whole.entries) else whole.cut(lines, where)
            home = int(ground.district.searchsorted(template.district))
            cell = (ground.code[home], float(ground.lon[home]), float(ground.lat[home]))
            write(connection, number, template, cell, where)
            if number % 100 == 0:
                pipeline.sync()
    return numbers


def _put_copies(
    connection: Connection, planned: Plan, numbers: dict[tuple[int, int], int], ground: Cells
) -> None:
    rows = zip(
        *(each.tolist() for each in (planned.template, planned.lines, planned.shift, planned.cell)),
        strict=True,
    )
    lon, lat = ground.lon.tolist(), ground.lat.tolist()
    with connection.cursor().copy(statements("bench")["put_copies"]) as copy:
        for number, (template, lines, shift, cell) in enumerate(rows, 1):
            template = numbers[template, lines]
            # Somewhere in the cell: no two places are quite the same.
            east = lon[cell] + (number * 7_919 % 997 / 997 - 0.5) * WIDTH
            north = lat[cell] + (number * 104_729 % 991 / 991 - 0.5) * HEIGHT
            copy.write(
                f"{number}\t{template}\t{shift} s\t{ground.code[cell]}\t{east:.6f}\t{north:.6f}\n"
            )


def _stamp(url: str, tables: Sequence[str], now: datetime, say: Say) -> None:
    """Copy the templates' rows of `tables`, `AT_ONCE` cases in a transaction."""
    sql = statements("bench")
    with connect(url) as connection:
        connection.execute(sql["as_loader"])
        total = _reached(connection, "copies")
        ready = {table: _stamping(connection, table) for table in tables}
        connection.commit()
        stage = tables[0]
        while (after := _reached(connection, stage)) < total:
            upto = min(after + AT_ONCE, total)
            for table in tables:
                connection.execute(ready[table], {"after": after, "upto": upto, "now": now})
            _reach(connection, stage, upto)
            connection.commit()
            if upto % (10 * AT_ONCE) == 0 or upto == total:
                say(f"{stage}: {upto:,} of {total:,} cases")


def _stamping(connection: Connection, table: str) -> Composed:
    sql = statements("bench")
    values, names = [], []
    for column, kind in connection.execute(sql["columns"], {"table": table}).fetchall():
        usual = "later" if kind == "timestamp with time zone" else "as_it_is"
        fragment = sql[OWN[table].get(column, usual)]
        values.append(fragment.format(column=Identifier(column)))
        names.append(Identifier(column))
    return sql["stamp"].format(
        table=Identifier(table),
        stamps=_stamps(table),
        columns=SQL(", ").join(names),
        values=SQL(", ").join(values),
    )


def _finish(connection: Connection, say: Say) -> None:
    sql = statements("bench")
    connection.execute(sql["as_loader"])
    connection.commit()
    for (definition,) in connection.execute(sql["held_indexes"]).fetchall():
        say(definition.removeprefix("CREATE ").partition("(")[0])
        connection.execute(definition)
        connection.execute(sql["let_index_go"], {"definition": definition})
        connection.commit()
    connection.execute(sql["number_on"])
    connection.commit()
    connection.autocommit = True
    for table in EVERY:
        say(f"vacuum {table}")
        connection.execute(sql["tidy"].format(table=Identifier(table)))
    connection.autocommit = False
    _reach(connection, "finished", _reached(connection, "copies"))
    connection.commit()


def _hold_indexes(connection: Connection) -> None:
    """Drop indexes while rows are copied; what they were is kept in the database."""
    sql = statements("bench")
    found = connection.execute(sql["indexes"], {"tables": list(EVERY)}).fetchall()
    for away, again, rank in found:
        connection.execute(away)
        connection.execute(sql["hold_index"], {"definition": again, "rank": rank})


def _stamps(table: str) -> Identifier:
    return Identifier("stamps", table)


def _template_of(table: str) -> Composable:
    sql = statements("bench")
    return sql.get(f"template_{table}", sql["template"])


def _pending(connection: Connection) -> list[tuple[str, ...]]:
    total = _reached(connection, "copies")
    return [tables for tables in TABLES if _reached(connection, tables[0]) < total]


def _reached(connection: Connection, stage: str) -> int:
    return int(_one(connection, "reached", stage=stage) or 0)


def _reach(connection: Connection, stage: str, reached: int) -> None:
    connection.execute(statements("bench")["reach"], {"stage": stage, "reached": reached})


def _one(connection: Connection, name: str, **values: Any) -> Any:
    row = connection.execute(statements("bench")[name], values).fetchone()
    return row[0] if row else None
