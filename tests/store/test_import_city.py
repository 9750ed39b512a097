from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from bad_tables import CALENDAR, CATALOGUE, DEPARTMENTS, MATRIX, Rows, write_csv
from psycopg import errors

from cases.catalogue import UnknownCondition
from cases.city import City, load_city
from rules.pack import load
from store.catalogue import LiveCity, Term, VersionRefused, city_of
from store.database import Connection, connect
from store.import_city import Told, import_calendar, import_catalogue, import_departments

GB = "GB/T 30428.2-2013"
LOCAL = "lifeline-local-1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DECEMBER, JANUARY = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
BASE = load_city()
PACKS = Path(__file__).parents[2] / "rules" / "packs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def changed(rows: Rows, row: int, column: int, text: str) -> Rows:
    copy = [list(cells) for cells in rows]
    copy[row][column] = text
    return copy


LONGER = changed(CATALOGUE, 3, 7, "3小时")  # standing water


def conditions(
    database: Connection, folder: Path, rows: Rows, version: str = "2", since: datetime = DECEMBER,
    at: datetime = NOW, dry_run: bool = False, code_list: str = GB,
) -> Told:  # fmt: skip
    path = write_csv(folder / "conditions.csv", rows)
    return import_catalogue(
        database, path, BASE, code_list, Term(version, since), at, dry_run=dry_run
    )


def amount(database: Connection, at: datetime, asked: datetime | None = None) -> float:
    catalogue = city_of(database, BASE, asked or at).catalogue
    return catalogue.condition(GB, "0506", "standing-water", at=at).condition.limit.amount


def test_an_imported_version_is_in_force_from_its_time_on(database: Connection, folder: Path):
    told = conditions(database, folder, LONGER)
    assert told.outcomes == {GB: "added"}
    assert "0506 道路积水, standing-water" in told.changed
    assert "0599 共享单车乱停, bikes" in told.added
    assert "0137 路灯, lamp-out" in told.gone
    before = DECEMBER - timedelta(seconds=1)
    assert [amount(database, at, JANUARY) for at in (NOW, before, DECEMBER)] == [2, 2, 3]
    assert amount(database, NOW) == 2, "what is not in force yet answers nothing"
    late = city_of(database, BASE, JANUARY).catalogue
    assert late.condition(GB, "0506", "standing-water").version == "2"
    with pytest.raises(UnknownCondition):
        late.condition(GB, "0137", "lamp-out", at=JANUARY)
    assert late.condition(GB, "0137", "lamp-out", at=NOW).version == "2024.1"


def test_the_same_content_is_no_new_version(database: Connection, folder: Path):
    conditions(database, folder, LONGER)
    for version, at in (("2", NOW), ("3", NOW), ("3", JANUARY)):
        told = conditions(database, folder, LONGER, version, JANUARY, at)
        assert told.outcomes == {GB: "unchanged"}
        assert (told.added, told.gone) == ([], []) if version == "3" else told.faults == []
    assert database.execute("SELECT count(*) FROM city_versions").fetchone() == (1,)


def test_a_dry_run_says_what_would_be_and_leaves_nothing(database: Connection, folder: Path):
    assert conditions(database, folder, LONGER, dry_run=True).outcomes == {GB: "added"}
    assert database.execute("SELECT count(*) FROM city_versions").fetchone() == (0,)


def test_a_table_with_a_fault_is_not_imported_at_all(database: Connection, folder: Path):
    told = conditions(database, folder, changed(CATALOGUE, 2, 7, "soon"))
    assert len(told.faults) == 1
    assert told.outcomes == {}
    assert database.execute("SELECT count(*) FROM city_versions").fetchone() == (0,)


def test_what_is_not_in_force_yet_may_be_given_anew(database: Connection, folder: Path):
    conditions(database, folder, LONGER)
    told = conditions(database, folder, CATALOGUE)
    assert told.outcomes == {GB: "replaced"}
    assert amount(database, JANUARY) == 2
    assert amount(database, NOW, JANUARY) == 2
    spans = database.execute("SELECT version, in_force_until FROM city_versions").fetchall()
    assert spans == [("2", None)]


def test_a_version_that_was_filed_under_stays_as_it_is(database: Connection, folder: Path):
    conditions(database, folder, LONGER)
    with pytest.raises(VersionRefused, match="version 2 is there already, and cases may be filed"):
        conditions(database, folder, CATALOGUE, at=JANUARY, since=JANUARY)
    with pytest.raises(VersionRefused, match=r"version 2024\.1 is there already"):
        conditions(database, folder, CATALOGUE, "2024.1")
    with pytest.raises(VersionRefused, match="version 2 is in force from 2026-12-01 00:00 UTC: a"):
        conditions(database, folder, CATALOGUE, "3", NOW)


def test_versions_follow_each_other_without_gap_or_overlap(database: Connection, folder: Path):
    for month, hours in ((1, "3小时"), (2, "4小时"), (3, "5小时")):
        since = datetime(2027, month, 1, tzinfo=UTC)
        rows = changed(CATALOGUE, 3, 7, hours)
        conditions(database, folder, rows, f"2027.{month}", since, at=since)
    for day in range(0, 120, 7):
        at = datetime(2026, 12, 20, tzinfo=UTC) + timedelta(days=day)
        expected = 2 if at.year == 2026 else min(at.month, 3) + 2
        assert amount(database, at, datetime(2028, 1, 1, tzinfo=UTC)) == expected
        assert amount(database, at) == expected, "asked then or later"


def test_the_database_itself_refuses_two_versions_without_end(database: Connection, folder: Path):
    conditions(database, folder, LONGER)
    with pytest.raises(errors.UniqueViolation):
        database.execute(
            "INSERT INTO city_versions SELECT kind, name, 'x', now(), NULL, body, file, imported"
            " FROM city_versions"
        )


