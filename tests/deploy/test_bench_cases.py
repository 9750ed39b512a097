"""The invented year is casework: every case of it is what its log says."""

from time import time_ns

import psycopg
import pytest
from databases import new_name
from psycopg.conninfo import make_conninfo

from cases.words import OPEN
from deploy.bench.casework.check import differing, sample
from deploy.bench.casework.gauges import NOTHING_NEW, flood, put_gauges
from deploy.bench.casework.place import CELLS, DISTRICTS, STREETS, cells, city
from deploy.bench.casework.typhoon import Broken, Storm, blow, check
from deploy.bench.casework.year import begin_and_end, is_made, make_year
from deploy.bench.rig import Rig
from deploy.clock import Clock
from store.database import connect
from store.settlement import settle

pytestmark = pytest.mark.server
COUNT = 6_000


@pytest.fixture(scope="module")
def year_url(embedded_url):
    """URL of a database with a small invented year."""
    name = new_name("year")
    with psycopg.connect(embedded_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        url = make_conninfo(embedded_url, dbname=name)
        make_year(url, COUNT, lambda _: None)
        yield url
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def year(year_url):
    with connect(year_url) as connection:
        yield connection


def one(connection, query):
    return connection.execute(query).fetchone()[0]


def test_a_thousand_of_its_cases_are_what_their_logs_say(year):
    ids = sample(year, 1_100)
    assert len(ids) > 1_000 * 0.9
    assert differing(year, ids, city()) == []


def test_it_has_every_source_state_and_way(year):
    assert one(year, "SELECT count(*) FROM cases") == COUNT
    sources = {row[0] for row in year.execute("SELECT DISTINCT source FROM cases")}
    assert {"inspector", "hotline", "sensor", "video", "police", "system"} <= sources
    verbs = {row[0] for row in year.execute("SELECT DISTINCT verb FROM case_log")}
    assert {
        "return", "redirect", "rework", "extend", "suspend", "void", "merge", "appeal", "reopen",
        "escalate", "urge", "supervise", "call-back", "hand-over",
    } <= verbs  # fmt: skip
    closed = one(year, "SELECT avg((state = 'closed')::int) FROM cases")
    assert 0.75 < closed < 0.92
    states = [row[0] for row in year.execute("SELECT state FROM cases")]
    assert 0 < sum(state in OPEN for state in states) < 0.15 * COUNT


def test_a_case_lies_in_the_district_its_people_are_of(year):
    strangers = one(
        year,
        """SELECT count(*) FROM case_log l JOIN cases c ON c.id = l.case_id
           WHERE l.role = 'dispatcher' AND l.actor NOT LIKE '%' || c.district || '%'""",
    )
    assert strangers == 0


def test_no_timer_of_the_past_is_still_to_fire(year):
    waiting = one(
        year,
        """SELECT count(*) FROM case_timers
           WHERE fired IS NULL AND kind <> 'look' AND at < '2025-12-31 15:30+08'""",
    )
    assert waiting == 0


def test_reports_events_and_evidence_go_with_their_cases(year):
    assert one(year, "SELECT count(*) FROM cases WHERE source <> 'sensor'") == one(
        year, "SELECT count(DISTINCT case_id) FROM reports"
    )
    assert one(year, "SELECT count(*) FROM callers") == one(
        year, "SELECT count(*) FROM reports WHERE source = 'hotline'"
    )
    sensed = one(
        year,
        """SELECT count(*) FROM cases c JOIN events e ON e.case_id = c.id
           JOIN evidence v ON v.event_id = e.id AND v.case_id = c.id
           JOIN case_log l ON l.case_id = c.id AND l.version = 1
           WHERE l.details ->> 'event' = e.id::text""",
    )
    assert sensed == one(year, "SELECT count(*) FROM cases WHERE source = 'sensor'") > 0


def test_its_indexes_are_those_of_any_database(year, database):
    names = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    assert year.execute(names).fetchall() == database.execute(names).fetchall()


def test_a_year_that_is_there_is_not_made_again(year, year_url):
    said = []
    make_year(year_url, COUNT * 2, said.append)
    assert said == []
    assert is_made(year)
    assert one(year, "SELECT count(*) FROM cases") == COUNT


def test_the_city_has_as_many_cells_and_streets_as_beijing_had():
    ground = cells()
    assert len(set(ground.code)) == CELLS
    assert len({code[:9] for code in ground.code}) == STREETS
    assert [code[:6] for code in ground.code] == [DISTRICTS[d] for d in ground.district.tolist()]


def test_a_small_typhoon_loses_nothing_doubles_nothing_and_counts_all_clocks(year_url, open_folder):
    moment = begin_and_end(city())[1].timestamp()
    clock = Clock(round(moment * 1e6), time_ns() // 1000)
    with Rig(open_folder, year_url, clock) as rig:
        rig.start_lifeline()
        times, whole = blow(year_url, rig.http, rig.key, clock, city(), cells(), 60, 3)
    assert whole["cases"] == 60
    assert {whole[name] for name in ("lost", "double", "wrong clocks")} == {0}
    assert [row["times"] for row in times[:2]] == [24, 8]


def test_a_storm_that_lost_a_case_or_has_a_wrong_clock_is_told(year_url, year):
    clock = Clock(round(begin_and_end(city())[1].timestamp() * 1e6), time_ns() // 1000)
    now = begin_and_end(city())[1]
    events = [flood(gauge, now) for gauge in put_gauges(year, cells(), 3, now)]
    settle(year, events[:2], NOTHING_NEW, now, city())
    year.commit()
    whole = Storm(year_url, "", "", clock, city(), events[:2], [], 1.0)
    assert check(whole)["lost"] == 0
    with pytest.raises(Broken, match="2 events are stored, not 3"):
        check(Storm(year_url, "", "", clock, city(), events, [], 1.0))
    year.execute("UPDATE case_runs SET due = due + interval '1 s' WHERE case_id IN"
                 " (SELECT case_id FROM events WHERE id = %s)", [events[0].id])  # fmt: skip
    year.commit()
    with pytest.raises(Broken, match=r"run 4: due is .*\n.*handling since"):
        check(whole)
