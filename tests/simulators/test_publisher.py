"""The publisher keeps the pace of its clock and leaves no message unacknowledged."""

import json
import subprocess
import sys
import time

import pytest
from rude_broker import RudeBroker

from simulators.parcel import Parcel, write_parcels
from simulators.publisher import Pace, Publisher

BEGINS = 1_788_494_400_000_000
SECOND = 1_000_000


@pytest.fixture
def parcels(tmp_path):
    many = [
        Parcel(BEGINS + place * SECOND, f"gateway-{place % 2}", "city/x/json", b"%d" % place)
        for place in range(300)
    ]
    write_parcels(many, tmp_path / "parcels.parquet")
    return tmp_path / "parcels.parquet"


def test_every_message_is_acknowledged_though_the_broker_hangs_up_again_and_again(parcels):
    broker = RudeBroker(patience=100)
    broker.start()
    publisher = Publisher(parcels, broker.url)
    publisher.wait_until_connected()
    progress = publisher.publish(Pace(BEGINS, time.time_ns() // 1000, 1000.0), resend_after=0.5)
    publisher.close()
    broker.stop()
    assert (progress.published, progress.acknowledged) == (300, 300)
    assert set(broker.heard) == {b"%d" % place for place in range(300)}
    assert broker.resent > 0


def test_a_message_goes_out_when_the_fast_clock_reaches_it(parcels):
    pace = Pace(BEGINS, 5_000_000, 100.0)
    assert pace.wall(BEGINS) == 5.0
    assert pace.wall(BEGINS + 250 * SECOND) == 7.5


def test_the_process_waits_for_its_pace_and_reports_what_it_did(parcels):
    broker = RudeBroker(patience=10_000)
    broker.start()
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.publisher", str(parcels), broker.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "connected\n"
    assert not broker.heard
    pace = {"event_start": BEGINS, "wall_start": time.time_ns() // 1000, "speed": 3000.0}
    said, _ = process.communicate(json.dumps(pace) + "\n", timeout=30)
    broker.stop()
    last = json.loads(said.splitlines()[-1])
    assert process.returncode == 0
    assert (last["published"], last["acknowledged"]) == (300, 300)