def test_a_table_that_lacks_what_a_rule_finds_is_refused(database: Connection, folder: Path):
    rows = [row for row in CATALOGUE if "standing-water" not in row]
    path = write_csv(folder / "conditions.csv", rows)
    told = import_catalogue(database, path, BASE, GB, Term("2", DECEMBER), NOW, load(PACKS))
    said = [str(fault) for fault in told.faults]
    assert any("flood.road.standing-water: no filing condition 'standing-water'" in s for s in said)
    assert all(
        s.endswith("Give the row that means it this name in a column slug (条件代号).")
        for s in said
    )
    assert told.outcomes == {}


def test_the_list_of_what_no_list_has_keeps_its_unlisted_condition(
    database: Connection, folder: Path
):
    rows = [
        CATALOGUE[0],
        ["", "事件", "", "99", "设备", "device-fault", "离线", "3工作日", "恢复", "sensing", ""],
    ]
    told = conditions(database, folder, rows, code_list=LOCAL)
    assert "the catalogue needs" in str(told.faults[0])


def departments(database: Connection, folder: Path, *tables: Rows, version: str = "2") -> Told:
    paths = [write_csv(folder / f"{n}.csv", rows) for n, rows in enumerate(tables)]
    return import_departments(database, paths, BASE, Term(version, DECEMBER), NOW)


def test_departments_and_matrix_are_one_version(database: Connection, folder: Path):
    told = departments(database, folder, DEPARTMENTS, MATRIX)
    assert (told.faults, told.outcomes) == ([], {"": "added"})
    assert "nobody has the role gas of the catalogue" in [w.what for w in told.warnings]
    city = city_of(database, BASE, DECEMBER)
    flood = city.catalogue.condition(GB, "0506", "standing-water")
    named = city.departments.dispatched(flood, "340199001002003")
    assert named.why == "排水管理处: 主管 responsible for event 0506 in 340199001, by the matrix"
    assert city.departments.dispatched(flood, "340102").code == "12000000000000035B", "by role"
    assert city_of(database, BASE, NOW).departments == BASE.departments.model_copy(
        update={"in_force_until": DECEMBER}
    )
    named_zh = database.execute("SELECT count(*) FROM departments").fetchone()
    assert named_zh == (3,)


def test_a_matrix_alone_leaves_the_departments_as_they_are(database: Connection, folder: Path):
    told = departments(database, folder, MATRIX)
    assert told.faults == []
    city = city_of(database, BASE, DECEMBER)
    assert city.departments.departments == BASE.departments.departments
    assert len(city.departments.matrix) == 3


def test_departments_without_those_that_the_matrix_names_are_refused(
    database: Connection, folder: Path
):
    departments(database, folder, DEPARTMENTS, MATRIX)
    told = departments(database, folder, DEPARTMENTS[:3], version="3")
    assert "no department has the code 91000000000000027B" in str(told.faults[0])


def test_holidays_of_a_year_take_the_place_of_those_known(database: Connection, folder: Path):
    path = write_csv(folder / "days.csv", CALENDAR)
    assert not city_of(database, BASE, NOW).calendar.years & {2027}
    told = import_calendar(database, path, BASE, "a notice", NOW)
    assert (told.outcomes, told.added) == ({"2027": "added"}, ["2027"])
    calendar = city_of(database, BASE, NOW).calendar
    assert calendar.years >= {2026, 2027}
    assert not calendar.is_working_day(date(2027, 2, 8))
    assert calendar.is_working_day(date(2027, 2, 20))
    assert import_calendar(database, path, BASE, "again", NOW).outcomes == {"2027": "unchanged"}
    write_csv(path, [row for row in CALENDAR if row[0] != "2027-02-11"])
    later = NOW + timedelta(days=1)
    assert import_calendar(database, path, BASE, "mended", later).outcomes == {"2027": "added"}
    assert city_of(database, BASE, later).calendar.is_working_day(date(2027, 2, 11))


def test_a_running_system_hears_of_an_import_and_has_it_without_a_restart(
    database: Connection, database_url: str, folder: Path
):
    live = LiveCity(BASE)
    assert all(getattr(live, field.name) is getattr(BASE, field.name) for field in fields(City))
    live.refresh(database, NOW)
    assert live.refresh(database, NOW) is False, "nothing has changed"
    with connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN lifeline")
        conditions(database, folder, LONGER, since=NOW, at=NOW)
        database.commit()
        heard = [n.payload for n in listener.notifies(timeout=5, stop_after=1)]
    assert heard == ["city"]
    assert live.refresh(database, NOW) is True
    assert live.catalogue.condition(GB, "0506", "standing-water").condition.limit.amount == 3


def test_a_version_begins_for_a_running_system_when_its_time_has_come(
    database: Connection, folder: Path
):
    live = LiveCity(BASE)
    conditions(database, folder, LONGER)
    live.refresh(database, NOW)
    assert live.catalogue.condition(GB, "0506", "standing-water").version == "2024.1"
    assert live.refresh(database, DECEMBER - timedelta(seconds=1)) is False
    assert live.refresh(database, DECEMBER) is True
    assert live.catalogue.condition(GB, "0506", "standing-water").version == "2"


def test_an_import_waits_for_another(database: Connection, database_url: str, folder: Path):
    """Two at once: the second sees what the first wrote, and says that it is there."""
    with connect(database_url) as other:
        other.execute("LOCK TABLE city_versions IN SHARE ROW EXCLUSIVE MODE")
        database.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            conditions(database, folder, LONGER)
