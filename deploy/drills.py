"""Drills of the running system: set up, played by a process each, faulted, paused, ended."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from api.services import DrillRefused, UnknownDrill
from cases.city import City
from deploy.clock import Clock
from deploy.settings import BadSettings
from ingest.exercise import within
from ingest.units import conversion
from simulators.device import Measure
from simulators.drill import truth_of
from simulators.injected import LONGEST, VALUED
from simulators.publisher import Access
from simulators.staging import Stage, stage
from simulators.story import BadStory, stories
from store import drills as store
from store.database import Connection, connect
from store.import_readings import import_readings

log = logging.getLogger(__name__)

SYSTEM = "lifeline"
LEAD = 3.0  #: [s] of our time until a story begins: its devices must be known by then
TELL_CLOCK = 0.5  #: [s]
END_WITHIN = 8.0  #: [s] that a player may take to end
MOST_AT_ONCE = 8


class Player:
    """The process that plays a drill, and the newest of what it says."""

    def __init__(self, asked: dict[str, Any], heard: Callable[[dict[str, Any]], None]) -> None:
        self.said: dict[str, Any] = {}
        self.ended_by_us = False
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulators.drill"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
            text=True,
        )
        self._heard = heard
        self.tell(asked)
        self._listener = Thread(target=self._listen, name="drill", daemon=True)
        self._listener.start()

    def tell(self, what: dict[str, Any]) -> None:
        """Send a line; raises OSError when the process is gone."""
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self.ended_by_us = True
        with suppress(OSError):
            self.tell({"do": "end"})
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            self.said |= said
            self._heard(said)
        self._heard({"gone": self._process.wait()})


class Drills:
    """Keeps a player for each drill that is on; what a drill is stands in the store.

    `access` says how to come in to the broker that the system listens to, `clock` what the time
    is and how fast it goes. A drill that nobody plays, as after a restart, is interrupted: it can
    be ended, and not gone on with.
    """

    def __init__(
        self, database: str, clock: Callable[[], Clock], access: Access, city: City,
        folder: Path | None = None,
    ) -> None:  # fmt: skip
        self._database, self._clock, self._access, self._city = database, clock, access, city
        try:
            self._stories = stories(folder)
        except (BadStory, OSError) as why:
            raise BadSettings(f"scenarios: {why}") from why
        self._players: dict[int, Player] = {}
        self._lock = Lock()
        self._stopping = Event()
        self._told = clock()
        self._thread = Thread(target=self._follow_clock, name="drills", daemon=True)

    def start_up(self) -> None:
        """Mark what an earlier life left behind, and begin to pass on the clock."""
        with self._connected() as connection:
            for drill in store.interrupt(connection, self._now(), SYSTEM):
                log.warning("drill %d was interrupted by the last stop; end it", drill)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for player in [*self._players.values()]:
            player.end()

    def scenarios(self) -> dict[str, dict[str, Any]]:
        return {name: story.model_dump(mode="json") for name, story in self._stories.items()}

    def begin(
        self, scenario: str, seed: int, who: str, lon: float | None, lat: float | None,
        grid_cell: str | None,
    ) -> int:  # fmt: skip
        """Set a drill going; return its number while it is still being prepared."""
        story = self._stories.get(scenario)
        if story is None:
            known = ", ".join(self._stories)
            raise DrillRefused(f"there is no scenario {scenario}; there are {known}")
        if len(self._players) >= MOST_AT_ONCE:
            raise DrillRefused(f"{len(self._players)} drills are on: end one first")
        clock, now = self._clock(), self._now()
        begins = _minute(clock.now() + int(LEAD * 1e6 * max(clock.speed, 1.0)))
        with self._connected() as connection, connection.transaction():
            try:
                place = store.place_of(connection, now, lon, lat, grid_cell)
            except store.NoPlace as why:
                raise DrillRefused(str(why)) from why
            try:
                set_up = stage(story, seed, begins, *place[:2])
            except BadStory as why:
                raise DrillRefused(str(why)) from why
            drill = store.add(
                connection,
                scenario=scenario,
                title_zh=story.title.zh,
                title_en=story.title.en,
                seed=seed,
                began=_moment(begins),
                until=_moment(set_up.ends),
                started_by=who,
                lon=place[0],
                lat=place[1],
                grid_cell=place[2],
                plan={"story": story.model_dump(mode="json"), "truth": truth_of(set_up)},
            )
            store.note(connection, drill, now, who, "start", scenario=scenario, seed=seed)
            store.put_devices(connection, drill, _assets(set_up), now)
        asked = {
            "drill": drill, "story": story.model_dump(mode="json"), "seed": seed, "begins": begins,
            "lon": place[0], "lat": place[1], "access": asdict(self._access),
            "clock": asdict(clock),
        }  # fmt: skip
        Thread(target=self._prepare, args=(drill, set_up, asked), daemon=True).start()
        return drill

    def fault(
        self, drill: int, who: str, what: str, where: str, lasts: timedelta, value: float | None
    ) -> None:
        player = self._player(drill)
        micros = round(lasts.total_seconds() * 1e6)
        if not 0 < micros <= LONGEST:
            raise DrillRefused("a fault lasts longer than nothing and at most a day")
        if what in VALUED and value is None:
            raise DrillRefused(f"{what} needs a value, in the unit that the device sends")
        where = where.removeprefix(within(drill, ""))
        with self._turning(drill) as (connection, _):
            names = store.rows(connection, "senders", drill=drill)
            kind = "gateway" if what == "gateway-outage" else "device"
            known = sorted({each[kind].removeprefix(within(drill, "")) for each in names} - {""})
            if where not in known:
                raise DrillRefused(f"this drill has no {kind} {where}; it has {', '.join(known)}")
            store.note(
                connection, drill, self._now(), who, "fault",
                what=what, where=where, lasts=lasts.total_seconds(), value=value,
            )  # fmt: skip
            player.tell(
                {"do": "fault", "what": what, "where": where, "lasts": micros, "value": value}
            )

    def pause(self, drill: int, who: str) -> None:
        self._pass(drill, who, "pause", "paused", ("running",))

    def resume(self, drill: int, who: str) -> None:
        self._pass(drill, who, "resume", "running", ("paused",))

    def end(self, drill: int, who: str) -> None:
        """End a drill: its player first, then its cases and devices; twice is refused."""
        with self._lock:
            player = self._players.pop(drill, None)
        if player is not None:
            player.end()
        with self._connected() as connection:
            with connection.transaction():
                state = store.state_of(connection, drill)
            if state is None:
                raise UnknownDrill(f"there is no drill {drill}")
            if state == store.ENDED:
                raise DrillRefused(f"drill {drill} has ended already")
            store.end(connection, drill, self._now(), who, self._city)

    def _prepare(self, drill: int, set_up: Stage, asked: dict[str, Any]) -> None:
        """Bring in what the detectors must know, then let the player begin."""
        try:
            with self._connected() as connection:
                self._import(connection, drill, set_up, asked["begins"])
                with connection.transaction():
                    store.news(connection)
            player = Player(asked, lambda said: self._hear(drill, said))
            with self._lock:
                self._players[drill] = player
            with self._turning(drill) as (connection, state):
                if state == "preparing":
                    store.turn(connection, drill, "running")
        except (psycopg.Error, OSError) as why:
            log.warning("drill %d cannot begin", drill, exc_info=True)
            self._fail(drill, f"it could not begin: {why}")

    def _import(self, connection: Connection, drill: int, set_up: Stage, begins: int) -> None:
        history = _history(drill, set_up)
        if history.num_rows:
            with TemporaryDirectory(prefix="lifeline-drill-") as folder:
                file = Path(folder) / "history.parquet"
                pq.write_table(history, file)
                import_readings(connection, file, begins, rejudge=False)

    def _pass(self, drill: int, who: str, verb: str, after: str, of: tuple[str, ...]) -> None:
        player = self._player(drill)
        with self._turning(drill) as (connection, state):
            if state not in of:
                raise DrillRefused(f"drill {drill} is {state}: nothing to {verb}")
            store.turn(connection, drill, after)
            store.note(connection, drill, self._now(), who, verb)
            player.tell({"do": verb})

    def _player(self, drill: int) -> Player:
        player = self._players.get(drill)
        if player is None or not player.is_alive():
            with self._connected() as connection:
                if not store.rows(connection, "plan", drill=drill):
                    raise UnknownDrill(f"there is no drill {drill}")
            raise DrillRefused(f"nobody plays drill {drill} now: it can only be ended")
        return player

    def _hear(self, drill: int, said: dict[str, Any]) -> None:
        """Keep what a player says in the store."""
        try:
            if "refused" in said:
                log.warning("drill %d: %s", drill, said["refused"])
                with self._turning(drill) as (connection, _):
                    store.note(
                        connection, drill, self._now(), SYSTEM, "refuse", why=said["refused"]
                    )
            elif "truth" in said:
                with self._turning(drill) as (connection, state):
                    [row] = store.rows(connection, "plan", drill=drill)
                    plan = {**row["plan"], "truth": said["truth"]}
                    store.turn(connection, drill, state, plan=plan)
            elif said.get("state") == "over":
                with self._turning(drill) as (connection, state):
                    if state == "running":
                        store.turn(connection, drill, "over")
                        store.note(connection, drill, self._now(), SYSTEM, "over")
            elif "gone" in said:
                self._gone(drill)
        except psycopg.Error:
            log.warning("what drill %d says could not be kept", drill, exc_info=True)

    def _gone(self, drill: int) -> None:
        with self._lock:
            player = self._players.pop(drill, None)
        if player is not None and not player.ended_by_us and not self._stopping.is_set():
            self._fail(drill, "its player has ended; see the log")

    def _fail(self, drill: int, why: str) -> None:
        with suppress(psycopg.Error), self._turning(drill) as (connection, state):
            if state != store.ENDED:
                store.turn(connection, drill, "failed")
                store.note(connection, drill, self._now(), SYSTEM, "fail", why=why)

    def _follow_clock(self) -> None:
        """Tell players when the clock goes otherwise than they know."""
        while not self._stopping.wait(TELL_CLOCK):
            clock = self._clock()
            if clock != self._told:
                self._told = clock
                for player in [*self._players.values()]:
                    with suppress(OSError):
                        player.tell({"do": "clock", **asdict(clock)})

    @contextmanager
    def _turning(self, drill: int) -> Iterator[tuple[Connection, str]]:
        """Hold a drill's row in a transaction, and say in which state it is."""
        with self._connected() as connection, connection.transaction():
            state = store.state_of(connection, drill)
            if state is None:
                raise UnknownDrill(f"there is no drill {drill}")
            yield connection, state

    def _connected(self) -> Connection:
        return connect(self._database)

    def _now(self) -> datetime:
        return _moment(self._clock().now())


