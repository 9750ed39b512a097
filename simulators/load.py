"""A load whose every reading can be computed again: device times, values and all, by seed.

Message k is the same bytes whoever asks, so a checker can say exactly which readings must
be in the store (`expected_readings`) after crashes, redeliveries and restarts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators.load_kinds import KINDS

GAS = list(KINDS).index("gas")
VALUES = 4093  #: prime, so that strides through the table visit all of it


@dataclass(frozen=True)
class Load:
    """What to publish: `devices` in turn, `rate` messages a second, from event time `start`.

    `form` json: one device a message. lines: `batch` devices a message, one line each,
    as a gateway sends them. `readings` fields a device (1..3). In each `trouble_every`-th
    gas well there is 6 %VOL of methane from `trouble` [ticks) on, which makes one case
    each.
    """

    devices: int = 1000
    rate: float = 2000.0
    readings: int = 3
    form: Literal["json", "lines"] = "json"
    batch: int = 500
    start: int = 1_780_000_000_000_000  #: event time of message 0 [µs since 1970 UTC]
    seed: int = 1
    trouble_every: int = 0  #: 0: a quiet city
    trouble: tuple[int, int] = (5, 25)
    prefix: str = "load"
    topic: str = "city"

    @cached_property
    def groups(self) -> int:
        """How many messages make one tick: every device once."""
        return self.devices if self.form == "json" else -(-self.devices // self.batch)

    @property
    def step(self) -> int:
        """Microseconds of event time from one message to the next."""
        return round(1e6 / self.rate)

    @cached_property
    def kind_names(self) -> list[str]:
        return list(KINDS)

    def kind(self, device: int) -> str:
        return self.kind_names[device % len(KINDS)]

    def device_name(self, device: int) -> str:
        return f"{self.prefix}-{device:05d}"

    def gateway(self, device: int) -> str:
        """Return who publishes for the device; "" if it does so itself."""
        return "" if self.form == "json" else f"{self.prefix}-gateway-{device // self.batch:03d}"

    def troubled(self, device: int) -> bool:
        ordinal, kind = divmod(device, len(KINDS))
        return self.trouble_every > 0 and kind == GAS and ordinal % self.trouble_every == 0

    @cached_property
    def tables(self) -> dict[tuple[str, int], list[bytes]]:
        """Texts of the values a field may have: every value there is was written here once."""
        random = np.random.default_rng(self.seed)
        return {
            (kind, place): [
                b"%.3f" % value for value in random.uniform(field.low, field.high, VALUES)
            ]
            for kind, (_, fields) in KINDS.items()
            for place, field in enumerate(fields)
        }

    @cached_property
    def strides(self) -> NDArray[np.int64]:
        """(devices, 3, 2): where a device begins in a field's table, and how far it steps."""
        random = np.random.default_rng(self.seed + 1)
        return random.integers(1, VALUES, (self.devices, 3, 2))

    @cached_property
    def _rows(self) -> list[list[tuple[list[bytes], int, int]]]:
        strides = self.strides.tolist()
        return [
            [(self.tables[self.kind(d), place], *strides[d][place]) for place in range(3)]
            for d in range(self.devices)
        ]

    @cached_property
    def _shapes(self) -> list[bytes]:
        return [self._shape(device) for device in range(self.devices)]

    def _shape(self, device: int) -> bytes:
        names = [field.name for field in KINDS[self.kind(device)][1][: self.readings]]
        name = self.device_name(device)
        if self.form == "json":
            fields = "".join(f',"{field}":%b' for field in names)
            return f'{{"device":"{name}","time":%d{fields}}}'.encode()
        fields = ",".join(f"{field}=%b" for field in names)
        return f"reading,device={name} {fields} %d".encode()

    def _values(self, device: int, tick: int) -> list[bytes]:
        values = [
            table[(first + tick * stride) % VALUES]
            for table, first, stride in self._rows[device][: self.readings]
        ]
        if self.troubled(device) and self.trouble[0] <= tick < self.trouble[1]:
            values[0] = b"6.000"
        return values

    def message(self, k: int) -> tuple[str, bytes]:
        """Return topic and payload of message `k`."""
        tick, group = divmod(k, self.groups)
        time = self.start + k * self.step
        if self.form == "json":
            payload = self._shapes[group] % (time // 1000, *self._values(group, tick))
            return f"{self.topic}/{self.device_name(group)}/json", payload
        first = group * self.batch
        lines = [
            self._shapes[device] % (*self._values(device, tick), time * 1000)
            for device in range(first, min(first + self.batch, self.devices))
        ]
        return f"{self.topic}/{self.gateway(first)}/lines", b"\n".join(lines)


class Expected(NamedTuple):
    """Readings that must be stored, a row each; values in the unit on the wire."""

    channel: NDArray[np.str_]
    time: NDArray[np.int64]  #: [µs since 1970 UTC]
    value: NDArray[np.float64]


def expected_readings(load: Load, messages: int) -> Expected:
    """Return every reading of the first `messages` messages, message by message."""
    channels: list[str] = []
    times: list[int] = []
    values: list[float] = []
    for k in range(messages):
        tick, group = divmod(k, load.groups)
        if load.form == "json":
            devices, time = range(group, group + 1), (load.start + k * load.step) // 1000 * 1000
        else:
            first = group * load.batch
            devices = range(first, min(first + load.batch, load.devices))
            time = load.start + k * load.step
        for device in devices:
            fields = KINDS[load.kind(device)][1]
            for place, text in enumerate(load._values(device, tick)):
                channels.append(f"{load.device_name(device)}/{fields[place].name}")
                times.append(time)
                values.append(float(text))
    return Expected(np.array(channels), np.array(times), np.array(values))


def write_assets(load: Load, path: Path) -> None:
    """Write the load's devices in the assets format, so that every rule pack binds to them."""
    tick = load.groups * load.step / 1e6
    head = (
        "channel,device,name,quantity,unit,component,class,lon,lat,zone,interval,kind,role,gateway"
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(head.split(","))
        for device in range(load.devices):
            kind = load.kind(device)
            role, fields = KINDS[kind]
            name = load.device_name(device)
            for field in fields[: load.readings]:
                out.writerow(
                    [
                        f"{name}/{field.name}",
                        name,
                        field.name,
                        field.name,
                        field.unit,
                        f"3401020103{device + 1:06d}",  # no serial is zero
                        "0103",
                        f"{117.2 + device % 100 * 0.001:.5f}",
                        f"{31.8 + device // 100 * 0.001:.5f}",
                        f"{load.prefix}-zone-{device // 50}",
                        f"PT{max(tick, 1.0):g}S",
                        kind,
                        role,
                        load.gateway(device),
                    ]
                )
