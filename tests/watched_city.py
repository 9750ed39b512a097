"""A watched city in a database: devices of all kinds, a day of readings, cases, odds and ends."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import orjson
from psycopg.types.json import Jsonb

from cases.city import load_city
from ingest.batch import Batch, Floats, Times, concatenate, make_batch
from ingest.intake import Intake, Unknown
from ingest.message import Message, Reject
from ingest.quality import Quality
from ingest.quantities import QUANTITIES
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.database import Connection
from store.import_pipes import import_pipes
from store.readings import Writer
from store.rollups import roll
from store.settlement import settle

NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
HERE = np.datetime64("2024-03-01T06:30:00", "us")
MINUTE = np.timedelta64(60, "s")
DAY = np.timedelta64(24, "h")
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
EACH = 16  #: devices of a kind
ROADS = ("文一路", "学院路", "古墩路", "丰潭路", "莫干山路", "余杭塘路", "竞舟路", "教工路")


class Kind(NamedTuple):
    field: str
    quantity: str
    unit: str
    usual: float  #: SI
    swing: float  #: over the day, SI
    noise: float  #: SI
    component: str  #: class of what it watches
    called: str


KINDS = {
    "flood": Kind("depth", "depth", "cm", 0.004, 0.0, 0.001, "0602", "积水点"),
    "water": Kind("pressure", "pressure", "MPa", 3.4e5, 3e4, 2e3, "0125", "供水器"),
    "gas": Kind("methane", "methane", "%VOL", 0.0012, 0.0006, 1e-4, "0111", "燃气井盖"),
    "power": Kind("voltage", "voltage", "V", 226.0, 4.0, 0.8, "0128", "变压器"),
    "noise": Kind("leq", "sound_level", "dB", 54.0, 6.0, 1.2, "0602", "工地"),
    "cover": Kind("tilt", "tilt", "°", 0.02, 0.0, 0.003, "0103", "雨水井盖"),
}


class Problem(NamedTuple):
    rule: str
    title: tuple[str, str]  #: English, Chinese
    kind: str
    number: int  #: of the device of its kind
    code: str  #: class and condition in GB/T 30428.2-2013
    condition: str
    before: int  #: [min] before NOW it began
    lasted: int | None  #: [min]; None: still standing
    value: float  #: at its worst, SI
    limits: dict[str, float]
    severity: str


PROBLEMS = (
    Problem(
        "flood.road.standing-water", ("Standing water on the road", "道路积水"), "flood", 3,
        "0506", "standing-water", 110, 85, 0.31, {"high": 0.15}, "orange",
    ),
    Problem(
        "gas.methane.explosive", ("Explosive methane in a well", "井内甲烷达到爆炸下限"), "gas", 7,
        "0502", "gas-leak", 50, None, 0.052, {"high": 0.05}, "red",
    ),
    Problem(
        "water.pressure.low", ("Water pressure too low in a zone", "供水压力过低"), "water", 5,
        "0501", "pipe-burst", 62, None, 1.1e5, {"low": 1.4e5}, "yellow",
    ),
    Problem(
        "cover.opened", ("Manhole cover opened or missing", "井盖开启或丢失"), "cover", 2,
        "0103", "cover-missing", 35, None, 0.9, {"high": 0.21}, "orange",
    ),
    Problem(
        "noise.construction-night", ("Construction noise at night", "夜间施工噪声扰民"), "noise", 9,
        "0301", "construction-noise", 20, None, 74.0, {"high": 70.0}, "blue",
    ),
    Problem(
        "health.silent", ("Device silent", "设备离线"), "power", 11,
        "0128", "damaged", 300, None, 0.0, {}, "blue",
    ),
)  # fmt: skip


def build(connection: Connection) -> None:
    """Fill a migrated, empty database; all is settled, rolled up and committed."""
    rng = np.random.default_rng(7)
    _places(connection, rng)
    batch = _readings(rng)
    messages, rejects = _letters()
    Writer(connection).store(
        Intake(
            messages=messages,
            batch=batch,
            row_message=np.zeros(len(batch), dtype=np.int32),
            unknown=_strangers(),
            rejects=rejects,
            untimed=[],
        )
    )
    settle(connection, [_event(problem) for problem in PROBLEMS], NOTHING_NEW, NOW, load_city())
    connection.commit()
    while roll(connection):
        pass
    connection.commit()


def channel_number(kind: str, number: int) -> int:
    return 1 + list(KINDS).index(kind) * EACH + number


def component_of(kind: str, number: int) -> str:
    return f"330106{KINDS[kind].component}{channel_number(kind, number):06d}"


def _places(connection: Connection, rng: np.random.Generator) -> None:
    for n in range(9):
        west, south = 120.10 + 0.02 * (n % 3), 30.27 + 0.02 * (n // 3)
        connection.execute(
            "INSERT INTO grid_cells (code, west, south, east, north) VALUES (%s, %s, %s, %s, %s)",
            (f"3301060010{n:02d}001", west, south, west + 0.02, south + 0.02),
        )
    for kind, about in KINDS.items():
        for number in range(EACH):
            lon, lat = rng.uniform([120.102, 30.272], [120.158, 30.328]).round(5).tolist()
            device, component = f"{kind}-{number:03d}", component_of(kind, number)
            road = ROADS[(number + channel_number(kind, 0)) % len(ROADS)]
            code_list = "CJ/T 214-2007" if about.component == "0602" else "GB/T 30428.2-2013"
            tags = {"kind": kind, "zone": f"z{number % 3}", "pipe": f"p{number % 5}"}
            connection.execute(
                "INSERT INTO components (code, code_list, class, name, lon, lat)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (component, code_list, about.component, f"{road}{about.called} {number}", lon, lat),
            )
            connection.execute(
                "INSERT INTO devices (id, status, component, gateway, lon, lat, tags)"
                " VALUES (%s, 'active', %s, %s, %s, %s, %s)",
                (device, component, f"gw-{number % 4}", lon, lat, Jsonb(tags)),
            )
            id, highest = f"{device}.{about.field}", QUANTITIES[about.quantity].highest
            connection.execute(
                "INSERT INTO channels (id, device, name, quantity, unit, highest, interval)"
                " VALUES (%s, %s, %s, %s, %s, %s, 'PT5M')",
                (id, device, about.field, about.quantity, about.unit, highest),
            )
    import_pipes(connection, orjson.dumps(_pipes(connection)))
    connection.commit()


def _pipes(connection: Connection) -> dict[str, Any]:
    """Two mains through their sensors, from west to east, streets on the way."""
    features = []
    for network, pipe, name in (("gas", "p2", "文一路中压管"), ("water", "p0", "学院路供水干管")):
        rows = connection.execute(
            "SELECT lon, lat FROM devices WHERE tags @> %s ORDER BY lon",
            (Jsonb({"kind": network, "pipe": pipe}),),
        ).fetchall()
        points = [
            point
            for (lon, lat), (east, _) in pairwise([*rows, rows[-1]])
            for point in ((lon, lat), (east, lat))
        ]
        told = {"id": pipe, "network": network, "name": name, "diameter": 0.3, "year": 2009}
        shape = {"type": "LineString", "coordinates": points}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    return {"type": "FeatureCollection", "features": features}


def _readings(rng: np.random.Generator) -> Batch:
    """A reading every five minutes of the last day, with the curves of the problems."""
    time = np.arange(HERE - DAY, HERE + MINUTE, 5 * MINUTE)
    batches = []
    for kind, about in KINDS.items():
        for number in range(EACH):
            day = np.sin((time - time[0]) / DAY * 2 * np.pi)
            value = about.usual + about.swing * day + about.noise * rng.standard_normal(len(time))
            shown = time
            for problem in PROBLEMS:
                if (problem.kind, problem.number) == (kind, number):
                    shown, value = _with(problem, time, value)
            channel = np.full(len(shown), channel_number(kind, number))
            batches.append(make_batch(channel, shown, value, received=np.full(len(shown), HERE)))
    for time_of, value_of, flag in (
        (HERE - 7 * MINUTE, 99.0, Quality.OUT_OF_RANGE),
        (HERE + DAY, 0.3, Quality.FUTURE),
    ):
        quality = np.array([flag], dtype=np.uint16)
        received = np.array([HERE])
        batches.append(make_batch([1], [time_of], [value_of], received=received, quality=quality))
    return concatenate(batches)


def _with(problem: Problem, time: Times, value: Floats) -> tuple[Times, Floats]:
    began = HERE - problem.before * MINUTE
    if problem.rule == "health.silent":
        return time[time < began], value[time < began]
    age = (time - began) / MINUTE
    length = problem.lasted or 24 * 60
    share = np.clip(age / 25, 0, 1) * np.exp(-np.maximum(age - length * 0.5, 0) / (length * 0.2))
    return time, value + (problem.value - value) * share


def _event(problem: Problem) -> Event:
    """What the engine would say of the problem."""
    about = KINDS[problem.kind]
    began = HERE - problem.before * MINUTE
    device = f"{problem.kind}-{problem.number:03d}"
    ended = None if problem.lasted is None else began + problem.lasted * MINUTE
    member = {
        "channel": f"{device}.{about.field}",
        "signal": "first",
        "quantity": about.quantity,
        "unit": QUANTITIES[about.quantity].unit,
        "began": f"{began}Z",
        "raised": f"{began + 4 * MINUTE}Z",
        "cleared": None,
        "peak": 1.6,
        "peak_value": problem.value,
        "expected": problem.limits,
    }
    why: dict[str, Any] = {
        "rule": problem.rule,
        "title": dict(zip(("en", "zh"), problem.title, strict=True)),
        "because": {
            "en": "Beyond its limit the filing condition holds.",
            "zh": "超过限值即符合立案条件。",
        },
        "members": [member],
        "quiet_if": [f"first: {about.quantity} {n} {v:g}" for n, v in problem.limits.items()],
        "false_alarms": [{"en": "somebody parks under the sensor", "zh": "传感器下停有车辆"}],
        "steps": [
            {"en": "Send a crew.", "zh": "派队伍到场。"},
            {"en": "Close the road.", "zh": "封闭道路。"},
        ],
    }
    of_device = problem.rule.startswith("health.")
    component = component_of(problem.kind, problem.number)
    return Event(
        rule=problem.rule,
        version="6e1f0c2b9a7d4e35",
        scope="device" if of_device else "component",
        subject=device if of_device else component,
        code_list="GB/T 30428.2-2013",
        code=problem.code,
        condition=problem.condition,
        severity=problem.severity,
        began=began,
        raised=began + 4 * MINUTE,
        found=began + 5 * MINUTE,
        ended=ended,
        standing=Standing.STANDING if ended is None else Standing.OVER,
        channels=(channel_number(problem.kind, problem.number),),
        peak=1.6,
        case_key=f"{problem.rule}|{component}",
        why=why,
    )


def _letters() -> tuple[list[Message], list[Reject]]:
    """Messages of which the second cannot be read, and the third only in part."""
    at = HERE.astype(np.int64).item()
    payloads = [b"{}", b"\xff\xfenot text", b'[{"device": "x"}, 7]']
    messages = [
        Message("city", "city/x/up", payload, at + n, "json", "x")
        for n, payload in enumerate(payloads)
    ]
    return messages, [Reject(1, "not UTF-8 at byte 0"), Reject(2, "record 1 is no object", 7)]


def _strangers() -> Unknown:
    """Five readings of a device that nobody knows, one of them a state."""
    n = 5
    return Unknown(
        message=np.zeros(n, dtype=np.int32),
        device=["new/one"] * n,
        name=["depth"] * 4 + ["door"],
        time=HERE - np.arange(n) * MINUTE,
        value=np.array([0.1, 0.2, 0.3, 0.4, np.nan]),
        state=[None] * 4 + ["open"],
        unit=["m"] * 4 + [""],
        quality=np.zeros(n, dtype=np.uint16),
    )
