"""The simulated district is honest: what its truth says is what its bytes say."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from cases.codes import component_code, grid_cell_code
from cases.courses import UNITS, read_course
from ingest.formats import decode
from ingest.message import Message
from simulators import timetable
from simulators.assets import asset_rows
from simulators.background import live_through
from simulators.district import build_district
from simulators.ground import areas, grid_cell
from simulators.pipes import pipes
from simulators.recorded import floods, ltown
from simulators.scenario import build_scenario
from simulators.world import World


@pytest.fixture(scope="module")
def scenario():
    return build_scenario(1)


def test_the_same_seed_gives_the_same_bytes(scenario):
    again = build_scenario(1)
    assert again.parcels == scenario.parcels
    assert again.truth == scenario.truth


def test_every_device_stands_inside_of_the_cell_it_is_said_to(scenario):
    outlines = {each["properties"]["code"]: each["geometry"] for each in areas()["features"]}
    assert len(outlines) == 606
    for device in scenario.district.devices:
        ring = outlines[grid_cell(device.lon, device.lat)]["coordinates"][0]
        (west, south), (east, north) = ring[0], ring[2]
        assert west <= device.lon <= east
        assert south <= device.lat <= north


def test_another_seed_gives_other_noise_and_the_same_story(scenario):
    other = World(build_district(), 2, timetable.BEGINS, timetable.BEGINS + timetable.LASTS)
    live_through(other, timetable.BEGINS)
    happenings, _, _ = timetable.happen(other)
    noise = "noise-01/sound_level"
    assert (other[noise].value != scenario.world[noise].value).any()
    assert [(one.id, one.began) for one in happenings] == [
        (one.id, one.began) for one in scenario.truth.happenings
    ]


def test_at_least_300_devices_of_all_six_kinds_with_well_formed_codes():
    devices = build_district().devices
    assert len(devices) >= 300
    assert len({device.wire_id for device in devices}) == len(devices)
    assert {device.kind for device in devices} == {
        "water", "gas", "power", "flood", "noise", "cover",
    }  # fmt: skip
    for device in devices:
        assert component_code(device.component).problem_class == device.problem_class
        grid_cell_code(grid_cell(device.lon, device.lat))


def test_every_channel_has_one_row_of_assets():
    district = build_district()
    rows = [row for device in district.devices for row in asset_rows(device)]
    assert len({row["channel"] for row in rows}) == len(rows)
    assert len({(row["device"], row["name"]) for row in rows}) == len(rows)


def test_decoding_gives_exactly_the_readings_and_the_dead_letters_of_the_truth(scenario):
    messages = [
        Message("test", parcel.topic, parcel.payload, parcel.at, device=parcel.topic.split("/")[1])
        for parcel in scenario.parcels
    ]
    columns = decode(messages)
    got = Counter(
        (device, name, time)
        for (device, name), time in zip(columns.address, columns.time, strict=True)
    )
    assert got == Counter(reading for parcel in scenario.parcels for reading in parcel.readings)
    broken = Counter(reject.message for reject in columns.rejects)
    assert dict(broken) == {
        place: parcel.broken for place, parcel in enumerate(scenario.parcels) if parcel.broken
    }


def test_at_least_four_formats_are_spoken():
    assert len({device.form for device in build_district().devices}) >= 4


def test_the_pace_is_one_that_an_embedded_broker_can_bear(scenario):
    hours = [(parcel.at - scenario.truth.begins) // 3_600_000_000 for parcel in scenario.parcels]
    assert max(Counter(hours).values()) <= 700


def test_no_message_is_sent_before_what_it_tells(scenario):
    ahead = {parcel.topic for parcel in scenario.parcels
             if any(time > parcel.at for _, _, time in parcel.readings)}  # fmt: skip
    assert ahead == {"city/road-08/telemetry"}, "only the device whose clock runs ahead"


def test_the_recorded_floods_reach_their_depth_on_the_wire(scenario):
    for device, flood in zip(("road-17", "road-04"), floods(), strict=True):
        depth = scenario.world[f"{device}/depth"].value
        assert depth.max() == pytest.approx(flood.depth.max(), abs=0.5)
        assert (depth > 15).sum() >= 30


def test_the_recorded_leak_lifts_the_inflow_of_its_zone(scenario):
    inflow = sum(scenario.world[f"ltown-{pipe}/flow"].value for pipe in ("p227", "p235"))
    time = scenario.world["ltown-p227/flow"].time
    leak = next(one for one in scenario.truth.happenings if one.id == "leak-north")
    hour = (time / 3.6e9 + 8) % 24
    night = (hour >= 2) & (hour < 4)
    before = np.median(inflow[night & (time < leak.began)])
    after = np.median(inflow[night & (time > leak.began)])
    assert 18 < after - before < 30  # 24.7 m³/h at most


def test_the_recording_is_replayed_on_the_same_weekday_and_hour(scenario):
    recorded = np.round(ltown()["p227"], 2)
    played = scenario.world["ltown-p227/flow"]
    assert (played.value == recorded[: len(played.value)]).all()
    leak = next(one for one in scenario.truth.happenings if one.id == "leak-north")
    saturday = timetable.SATURDAY
    assert leak.began - saturday == (2 * 60 + 35) * 60_000_000


def test_every_problem_lies_in_the_time_of_the_scenario_and_has_a_class(scenario):
    before = [one for one in scenario.truth.happenings if one.began < scenario.truth.begins]
    assert [one.id for one in before] == ["leak-north-growing"]  # recorded from its middle on
    for one in scenario.truth.happenings:
        assert one.began < one.ended <= scenario.truth.ends
        assert one.ended > scenario.truth.begins
        assert bool(one.code) == bool(one.conditions) == (one.role == "problem")


def test_the_ledger_of_the_truth_adds_up(scenario):
    ledger = scenario.truth.ledger
    assert ledger.duplicates > 1000
    assert ledger.readings_sent == ledger.readings_distinct + ledger.duplicates
    assert sum(ledger.by_device.values()) == ledger.readings_distinct
    assert ledger.stranger_distinct > 300


def test_every_pipe_that_a_sensor_has_goes_by_it_along_streets(scenario):
    random = scenario.world.random("pipes")
    drawn = {
        (told["network"], told["id"]): read_course(each["geometry"])
        for each in pipes(scenario.district, random)["features"]
        for told in [each["properties"]]
    }
    assert {network for network, _ in drawn} == {"water", "gas", "drain", "power"}
    on = 0
    for device in scenario.district.devices:
        name = device.tags.get("pipe") or device.tags.get("drain")
        if name is None:
            continue
        course = drawn["drain" if device.kind == "flood" else device.kind, name]
        stops = {point for part in course.parts() for point in part}
        assert (round(device.lon * UNITS), round(device.lat * UNITS)) in stops, device.id
        on += 1
    assert on == 47 + 40 + 16
    for course in drawn.values():
        for part in course.parts():
            assert all(a == x or b == y for (a, b), (x, y) in pairwise(part)), "at right angles"


def test_the_same_seed_gives_the_same_pipes_and_another_others(scenario):
    made = [pipes(build_district(), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
