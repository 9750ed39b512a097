"""Play a story over MQTT from a process of its own, in the clock that it is told of.

Reads lines of JSON: first what is to be played, then the clock whenever it changes, and what the
drill leader does: a fault, pause, resume, end. Writes lines of JSON: how far it is, and what is
true by now whenever that has changed.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from queue import Empty, Queue
from threading import Thread
from typing import Any, TextIO

from simulators.injected import BadFault
from simulators.parcel import Parcel
from simulators.publisher import Access, Sender
from simulators.staging import AHEAD, Stage, stage
from simulators.story import Story
from simulators.world import SECOND

TICK = 0.05  #: [s] between two looks at the clock
TELL = 0.5  #: [s] between two lines that say how far it is
STILL = 30 * SECOND  #: while it is paused the world stands still for so long at a time
PATIENCE = 30.0  #: [s] that the broker may take to let us in
UNSENT = 5.0  #: [s] that an end waits for what the broker has not acknowledged


@dataclass
class Clock:
    """The clock of the running system: event = event_start + speed * (wall - wall_start) [µs]."""

    event_start: int
    wall_start: int
    speed: float

    def now(self) -> int:
        wall = time.time_ns() // 1000
        return self.event_start + int(self.speed * (wall - self.wall_start))


@dataclass
class Player:
    """A stage, and how far it has been played."""

    stage: Stage
    sent_until: int  #: what was to be sent by then has been [µs]
    waiting: list[Parcel] = field(default_factory=list)  #: the next one last
    still_until: int = 0  #: while it is paused
    paused: bool = False

    def __post_init__(self) -> None:
        self._renew()

    def due(self, now: int) -> list[Parcel]:
        """Return the messages that are to be sent by `now`, in their order, once."""
        if self.paused:
            while self.still_until <= now + STILL:
                self._stand_still(self.still_until)
        elif now > self.stage.world.ends - AHEAD // 2:
            self._stand_still(self.stage.world.ends, AHEAD)
        found: list[Parcel] = []
        while self.waiting and self.waiting[-1].at <= now:
            found.append(self.waiting.pop())
        self.sent_until = max(now, self.sent_until)
        return found

    def pause(self, now: int) -> None:
        if not self.paused:
            self.paused, self.still_until = True, max(now, self.sent_until)

    def resume(self) -> None:
        self.paused = False

    def fault(self, what: str, where: str, now: int, lasts: int, value: float | None) -> None:
        """Put a fault in from now on; raises BadFault."""
        self.stage.fault(what, where, max(now, self.sent_until), lasts, value)
        self._renew()

    def _stand_still(self, at: int, lasts: int = STILL) -> None:
        self.stage.stand_still(at, lasts)
        self.still_until = at + lasts
        self._renew()

    def _renew(self) -> None:
        self.waiting = self.stage.parcels(self.sent_until)[::-1]


def truth_of(stage: Stage) -> dict[str, Any]:
    return {"ends": stage.ends, "happenings": [asdict(one) for one in stage.happenings]}


def play(asked: dict[str, Any], commands: Queue[dict[str, Any]], out: TextIO) -> None:
    """Play until the end is asked for; raises TimeoutError when the broker does not answer."""

    def say(**what: Any) -> None:
        print(json.dumps(what), file=out, flush=True)

    story = Story.model_validate(asked["story"])
    set_up = stage(story, asked["seed"], asked["begins"], asked["lon"], asked["lat"])
    player = Player(set_up, asked["begins"] - 1)
    clock = Clock(**asked["clock"])
    tree = f"drill/{asked['drill']}/"
    sender = Sender(f"drill-{asked['drill']}", Access(**asked["access"]))
    until = time.monotonic() + PATIENCE
    while not sender.client.is_connected():
        if time.monotonic() > until:
            raise TimeoutError(f"cannot come in to {asked['access']['url']}")
        time.sleep(0.02)
    say(connected=True)
    told, known, on = 0.0, "", True
    while on:
        now = clock.now()
        while True:
            try:
                command = commands.get_nowait()
            except Empty:
                break
            match command.pop("do"):
                case "clock":
                    clock = Clock(**command)
                case "pause":
                    player.pause(now)
                case "resume":
                    player.resume()
                case "fault":
                    try:
                        player.fault(now=now, **command)
                    except BadFault as why:
                        say(refused=str(why))
                case "end":
                    on = False
        for parcel in player.due(now):
            sender.publish(tree + parcel.topic, parcel.payload)
        if time.monotonic() - told > TELL:
            told = time.monotonic()
            over = now >= player.stage.ends and not player.paused
            say(
                at=now, published=sender.published, acknowledged=sender.acknowledged,
                state="paused" if player.paused else "over" if over else "running",
            )  # fmt: skip
        truth = json.dumps(truth_of(player.stage))
        if truth != known:
            known = truth
            print(json.dumps({"truth": json.loads(truth)}), file=out, flush=True)
        time.sleep(TICK)
    until = time.monotonic() + UNSENT
    while sender.acknowledged < sender.published and time.monotonic() < until:
        time.sleep(0.02)
    sender.close()


def main() -> None:
    commands: Queue[dict[str, Any]] = Queue()
    asked = json.loads(sys.stdin.readline())

    def listen() -> None:
        for line in sys.stdin:
            commands.put(json.loads(line))
        commands.put({"do": "end"})  # who started us is gone

    Thread(target=listen, daemon=True).start()
    play(asked, commands, sys.stdout)


if __name__ == "__main__":
    main()
