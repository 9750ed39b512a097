"""What the sensors are worth: how often right, how early, how often silent, how seldom away."""

from __future__ import annotations

from dataclasses import dataclass

from cases.indicators import Tally, evaluate


@dataclass(frozen=True, slots=True)
class Sensing:
    """The sensors of an area over a period."""

    sensors: int  #: active devices
    precision: float | None  #: [%] of the cases they found that people have judged, those real
    judged: int
    real: int
    false: int  #: false, or the sensor's own fault
    false_per_1000: float | None  #: a month and thousand sensors
    missed: int  #: see the measure of this name
    told_and_sensed: int
    sensed_first: int
    lead_hours: float | None  #: median over `told_and_sensed`; negative: the public was earlier
    availability: float | None  #: [%] of the readings that intervals promise, those good and stored
    expected: float  #: readings
    received: float


def sensing(
    tally: Tally,
    months: float,
    sensors: int,
    missed: int,
    lead_hours: float | None,
    expected: float,
    received: float,
) -> Sensing:
    """Return the indicators; `months`: of the period that have passed."""
    false = tally.every.get("sensor_false", 0)
    exposed = sensors / 1000 * months
    return Sensing(
        sensors=sensors,
        precision=evaluate("sensor_precision", tally).value,
        judged=int(tally.every.get("sensor_judged", 0)),
        real=int(tally.every.get("sensor_real", 0)),
        false=int(false),
        false_per_1000=false / exposed if exposed > 0 else None,
        missed=missed,
        told_and_sensed=int(tally.every.get("told_and_sensed", 0)),
        sensed_first=int(tally.every.get("sensed_first", 0)),
        lead_hours=lead_hours,
        availability=100 * received / expected if expected else None,
        expected=expected,
        received=received,
    )
