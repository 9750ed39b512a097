import math
from datetime import timedelta

import pytest
from intakes import NOON, intake, readings, unknown

from cases.catalogue import Catalogue, lists_of, load_catalogue
from ingest.intake import Intake
from store.adoption import AdoptionRefused, adopt
from store.assets import channels, import_assets
from store.checkpoints import take_rejudge
from store.database import Connection
from store.quarantine import sweep, waiting
from store.readings import Writer
from store.rollups import roll
from store.stepping import Cancelled, Progress

ROW = {
    "channel": "well-7/level", "device": "well-7", "quantity": "level", "unit": "cm",
    "component": "1101020101000007", "lon": "116.4", "lat": "39.9", "zone": "east",
    "interval": "PT1M", "kind": "flood", "role": "manhole", "lowest": "-10", "highest": "5 m",
    "largest_rate": "10 cm / 10 min", "gateway": "gw-1", "department": "D1",
    "grid_cell": "110102001001001", "tag:line": "L3", "attr:cover_level": "480",
    "attr:set_pressure": "0.3 MPa", "states": "dry=0; wet=1", "reports_every": "3600",
}  # fmt: skip


def test_a_row_becomes_a_channel_in_si(database: Connection):
    report = import_assets(database, [ROW])
    assert (report.rows, report.added, report.problems) == (1, 1, [])
    [channel] = channels(database)
    assert (channel.id, channel.device, channel.name) == ("well-7/level", "well-7", "level")
    assert (channel.lowest, channel.highest) == (pytest.approx(-0.1), 5.0)
    assert channel.largest_rate == pytest.approx(0.1 / 600)
    assert channel.interval == timedelta(minutes=1)
    assert channel.reports_every == timedelta(hours=1)
    assert channel.tags == {
        "zone": "east", "kind": "flood", "role": "manhole", "gateway": "gw-1", "line": "L3"
    }  # fmt: skip
    assert channel.attributes == {"cover_level": pytest.approx(4.8), "set_pressure": 300_000.0}
    assert channel.states == {"dry": 0.0, "wet": 1.0}
    component = database.execute(
        "SELECT code_list, class, grid_cell, department FROM components"
    ).fetchone()
    assert component == ("GB/T 30428.2-2013", "0101", "110102001001001", "D1")


def test_a_row_may_hold_no_more_than_channel_device_and_quantity(database: Connection):
    import_assets(database, [{"channel": "a", "device": "d", "quantity": "pressure"}])
    [channel] = channels(database)
    assert (channel.unit, channel.name, channel.component) == ("Pa", "pressure", "")
    assert math.isnan(channel.lon)
    assert channel.highest == math.inf


def test_importing_again_changes_nothing_and_a_changed_row_changes_one(database: Connection):
    other = ROW | {"channel": "well-7/battery", "quantity": "battery", "unit": "%"}
    other |= {"lowest": "", "highest": "", "largest_rate": "", "attr:cover_level": ""}
    import_assets(database, [ROW, other])
    again = import_assets(database, [ROW, other])
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    changed = import_assets(database, [ROW | {"highest": "6 m"}, other])
    assert (changed.added, changed.changed, changed.unchanged) == (0, 1, 1)


