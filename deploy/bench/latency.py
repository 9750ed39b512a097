"""From publish to case visible in the API, while a load flows."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep, time, time_ns
from urllib.request import Request, urlopen

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from deploy.bench.rig import Rig, until
from simulators.load import Load

POLL = 0.005  #: [s]
EVERY = 0.25  #: [s] from one well to the next, or longer where its case takes longer
HEAD = "channel,device,name,quantity,unit,component,class,lon,lat,zone,interval,kind,role"


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from handing the message to the client until the API lists the case."""

    messages_per_second: float
    probes: int
    p50: float
    p90: float
    p99: float
    highest: float


def write_wells(path: Path, count: int) -> None:
    """Write `count` gas wells: two readings at the explosive limit are a case, at once."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEAD.split(","))
        for well in range(count):
            device = f"probe-{well:04d}"
            out.writerow(
                [
                    *(f"{device}/methane", device, "methane", "methane", "%VOL"),
                    *(f"3401020103{900_000 + well:06d}", "0103"),
                    *(f"{117.5 + well % 100 * 0.001:.5f}", f"{31.5 + well // 100 * 0.001:.5f}"),
                    *(f"probe-zone-{well // 50}", "PT24H", "gas", "well"),
                ]
            )


def visible(rig: Rig, device: str) -> bool:
    """Say whether the API lists a case whose event is about `device`."""
    asked = Request(
        f"{rig.http}/api/v1/cases?open=true&limit=20",
        headers={"Authorization": f"Bearer {rig.key}"},
    )
    with urlopen(asked, timeout=10) as answer:
        cases = json.load(answer)["items"]
    return any(case["component"] == f"3401020103{900_000 + int(device[-4:]):06d}" for case in cases)


def measure(folder: Path, load: Load, probes: int) -> Latency:
    """Fill `probes` wells with gas one after the other while `load` flows; return the delays."""
    load = replace(load, start=int(time()) * 1_000_000)
    delays: list[float] = []
    with Rig(folder) as rig:
        rig.import_assets(load)
        wells = folder / "wells.csv"
        write_wells(wells, probes)
        rig.run("import", "assets", str(wells))
        rig.start_lifeline()
        sender = rig.send(load, int(load.rate * (probes * max(EVERY, 0.5) + 20)))
        until(lambda: rig.metrics().get("lifeline_readings_total", 0) > 0, "load flows")
        sleep(5)
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="probe")
        client.connect("127.0.0.1", rig.mqtt_port)
        client.loop_start()
        for well in range(probes):
            device = f"probe-{well:04d}"
            now = time_ns() // 1_000_000
            body = [{"device": device, "time": at, "methane": 6} for at in (now - 1000, now)]
            began = monotonic()
            client.publish(f"city/{device}/json", json.dumps(body), qos=1)
            while not visible(rig, device):
                if monotonic() - began > 30:
                    raise TimeoutError(f"no case for {device} after 30 s")
                sleep(POLL)
            delays.append(monotonic() - began)
            sleep(max(0.0, EVERY - delays[-1]))
        client.disconnect()
        client.loop_stop()
        sender.kill()
    p50, p90, p99 = np.percentile(delays, [50, 90, 99])
    return Latency(load.rate, probes, float(p50), float(p90), float(p99), max(delays))
