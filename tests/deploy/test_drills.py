"""A drill on the running system: played over the broker, found by the rules, ended by people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from databases import copied
from drilled import about, begun, rows, running, until
from signed_in import as_key, key

from api.services import DrillRefused, UnknownDrill
from deploy.wiring import App
from simulators.drill import Player
from simulators.publisher import Access, Sender
from simulators.staging import stage
from simulators.story import stories
from store.access import Grant
from store.assets import import_assets
from store.database import connect

pytestmark = pytest.mark.server


@pytest.fixture
def app(database_url: str, open_folder: Path) -> Iterator[App]:
    with running(database_url, open_folder) as app:
        yield app


def test_a_flood_is_played_found_filed_and_taken_away_with_its_end(app: App) -> None:
    drill = begun(app)
    [case] = until(
        lambda: [c for c in rows(app, "cases", drill=drill) if c["code"] == "0506"], "a case"
    )
    assert case["state"] == "dispatched"
    app.drills.end(drill, "li")
    row = about(app, drill)
    assert (row["state"], row["open_cases"]) == ("ended", 0)
    [case, *_] = rows(app, "cases", drill=drill)
    assert (case["state"], case["outcome"]) == ("void", "exercise")
    with pytest.raises(DrillRefused, match="ended already"):
        app.drills.end(drill, "li")
    with pytest.raises(UnknownDrill):
        app.drills.end(99, "li")
    with connect(app.database) as connection:
        states = connection.execute("SELECT DISTINCT status FROM devices").fetchall()
    assert states == [("retired",)]


def test_two_drills_at_once_are_apart(app: App) -> None:
    """The same story at the same place twice: each has the case of its own flood alone."""
    one, other = begun(app), begun(app)
    for drill in (one, other):
        until(lambda drill=drill: rows(app, "cases", drill=drill), f"a case of {drill}")
    for drill in (one, other):
        devices = {d for event in rows(app, "events", drill=drill) for d in event["devices"]}
        assert {device.split(".")[0] for device in devices} == {f"drill-{drill}"}
    app.drills.end(one, "li")
    assert about(app, other)["state"] != "ended"
    assert about(app, other)["open_cases"] >= 1


def test_a_restart_interrupts_a_drill_which_can_then_be_ended(
    database_url: str, open_folder: Path
) -> None:
    with running(database_url, open_folder) as app:
        drill = begun(app)
        until(lambda: rows(app, "cases", drill=drill), "a case")
        at = app.settings.clock.now()
    with running(database_url, open_folder, at=at) as app:
        assert about(app, drill)["state"] == "interrupted"
        with pytest.raises(DrillRefused, match="nobody plays"):
            app.drills.pause(drill, "li")
        app.drills.end(drill, "wang")
        assert about(app, drill)["open_cases"] == 0
        verbs = [line["verb"] for line in rows(app, "log_lines", drill=drill)]
        assert verbs == ["start", "interrupt", "end"]


def asked(app: App, secret: str) -> httpx.Client:
    return httpx.Client(base_url=f"{app.url}/api/v1", headers=as_key(secret), timeout=60)


def test_a_drill_by_http_from_its_choice_to_its_report(app: App) -> None:
    leader = asked(app, key(app.database, "leader", Grant("drill-leader")))
    player = asked(app, key(app.database, "player", Grant("dispatcher")))
    scenarios = leader.get("/drills/scenarios").json()["items"]
    assert [each["name"] for each in scenarios] == sorted(stories())
    wanted = {"scenario": "substation-outage", "lon": 120.1, "lat": 30.3}
    assert player.post("/drills", json=wanted).status_code == 403
    assert leader.post("/drills", json={"scenario": "nothing"}).status_code == 409
    assert leader.post("/drills", json=wanted | {"grid_cell": "330106001001001"}).status_code == 409
    made = leader.post("/drills", json=wanted)
    assert made.status_code == 201, made.text
    drill = made.json()["number"]
    here = f"/drills/{drill}"
    until(lambda: leader.get(here).json()["drill"]["state"] == "running", "running")

    # What is coming is for those who lead it alone.
    told, known = player.get(here).json(), leader.get(here).json()
    assert (told["leads"], told["happenings"]) == (False, [])
    assert len(known["happenings"]) == 2
    assert len(told["injects"]) <= len(known["injects"])
    assert player.get(f"{here}/report").status_code == 409
    for act in ("pause", "resume", "end"):
        assert player.post(f"{here}/{act}").status_code == 403

    fault = {"what": "forged", "where": "meter-4-02", "lasts": "PT1H", "value": 12.0}
    assert leader.post(f"{here}/faults", json=fault).status_code == 201
    until(lambda: len(leader.get(here).json()["happenings"]) == 3, "the fault in its truth")
    assert not [line for line in player.get(here).json()["log"] if line["verb"] == "fault"]
    for bad in ({"where": "meter-9-99"}, {"value": None}, {"what": "gateway-outage"}):
        assert leader.post(f"{here}/faults", json=fault | bad).status_code == 409, bad

    assert leader.post(f"{here}/pause").json()["drill"]["state"] == "paused"
    assert leader.post(f"{here}/pause").status_code == 409
    assert leader.post(f"{here}/resume").json()["drill"]["state"] == "running"
    found = until(
        lambda: [c for c in leader.get(here).json()["cases"] if c["code"] == "0128"], "the outage"
    )
    number = found[0]["number"]
    assert number in [c["number"] for c in player.get(f"/cases?drill={drill}").json()["items"]]
    assert player.get("/cases").json()["items"] == []

    ended = leader.post(f"{here}/end").json()
    assert ended["drill"]["state"] == "ended"
    assert leader.post(f"{here}/end").status_code == 409
    report = player.get(f"{here}/report").json()
    assert report["final"]
    outage, gateway, forged = report["happenings"]
    assert (outage["fate"], outage["cases"]) == ("found", [number])
    assert forged["title"] is None
    assert forged["what"] == "forged"
    met = {(each["step"]): each["met"] for each in report["expectations"]}
    assert met["found"] == "met"
    assert met["handled"] in ("missed", "waiting")
    assert {line["verb"] for line in report["decisions"]} >= {"report", "file", "dispatch", "void"}
    assert any(curve["value"] for curve in report["curves"])
    assert gateway["role"] == "problem"


FLOOD = """
channel,device,name,quantity,unit,component,class,lon,lat,zone,interval,kind,role,lowest,highest
live-1/depth,live-1,depth,depth,cm,,,{lon},{lat},harbour,PT900S,flood,road,-5,200
live-2/depth,live-2,depth,depth,cm,,,{lon},{lat},harbour,PT900S,flood,road,-5,200
""".strip()


def lived(database: str, folder: Path, beside: bool) -> list[Any]:
    """Let two live gauges at the place of a drill live through a flood; return what is live then.

    The same bytes at the same device times, with a drill of the same flood beside it or without.
    """
    with connect(database) as connection:
        import_assets_rows(connection)
    with running(database, folder) as app:
        if beside:
            drill = begun(app)
        at = LIVE_BEGINS
        set_up = stage(stories()["flood-underpass"], 7, at, 120.1, 30.3)
        player = Player(set_up, at - 1)
        sender = Sender("live", Access(app.sources[0]))
        until(sender.client.is_connected, "connected")
        for parcel in player.due(at + 3 * 3_600_000_000):
            for wire, called in ((b"road-17", b"live-1"), (b"road-05", b"live-2")):
                if wire.decode() in parcel.topic:
                    topic = parcel.topic.replace(wire.decode(), called.decode())
                    sender.publish(topic, parcel.payload.replace(wire, called))
        until(lambda: sender.acknowledged == sender.published, "all acknowledged")
        sender.close()
        if beside:
            until(lambda: rows(app, "cases", drill=drill), "a case of the drill")
        return until(lambda: over(app.database), "the live flood is over")


#: The live flood was four hours ago: no reading of it is from the future.
LIVE_BEGINS = 1_790_000_040_000_000 - 4 * 3_600_000_000


def import_assets_rows(connection: Any) -> None:
    header, *lines = FLOOD.format(lon=120.1, lat=30.3).splitlines()
    names = header.split(",")
    report = import_assets(
        connection,
        [{n: c or None for n, c in zip(names, line.split(","), strict=True)} for line in lines],
    )
    assert not report.problems, report.problems
    connection.commit()


def over(database: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        events = connection.execute(
            "SELECT rule, scope, subject, code, condition, severity, began, raised, ended,"
            " standing, peak, case_key, why FROM events WHERE exercise IS NULL"
            " AND starts_with(rule, 'flood.') ORDER BY began, rule, subject"
        ).fetchall()
        cases = connection.execute(
            "SELECT key, code, condition, severity, began, lon, lat, source, exercise, drill"
            " FROM cases WHERE NOT exercise AND code = '0506' ORDER BY key"
        ).fetchall()
    done = events and cases and all(row[8] is not None for row in events)
    return [events, cases] if done else []


def test_live_cases_are_the_same_with_a_drill_beside_them_event_for_event(
    server_url: str, template: str, open_folder: Path
) -> None:
    answers = []
    for beside in (False, True):
        folder = open_folder / str(beside)
        folder.mkdir()
        with copied(server_url, template) as url:
            answers.append(lived(url, folder, beside))
    assert answers[0] == answers[1]
