"""A channel: one quantity of one device, and the contract its readings must keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import inf


@dataclass(frozen=True, slots=True)
class Channel:
    """Static facts of one channel, as the store holds them.

    `number` is the key of readings; `id` is what people write. Limits are in the SI
    unit of the quantity. `tags` places the channel in the city's networks (zone, pipe,
    transformer, feeder, gateway, role, ...): rules select and group by them.
    `attributes` are numbers of the place in SI (crown and cover level [m], set pressure
    [Pa], ...) that a rule's limit may refer to.
    """

    number: int
    id: str
    device: str
    name: str  #: the field on the wire
    quantity: str
    unit: str  #: unit on the wire where the payload declares none
    lowest: float = -inf
    highest: float = inf
    largest_rate: float = inf  #: [unit/s]
    interval: timedelta = timedelta(minutes=5)  #: expected between two readings
    reports_every: timedelta = timedelta(0)  #: expected between two messages, if they are batches
    component: str = ""
    lon: float = float("nan")
    lat: float = float("nan")
    time_zone: str = "Asia/Shanghai"
    tags: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, float] = field(default_factory=dict)
    states: dict[str, float] = field(default_factory=dict)  #: number that stands for a state
    exercise: int | None = None  #: the drill that it belongs to; None: it is live