def test_a_dry_run_reports_and_leaves_nothing(database: Connection):
    assert import_assets(database, [ROW], dry_run=True).added == 1
    assert channels(database) == []
    assert database.execute("SELECT count(*) FROM devices").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"device": ""}, "row 2, device: is empty"),
        ({"quantity": "presure"}, "row 2, quantity: 'presure' is not known"),
        ({"unit": "bar"}, "row 2, unit: "),
        ({"lon": "east"}, "row 2, lon: 'east' is not a number"),
        ({"lat": "116.4"}, "row 2, lat: 116.4 is beyond 90 degrees"),
        ({"lon": ""}, "row 2, lon: a component needs a place"),
        ({"interval": "5 moons"}, "row 2, interval: '5 moons' is not a duration"),
        ({"interval": "0"}, "row 2, interval: '0' is not longer than nothing"),
        ({"lowest": "high"}, "row 2, lowest: "),
        ({"lowest": "6 m"}, "row 2, lowest: is above highest"),
        ({"largest_rate": "5 kg/s"}, "row 2, largest_rate: "),
        ({"attr:crown": "5 apples"}, "row 2, attr:crown: "),
        ({"states": "wet"}, "row 2, states: 'wet' has no number"),
        (
            {"component": "110102010100000"},
            "row 2, component: component code '110102010100000' has 15",
        ),
        (
            {"component": "11O1020101000007"},
            "row 2, component: component code '11O1020101000007': co",
        ),
        (
            {"component": "9901020101000007"},
            "row 2, component: component code '9901020101000007': co",
        ),
        (
            {"component": "1101020001000007"},
            "row 2, component: component code '1101020001000007': ma",
        ),
        (
            {"component": "1101020101000000"},
            "row 2, component: component code '1101020101000000': se",
        ),
        (
            {"class": "0104"},
            "row 2, class: 0104 is not the class of 1101020101000007, which is 0101",
        ),
        ({"grid_cell": "110103001001001"}, "row 2, grid_cell: 110103001001001 is in county 110103"),
        (
            {"grid_cell": "110102000001001"},
            "row 2, grid_cell: grid cell code '110102000001001': st",
        ),
        ({"component_state": "gone"}, "row 2, component_state: 'gone' is not known"),
        ({"component_accuracy": "D"}, "row 2, component_accuracy: 'D' is not known"),
        ({"time_zone": "Mars/Olympus"}, "row 2, time_zone: 'Mars/Olympus' is not known"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_row_is_named_with_its_column_and_left_out(
    database: Connection, change: dict[str, str], said: str
):
    good = {"channel": "ok", "device": "ok", "quantity": "voltage"}
    report = import_assets(database, [ROW | change, good])
    assert str(report.problems[0]).startswith(said)
    assert [channel.id for channel in channels(database)] == ["ok"]


@pytest.mark.parametrize(
    ("state", "kept"),
    [("完好", "intact"), ("破损", "damaged"), ("丢失", "missing"), ("废弃", "abandoned"),
     ("占用", "occupied"), ("移除", "removed"), ("Damaged", "damaged")],
)  # fmt: skip
def test_the_state_and_accuracy_of_a_component_are_kept(
    database: Connection, state: str, kept: str
):
    import_assets(database, [ROW | {"component_state": state, "component_accuracy": "b"}])
    import_assets(database, [ROW])
    found = database.execute("SELECT state, accuracy FROM components").fetchone()
    assert found == (kept, "B")


def test_a_code_list_may_split_codes_in_its_own_way(database: Connection):
    lists = [
        each.model_copy(update={"component_codes": ("6+2+3+5", "6+2+2+2+6")}) for each in lists_of()
    ]
    draft = ROW | {"component": "1101020108000007"}
    report = import_assets(database, [draft], catalogue=Catalogue(lists))
    assert report.problems == []
    longer = ROW | {"component": "110102010107000007", "device": "w-8", "channel": "w-8/level"}
    report = import_assets(database, [longer | {"class": "0101"}], catalogue=Catalogue(lists))
    assert report.problems == []
    classes = database.execute("SELECT class FROM components ORDER BY code").fetchall()
    assert classes == [("0101",), ("01080",)]


def test_a_component_of_an_unknown_code_list_is_refused(database: Connection):
    report = import_assets(database, [ROW | {"code_list": "GB"}], catalogue=load_catalogue())
    assert str(report.problems[0]).startswith("row 2, code_list: 'GB' is not known. Use one of CJ")


def test_a_component_may_go_by_a_name_of_the_operators_own(database: Connection):
    names = ("J-101", "transformer 7", "f47ac10b-58cc-4372-a567-0e02b2c3d479")
    rows = [
        ROW | {"channel": f"{n}", "device": f"{n}", "component": name, "class": "0128"}
        for n, name in enumerate(names)
    ]
    assert import_assets(database, rows).problems == []


def test_a_row_that_contradicts_the_store_or_another_row_is_refused(database: Connection):
    import_assets(database, [ROW])
    report = import_assets(
        database,
        [ROW | {"quantity": "depth"}, ROW | {"channel": "other"}, ROW | {"device": "well-8"}],
    )
    assert [problem.column for problem in report.problems] == ["channel", "name", "channel"]


def strangers() -> Intake:
    return intake(
        others=unknown(
            ("m-1", "p", 0, 2.5, ""), ("m-1", "p", 60, 300.0, "kPa"), ("m-1", "p", 120, 99.0, "m³"),
            ("m-1", "door", 0, "open", ""), ("m-2", "x", 0, 1.0, ""),
        ),
        sender="",
    )  # fmt: skip


FIELDS = {
    "p": {"quantity": "pressure", "unit": "bar", "highest": "4 bar"},
    "door": {"quantity": "status", "states": "open=1"},
}


def test_an_adopted_device_has_its_readings_since_then_in_si_with_their_flags(
    database: Connection,
):
    Writer(database).store(strangers())
    adopt(database, "m-1", FIELDS, {"lon": "116", "lat": "39"})
    rows = database.execute(
        "SELECT name, value, text, quality, received = %s FROM readings"
        " JOIN channels ON number = channel LEFT JOIN states ON states.number = state"
        " ORDER BY name, time",
        (NOON.item().isoformat() + "Z",),
    ).fetchall()
    assert rows == [
        ("door", 1.0, "open", 0, True),
        ("p", 250_000.0, None, 0, True),
        ("p", 300_000.0, None, 0, True),
        ("p", 99.0, None, 256, True),
    ]
    assert [w.device for w in waiting(database)] == ["m-2"]
    assert len(take_rejudge(database)) == 2
    account = database.execute(
        "SELECT received, stored, quarantined FROM ledger WHERE device = 'm-1'"
    ).fetchone()
    assert account == (4, 4, 0)


def test_readings_adopted_after_the_rollup_had_passed_are_rolled_up(database: Connection):
    import_assets(database, [ROW])
    writer = Writer(database)
    writer.store(strangers())
    writer.store(intake(readings((channels(database)[0].number, 0, 1.0), received=100)))
    roll(database)
    adopt(database, "m-1", FIELDS)
    assert roll(database)
    counts = database.execute("SELECT sum(count), sum(flagged) FROM readings_hour").fetchone()
    assert counts == (4, 1)


def test_a_refused_adoption_leaves_everything_as_it_was(database: Connection):
    Writer(database).store(strangers())
    with pytest.raises(AdoptionRefused, match="unit"):
        adopt(database, "m-1", FIELDS | {"p": {"quantity": "pressure", "unit": "m³/h"}})
    assert channels(database) == []
    assert sum(w.readings for w in waiting(database)) == 5


def test_what_was_quarantined_after_the_adoption_is_swept_up_once(database: Connection):
    writer = Writer(database)
    writer.store(strangers())
    adopt(database, "m-1", FIELDS)
    late = unknown(("m-1", "p", 0, 2.5, ""), ("m-1", "p", 180, 2.6, ""))
    writer.store(intake(others=late, received=180, sender=""))
    assert sweep(database) == 2
    assert sweep(database) == 0
    assert database.execute("SELECT count(*) FROM readings").fetchone() == (5,)
    account = database.execute(
        "SELECT received, stored, duplicate, quarantined FROM ledger WHERE device = 'm-1'"
    ).fetchone()
    assert account == (6, 5, 1, 0)


def test_the_quarantine_shows_what_each_field_sent(database: Connection):
    Writer(database).store(strangers())
    found = {(w.device, w.name): w for w in waiting(database)}
    pressure = found["m-1", "p"]
    assert (pressure.readings, pressure.units) == (3, ["", "kPa", "m³"])
    assert found["m-1", "door"].example == "open"
    assert [w.device for w in waiting(database, "m-2")] == ["m-2"]


@pytest.mark.parametrize("last", [1, 3, 4, 6], ids=["reading", "read", "writing", "the last row"])
def test_an_import_that_is_ended_leaves_nothing(database: Connection, last: int):
    rows = [ROW | {"channel": f"w{n}/level", "device": f"w{n}", "component": ""} for n in range(3)]
    progress, told = Progress(), list[tuple[int, int | None]]()

    def step(done: int, total: int | None) -> None:
        told.append((done, total))
        progress.cancelled = len(told) == last
        progress.step(done, total)

    with pytest.raises(Cancelled):
        import_assets(database, rows, step=step)
    assert told == [(1, None), (2, None), (3, None), (1, 3), (2, 3), (3, 3)][:last]
    assert channels(database) == []
    assert database.execute("SELECT FROM devices").fetchall() == []
