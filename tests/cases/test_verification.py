"""When sensors say that a problem is solved: what must hold of readings, for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_event import an_event
from pydantic import TypeAdapter, ValidationError

from cases.closing_conditions import ClosingCondition
from cases.curve import stamp
from cases.normality import Verdict
from cases.verification import Sight, judge, verify
from ingest.batch import Batch, make_batch
from ingest.channel import Channel
from ingest.quality import Quality
from ingest.quantities import QUANTITIES
from ingest.units import conversion
from rules.event import Standing

READ = TypeAdapter(ClosingCondition)
#: 14:00 on the local clock.
FED_BACK = datetime(2026, 3, 6, 6, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GAS = {"kind": "level", "quantity": "methane", "below": "0.5 %VOL", "for": "PT2H"}
PERCENT = 0.01


def condition(**written: Any) -> ClosingCondition:
    return READ.validate_python(written)


def channel(quantity: str = "methane", number: int = 1, **facts: Any) -> Channel:
    return Channel(number, f"w{number}/{quantity}", f"w{number}", quantity, quantity, "", **facts)


def batch(*readings: tuple[timedelta, float], number: int = 1, quality: int = 0) -> Batch:
    """Return readings at times after feed-back."""
    return make_batch(
        [number] * len(readings),
        [stamp(FED_BACK + after) for after, _ in readings],
        [value for _, value in readings],
        quality=np.full(len(readings), quality, dtype=np.uint16),
    )


def every(
    step: timedelta, first: timedelta, last: timedelta, value: float
) -> list[tuple[timedelta, float]]:
    count = int((last - first) / step)
    return [(first + n * step, value) for n in range(count + 1)]


FIVE = 5 * MINUTE


def look(
    written: dict[str, Any],
    readings: list[tuple[timedelta, float]],
    after: timedelta,
    began: timedelta = -HOUR,
    **facts: Any,
) -> Verdict:
    """Return the verdict `after` feed-back on one channel that spoke."""
    quantity = written["quantity"]
    quantity = quantity if isinstance(quantity, str) else quantity[0]
    sight = Sight(
        (channel(quantity, **facts),),
        (),
        batch(*readings),
        (an_event(began=stamp(FED_BACK + began)),),
    )
    verdict = judge(condition(**written), sight, FED_BACK, FED_BACK + after)
    assert verdict is not None
    return verdict


LOW, HIGH = 0.3 * PERCENT, 0.8 * PERCENT
Z = timedelta(0)

#: A sentence, the readings after feed-back, how long after it we look, and what is said.
METHANE: list[tuple[str, list[tuple[timedelta, float]], timedelta, bool, str]] = [
    (
        "two hours under the limit are enough",
        every(FIVE, Z, 2 * HOUR, LOW),
        2 * HOUR,
        True,
        "has been normal since 14:00",
    ),
    (
        "ten minutes less are not",
        every(FIVE, Z, 110 * MINUTE, LOW),
        110 * MINUTE,
        False,
        "w1/methane: methane 0.3 %VOL at 15:50, has been normal since 14:00, "
        "must stay under 0.5 %VOL for 2 h, until 16:00",
    ),
    (
        "over the limit says the value and the limit",
        every(FIVE, Z, 5 * MINUTE, HIGH),
        5 * MINUTE,
        False,
        "w1/methane: methane 0.8 %VOL at 14:05, must stay under 0.5 %VOL for 2 h",
    ),
    (
        "one reading over it begins the two hours anew",
        [
            *every(FIVE, Z, HOUR, LOW),
            (61 * MINUTE, HIGH),
            *every(FIVE, 65 * MINUTE, 125 * MINUTE, LOW),
        ],
        125 * MINUTE,
        False,
        "has been normal since 15:05",
    ),
    (
        "what was before feed-back does not count",
        every(FIVE, -5 * HOUR, 5 * MINUTE, LOW),
        5 * MINUTE,
        False,
        "has been normal since 14:00",
    ),
    (
        "silence is not normal",
        every(FIVE, -HOUR, 10 * MINUTE, LOW),
        3 * HOUR,
        False,
        "w1/methane is silent since 14:10; silence is not normal",
    ),
    ("no reading at all is not either", [], 3 * HOUR, False, "w1/methane sends no good readings"),
    (
        "nor is a gap in the two hours",
        [*every(FIVE, Z, HOUR, LOW), *every(FIVE, 80 * MINUTE, 120 * MINUTE, LOW)],
        120 * MINUTE,
        False,
        "has been normal since 15:20",
    ),
    (
        "nor are too few readings, even with no gap of three intervals",
        every(14 * MINUTE, Z, 126 * MINUTE, LOW),
        126 * MINUTE,
        False,
        "w1/methane has sent 9 of 24 readings",
    ),
    (
        "the last reading proves it, not the time that has passed since",
        every(FIVE, Z, 115 * MINUTE, LOW),
        124 * MINUTE,
        False,
        "methane 0.3 %VOL at 15:55, has been normal since 14:00",
    ),
    (
        "what comes after now is not known yet",
        every(FIVE, Z, 3 * HOUR, LOW),
        HOUR,
        False,
        "until 16:00",
    ),
    (
        "at the limit is not under it",
        every(FIVE, Z, 2 * HOUR, 0.5 * PERCENT),
        2 * HOUR,
        False,
        "methane 0.5 %VOL",
    ),
]


@pytest.mark.parametrize(("claim", "readings", "after", "holds", "why"), METHANE)
def test_methane_stays_under_its_limit_for_two_hours(
    claim: str, readings: list[tuple[timedelta, float]], after: timedelta, holds: bool, why: str
) -> None:
    verdict = look(GAS, readings, after)
    assert (verdict.holds, why in verdict.why) == (holds, True), f"{claim}: {verdict.why}"


def test_the_next_look_is_when_it_can_hold_at_the_earliest() -> None:
    readings = [*every(FIVE, Z, HOUR, HIGH), *every(FIVE, 65 * MINUTE, 90 * MINUTE, LOW)]
    assert look(GAS, readings, 90 * MINUTE).next_look == FED_BACK + 185 * MINUTE


def test_readings_that_are_flagged_are_no_readings() -> None:
    readings = batch(*every(FIVE, Z, 2 * HOUR, LOW), quality=Quality.CALIBRATION)
    verdict = judge(
        condition(**GAS), Sight((channel(),), (), readings, ()), FED_BACK, FED_BACK + 2 * HOUR
    )
    assert verdict
    assert "no good readings" in verdict.why


def test_a_late_reading_takes_it_back() -> None:
    readings = every(FIVE, Z, 2 * HOUR, LOW)
    assert look(GAS, readings, 2 * HOUR).holds
    late = look(GAS, [*readings, (58 * MINUTE, HIGH)], 2 * HOUR)
    assert (late.holds, late.against) == (False, FED_BACK + 58 * MINUTE)


minutes = st.integers(-120, 300)
series = st.dictionaries(minutes, st.sampled_from([LOW, LOW, LOW, LOW, HIGH]), max_size=80)
dense = st.builds(
    lambda start, step, bad, gone: {
        m: HIGH if m in bad else LOW for m in range(start, 301, step) if m not in gone
    },
    st.integers(-60, 60),
    st.integers(3, 12),
    st.sets(minutes, max_size=3),
    st.sets(minutes, max_size=60),
)


@given(st.one_of(series, dense), st.integers(1, 300), st.randoms(use_true_random=False))
def test_it_agrees_with_a_naive_twin_in_any_order(
    values: dict[int, float], after: int, random: Any
) -> None:
    """Minute by minute: normal is a good reading under the limit no older than three intervals."""
    shuffled = list(values.items())
    random.shuffle(shuffled)
    verdict = look(GAS, [(m * MINUTE, v) for m, v in shuffled], after * MINUTE)
    assert (verdict.holds, verdict.since) == naive(values, after)


def naive(values: dict[int, float], now: int) -> tuple[bool, datetime | None]:
    known = sorted(m for m in values if m <= now)
    if not known or now - known[-1] > 15 or values[known[-1]] != LOW:
        return False, None
    last = start = known[-1]
    for m in range(last, known[0] - 1, -1):
        if m not in values:
            if start - m >= 15 and not any(n in values for n in range(start - 15, start)):
                break
            continue
        if values[m] != LOW or start - m > 15:
            break
        start = m
    start = max(start, 0)
    came = sum(1 for m in known if m > last - 120)
    return last - start >= 120 and came >= 12, FED_BACK + start * MINUTE


# Other kinds ------------------------------------------------------------------------------------


def test_a_state_holds_until_the_device_says_another() -> None:
    closed = {"kind": "state", "quantity": "status", "is": "closed", "for": "PT10M"}
    words = {"closed": 0.0, "open": 1.0}
    facts: dict[str, Any] = {"states": words, "interval": DAY}
    assert look(closed, [(-20 * MINUTE, 0.0)], 10 * MINUTE, **facts).holds
    assert not look(closed, [(-20 * MINUTE, 0.0)], 9 * MINUTE, **facts).holds
    opened = look(closed, [(-20 * MINUTE, 0.0), (MINUTE, 1.0)], HOUR, **facts)
    assert opened.why == "w1/status: status open at 14:01, must be closed for 10 min"
    assert "is silent" in look(closed, [(-20 * MINUTE, 0.0)], 4 * DAY, **facts).why
    unknown = look(closed, [(Z, 0.0)], HOUR, states={"zu": 0.0})
    assert "no number for the state closed" in unknown.why


PRESSURE = {
    "kind": "back_in_band", "quantity": "pressure", "side": "low", "learn": "P14D", "share": 0.05,
    "for": "PT1H",
}  # fmt: skip


def daily(first: timedelta, last: timedelta, drop: float = 0.0) -> list[tuple[timedelta, float]]:
    """Return pressures that are 0.30 MPa by day and 0.36 MPa at night (feed-back is at 14:00)."""
    found = []
    for after, _ in every(FIVE, first, last, 0.0):
        hour = (FED_BACK + 8 * HOUR + after).hour
        found.append((after, (0.30e6 if 6 <= hour < 22 else 0.36e6) - drop))
    return found


def test_a_band_is_that_of_the_hour_of_the_day() -> None:
    before = daily(-10 * DAY, -2 * HOUR)
    burst = daily(-2 * HOUR, -FIVE, drop=0.04e6)
    began = -2 * HOUR
    still_low = look(PRESSURE, [*before, *burst, *daily(Z, HOUR, 0.04e6)], HOUR, began)
    assert "pressure 0.26 MPa at 15:00, must be back in its band, at least 0.285 MPa" in (
        still_low.why
    )
    assert look(PRESSURE, [*before, *burst, *daily(Z, HOUR)], HOUR, began).holds
    # What is usual by day is far too low at night.
    night = [*before, *burst, *daily(Z, 10 * HOUR, 0.0)]
    at_night = [(t, 0.30e6) if t > 9 * HOUR else (t, v) for t, v in night]
    assert not look(PRESSURE, at_night, 10 * HOUR, began).holds
    assert look(PRESSURE, night, 10 * HOUR, began).holds


def test_a_band_that_could_not_be_learnt_is_no_band() -> None:
    verdict = look(PRESSURE, daily(-2 * DAY, HOUR), HOUR, -2 * HOUR)
    assert "not known, for want of 3 days" in verdict.why


NIGHTS = {
    "kind": "nights_in_band", "quantity": "flow", "hours": "02:00/04:00", "nights": 2,
    "side": "high", "learn": "P14D", "spreads": 3, "share": 0.1,
}  # fmt: skip
#: The third night after feed-back at 14:00 ends 38 + 24 hours after it.
MORNING = 14 * HOUR


def flows(nightly: list[float]) -> list[tuple[timedelta, float]]:
    """Return flows whose nights are these.

    `nightly[8]` is the first night after feed-back; eight are before it.
    """
    found = []
    for number, flow in enumerate(nightly):
        midnight = 10 * HOUR + (number - 8) * DAY
        found += every(FIVE, midnight, midnight + DAY - FIVE, flow)
    return found


BEFORE = [0.0100, 0.0101, 0.0099, 0.0100, 0.0102, 0.0100]


@pytest.mark.parametrize(
    ("claim", "nightly", "after", "holds", "why"),
    [
        (
            "one night is not two",
            [*BEFORE, 0.02, 0.02, 0.01],
            MORNING,
            False,
            "1 of 2 nights are normal",
        ),
        (
            "two nights back in the band",
            [*BEFORE, 0.02, 0.02, 0.01, 0.0101],
            MORNING + DAY,
            True,
            "2 of 2",
        ),
        (
            "a leak that goes on",
            [*BEFORE, 0.02, 0.02, 0.02, 0.02],
            MORNING + DAY,
            False,
            "72 m³/h in the night of 2026-03-08, at most 39.6 m³/h is usual; 0 of 2",
        ),
        ("in a row", [*BEFORE, 0.02, 0.02, 0.01, 0.02, 0.01], MORNING + 2 * DAY, False, "1 of 2"),
        (
            "less than usual is no leak",
            [*BEFORE, 0.02, 0.02, 0.005, 0.005],
            MORNING + DAY,
            True,
            "2 of 2",
        ),
        (
            "before the night is over it is none",
            [*BEFORE, 0.02, 0.02, 0.01, 0.0101],
            MORNING + DAY - HOUR,
            False,
            "1 of 2",
        ),
        (
            "a night that sent nothing is not normal",
            [*BEFORE, 0.02, 0.02, 0.01],
            MORNING + DAY,
            False,
            "too few readings in the night of 2026-03-08",
        ),
        (
            "two nights before do not teach",
            [0.01, 0.01],
            MORNING + DAY,
            False,
            "are not known: 2 of 3",
        ),
    ],
)
def test_the_night_flow_is_back_in_its_band_for_two_nights(
    claim: str, nightly: list[float], after: timedelta, holds: bool, why: str
) -> None:
    verdict = look(NIGHTS, flows(nightly), after, began=-44 * HOUR + 2 * HOUR)
    assert (verdict.holds, why in verdict.why) == (holds, True), f"{claim}: {verdict.why}"


def test_a_night_in_which_the_department_fed_back_does_not_count() -> None:
    readings = batch(*flows([*BEFORE, 0.02, 0.02, 0.01]))
    sight = Sight((channel("flow"),), (), readings, (an_event(began=stamp(FED_BACK - 42 * HOUR)),))
    for hour, counted in ((11, "1 of 2"), (13, "no night since")):
        verdict = judge(
            condition(**NIGHTS), sight, FED_BACK + hour * HOUR, FED_BACK + MORNING + HOUR
        )
        assert verdict
        assert counted in verdict.why


def test_after_one_night_the_next_look_is_when_the_second_is_over() -> None:
    verdict = look(NIGHTS, flows([*BEFORE, 0.02, 0.02, 0.01]), MORNING, began=-42 * HOUR)
    assert verdict.next_look == FED_BACK + MORNING + DAY + 15 * MINUTE


PAUSE = {"kind": "pause", "quantity": ["volume", "flow"], "for": "PT1H"}


def test_a_meter_that_has_stood_still_for_an_hour_once_leaks_no_more() -> None:
    runs = [(after, after / HOUR) for after, _ in every(FIVE, -DAY, HOUR, 0.0)]
    assert (
        "stood still for 0 min at most since 14:00, must for 1 h once"
        in look(PAUSE, runs, HOUR).why
    )
    stood = [*runs, *every(FIVE, 65 * MINUTE, 125 * MINUTE, 1.0)]
    again = [(after, after / HOUR) for after, _ in every(FIVE, 130 * MINUTE, 5 * HOUR, 0.0)]
    assert look(PAUSE, [*stood, *again], 5 * HOUR).holds
    # An hour of no readings is no hour of standing still.
    assert not look(PAUSE, [(Z, 1.0), (2 * HOUR, 1.0)], 3 * HOUR).holds


NOISE = {
    "kind": "level", "quantity": "sound_level", "below": "55 dB", "average": "PT20M",
    "hours": "22:00/06:00", "for": "PT1H",
}  # fmt: skip


def test_noise_at_night_is_judged_at_night_and_by_its_energy() -> None:
    by_day = every(MINUTE, Z, 8 * HOUR, 70.0)
    quiet = [*by_day, *every(MINUTE, 8 * HOUR + MINUTE, 10 * HOUR, 45.0)]
    assert "is judged from 22:00 to 06:00 only" in look(NOISE, by_day, HOUR, interval=MINUTE).why
    assert look(NOISE, by_day, HOUR, interval=MINUTE).next_look == FED_BACK + 9 * HOUR
    assert look(NOISE, quiet, 10 * HOUR, interval=MINUTE).holds
    # One minute at 80 dB among 19 at 45 has the energy of 67 dB, though its mean level is 47.
    loud = [(t, 80.0 if t == 590 * MINUTE else v) for t, v in quiet]
    assert not look(NOISE, loud, 10 * HOUR, interval=MINUTE).holds
    # By day nothing of the night is forgotten, and nothing new is asked.
    morning = [*quiet, *every(MINUTE, 601 * MINUTE, 16 * HOUR, 45.0), (20 * HOUR, 80.0)]
    assert look(NOISE, morning, 20 * HOUR, interval=MINUTE).holds


# Which channels, and which findings ---------------------------------------------------------

QUIET = {"kind": "quiet", "for": "PT2H"}


def over(after: timedelta, **changes: Any) -> Any:
    began = stamp(FED_BACK - HOUR)
    return an_event(
        began=began, raised=began, ended=stamp(FED_BACK + after), standing=Standing.OVER, **changes
    )


def test_findings_that_are_over_are_quiet_only_while_their_channels_report() -> None:
    quiet = condition(**QUIET)
    well = channel()
    reports = batch(*every(FIVE, -HOUR, 5 * HOUR, LOW))
    for after, event, readings, holds, why in (
        (2 * HOUR, over(-MINUTE), reports, True, "all findings are over since 14:00"),
        (2 * HOUR, over(HOUR), reports, False, "over since 15:00, must be for 2 h"),
        (3 * HOUR, over(HOUR), reports, True, "over since 15:00"),
        (2 * HOUR, an_event(), reports, False, "stands since 2024"),
        (2 * HOUR, over(-MINUTE), batch(), False, "silence is not normal"),
    ):  # fmt: skip
        sight = Sight((well,), (), readings, (event,))
        verdict = judge(quiet, sight, FED_BACK, FED_BACK + after)
        assert verdict
        assert (verdict.holds, why in verdict.why) == (holds, True), verdict.why


def test_whether_findings_are_over_is_asked_only_where_nothing_can_be_measured() -> None:
    """A rule may hold on to what it found for hours after the gas is gone."""
    conditions = [condition(**GAS), condition(**QUIET)]
    readings = batch(*every(FIVE, Z, 2 * HOUR, LOW))
    measured = Sight((channel(),), (), readings, (an_event(),))
    assert verify(conditions, measured, FED_BACK, FED_BACK + 2 * HOUR).holds
    other = Sight((channel("depth"),), (), readings, (an_event(),))
    assert "stands since" in verify(conditions, other, FED_BACK, FED_BACK + 2 * HOUR).missing[0]


def test_all_that_spoke_must_be_normal_and_else_a_share_of_those_beside() -> None:
    supply = condition(
        kind="level", quantity="voltage", above="176 V", channels=0.9, **{"for": "PT10M"}
    )
    meters = tuple(channel("voltage", number) for number in range(1, 11))
    up = [every(FIVE, Z, HOUR, 0.0 if number == 10 else 230.0) for number in range(1, 11)]
    numbers = [n for n, one in enumerate(up, 1) for _ in one]
    readings = make_batch(
        numbers,
        [stamp(FED_BACK + t) for one in up for t, _ in one],
        [v for one in up for _, v in one],
    )
    beside = judge(supply, Sight((), meters, readings, ()), FED_BACK, FED_BACK + HOUR)
    spoke = judge(supply, Sight(meters, (), readings, ()), FED_BACK, FED_BACK + HOUR)
    assert beside
    assert beside.holds
    assert spoke
    assert "w10/voltage: voltage 0 V" in spoke.why


def test_tags_say_which_flow_is_meant() -> None:
    inflow = condition(**NIGHTS | {"tags": {"role": "inflow"}})
    home = Sight((channel("flow", tags={"role": "meter"}),), (), batch(), ())
    assert judge(inflow, home, FED_BACK, FED_BACK + HOUR) is None


def test_a_case_that_nothing_can_tell_of_says_so() -> None:
    nobody = Sight((), (), batch(), ())
    verdicts = verify([condition(**GAS)], nobody, FED_BACK, FED_BACK + DAY)
    assert not verdicts.holds
    assert verdicts.missing == ("no channel of the case can tell whether it is solved",)


def test_all_conditions_must_hold_and_the_last_one_says_since_when() -> None:
    wells = (channel(), channel("ethane", 2))
    ethane = condition(kind="level", quantity="ethane", below="0.01 %VOL", **{"for": "PT1H"})
    readings = make_batch(
        [1] * 25 + [2] * 25,
        [stamp(FED_BACK + n * FIVE) for n in range(25)] * 2,
        [LOW] * 25 + [0.01] * 6 + [0.0] * 19,
    )
    sight = Sight(wells, (), readings, ())
    both = verify([condition(**GAS), ethane], sight, FED_BACK, FED_BACK + 2 * HOUR)
    assert (both.holds, both.since) == (True, FED_BACK + 30 * MINUTE)
    before = verify([condition(**GAS), ethane], sight, FED_BACK, FED_BACK + 85 * MINUTE)
    assert [why.partition(":")[0] for why in before.missing] == ["w1/methane", "w2/ethane"]


# The written form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (GAS | {"below": "0.5 bar"}, "does not fit methane"),
        ({"kind": "level", "quantity": "depth", "below": 5, "for": "PT1H"}, "lacks its unit"),
        (GAS | {"quantity": "methan"}, "is no quantity"),
        (GAS | {"for": "2 h"}, "ISO 8601"),
        (GAS | {"for": "PT0S"}, "longer than nothing"),
        (GAS | {"until": "PT2H"}, "Extra inputs"),
        ({"kind": "level", "quantity": "depth", "for": "PT1H"}, "needs `below` or `above`"),
        (NIGHTS | {"hours": "2:00/4:00"}, "should match pattern"),
        ({"kind": "gone"}, "does not match any of the expected tags"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_its_reason(
    written: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        READ.validate_python(written)


def test_every_quantity_can_be_told() -> None:
    for quantity in QUANTITIES.values():
        conversion(quantity.shown, quantity.name)
