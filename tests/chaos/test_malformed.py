"""Whatever is published, each message that cannot be used is a dead letter an operator can read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import time

import psycopg
import pytest
from malformed import malformed

from deploy.bench.rig import Rig, until
from simulators.load import Load
from simulators.sender import send

pytestmark = [pytest.mark.server, pytest.mark.broker]


@dataclass(frozen=True)
class Mixed(Load):
    """Every second message is a malformed one, under a topic of its own."""

    bad: tuple[tuple[str, bytes], ...] = ()

    def message(self, k: int) -> tuple[str, bytes]:
        place, is_bad = divmod(k, 2)
        if not is_bad:
            return super().message(place)
        wire_format, payload = self.bad[place]
        return f"bad/{wire_format}/{place}", payload


def survive(folder: Path, count: int, rate: float) -> None:
    bad = tuple(malformed(count, seed=7))
    load = Mixed(devices=500, rate=rate, start=int(time()) * 1_000_000, bad=bad)
    topics = [{"filter": "city/{device}/#"}]
    topics += [{"filter": f"bad/{name}/#", "format": name} for name in {name for name, _ in bad}]
    with Rig(folder, topics=topics) as rig:
        rig.import_assets(load)
        rig.start_lifeline()
        tally = send(load, rig.mqtt, 2 * count)
        assert tally.acknowledged == 2 * count
        until(lambda: rig.metrics()["lifeline_messages_total"] >= 2 * count, "all taken in")
        assert rig.stored() >= 3 * count, "a good message between bad ones was lost"
        with psycopg.connect(rig.database) as connection:
            [named] = connection.execute(
                "SELECT count(DISTINCT topic) FROM dead_letters"
                " WHERE topic LIKE 'bad/%' AND length(reason) > 8"
            ).fetchone() or (0,)
            [good] = connection.execute(
                "SELECT count(*) FROM readings r JOIN channels c ON c.number = r.channel"
                " WHERE c.device LIKE 'load-%' AND r.quality = 0"
            ).fetchone() or (0,)
        assert named == count
        assert good == 3 * count
        assert rig.is_ready()


def test_ten_thousand_malformed_payloads_between_good_ones(open_folder: Path) -> None:
    survive(open_folder, 10_000, rate=4000)


@pytest.mark.slow
def test_a_hundred_thousand_malformed_payloads_between_good_ones(open_folder: Path) -> None:
    survive(open_folder, 100_000, rate=4000)
