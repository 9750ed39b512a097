"""What a simulated device is: where it stands, what it measures, how it speaks."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measure:
    """One field that a device sends; numbers in the unit on the wire."""

    name: str
    quantity: str
    unit: str
    interval: int  #: [s] between readings
    lowest: float | None = None
    highest: float | None = None
    role: str = ""


@dataclass(frozen=True)
class Device:
    """A device of the district.

    `id` is for people, `address` how it names itself on the wire where that differs.
    `form` is the wire format, `reports_every` [s] how many seconds of readings go into
    one message (0: each by itself). `component` is the coded thing it watches, of class
    `problem_class`. `tags` are the networks it belongs to, `attributes` numbers of its place.
    """

    id: str
    kind: str
    role: str
    zone: str
    component: str
    problem_class: str
    name: str
    lon: float
    lat: float
    form: str
    measures: tuple[Measure, ...]
    reports_every: int = 0
    gateway: str = ""
    address: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, float] = field(default_factory=dict)  #: SI

    @property
    def wire_id(self) -> str:
        return self.address or self.id

    def channel(self, measure: str) -> str:
        return f"{self.id}/{measure}"


MINUTE, QUARTER, HOUR = 60, 900, 3600  #: [s]
BATTERY = Measure("battery", "battery", "%", 0, 0, 100)
SIGNAL = Measure("signal", "signal", "dBm", 0, -150, 0)