def _assets(set_up: Stage) -> Iterator[dict[str, Any]]:
    """Yield what the store must know of each channel, as an assets file would say it."""
    for device in set_up.world.district.devices:
        for measure in device.measures:
            role = measure.role or device.role
            interval = measure.interval or max(one.interval for one in device.measures)
            own = {"role": role, "class": device.problem_class}
            own |= {tag: device.tags[tag] for tag in ("noise_zone",) if tag in device.tags}
            yield {
                "device": device.wire_id,
                "channel": device.channel(measure.name),
                "name": measure.name,
                "quantity": measure.quantity,
                "unit": measure.unit,
                **_limits(measure),
                "interval": timedelta(seconds=interval),
                "reports_every": timedelta(seconds=device.reports_every),
                "lon": device.lon,
                "lat": device.lat,
                "time_zone": "Asia/Shanghai",
                "tags": {
                    "kind": device.kind,
                    "zone": device.zone,
                    "gateway": device.gateway,
                    **{
                        tag: device.tags[tag]
                        for tag in ("transformer", "pipe", "drain")
                        if tag in device.tags
                    },
                },
                "channel_tags": own,
                "attributes": device.attributes,
            }


def _limits(measure: Measure) -> dict[str, float]:
    factor, offset = conversion(measure.unit, measure.quantity)
    bounds = {"lowest": (measure.lowest, -np.inf), "highest": (measure.highest, np.inf)}
    return {
        name: none if given is None else float(factor * given + offset)
        for name, (given, none) in bounds.items()
    }


def _history(drill: int, set_up: Stage) -> pa.Table:
    """Return what was usual before the story, as a readings file has it."""
    time, channel, value = [np.zeros(0, np.int64)], [np.zeros(0, np.str_)], [np.zeros(0)]
    own = {device.id for device in set_up.world.district.devices}
    for name, track in set_up.world.tracks.items():
        part = track.between(0, set_up.world.begins)
        if track.device.id in own and len(track.time[part]):
            time.append(track.time[part])
            value.append(track.value[part])
            channel.append(np.repeat(within(drill, name), len(track.time[part])))
    return pa.table(
        {
            "time": pa.array(np.concatenate(time), pa.timestamp("us", tz="UTC")),
            "channel": pa.array(np.concatenate(channel).tolist(), pa.string()),
            "value": np.concatenate(value),
        }
    )


def _minute(micros: int) -> int:
    return -(-micros // 60_000_000) * 60_000_000


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
