"""A case is closed when its sensors say so: from the finding to the closing, and back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest
from one_event import an_event
from psycopg.rows import dict_row

from cases.city import City, load_city
from cases.closing import Inspection
from cases.curve import stamp
from cases.words import Role, State, Verb
from cases.workflow import Refused
from ingest.batch import make_batch
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import apply, columns, hold
from store.database import Connection, connect
from store.firing import fire
from store.readings import Writer
from store.settlement import settle

pytestmark = pytest.mark.server

CITY = load_city()
NOTHING = Requalified(np.zeros(0, "i4"), np.zeros(0, "M8[us]"), np.zeros(0, "u2"))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIVE = 5 * MINUTE
#: Noon on a Friday, on the local clock.
NOON = datetime(2026, 3, 6, 4, tzinfo=UTC)

SETUP = """
INSERT INTO devices (id, status, tags) VALUES
    ('p1', 'active', '{"kind": "water", "role": "network", "zone": "east"}'),
    ('p2', 'active', '{"kind": "water", "role": "network", "zone": "east"}'),
    ('inflow', 'active', '{"kind": "water", "role": "inflow", "zone": "east"}'),
    ('well', 'active', '{"kind": "gas", "pipe": "main"}');
INSERT INTO channels (id, device, name, quantity, unit, interval) VALUES
    ('p1/pressure', 'p1', 'pressure', 'pressure', 'MPa', 'PT5M'),
    ('p2/pressure', 'p2', 'pressure', 'pressure', 'MPa', 'PT5M'),
    ('inflow/flow', 'inflow', 'flow', 'flow', 'm³/h', 'PT5M'),
    ('well/methane', 'well', 'methane', 'methane', '%VOL', 'PT5M');
"""
P1, P2, INFLOW, WELL = 1, 2, 3, 4
USUAL = {P1: 0.30e6, P2: 0.32e6, INFLOW: 0.010, WELL: 0.001}
BURST = {P1: 0.26e6, P2: 0.28e6, INFLOW: 0.016}
LEAK = {WELL: 0.02}


class Town:
    """A town whose clock is told; what is not told otherwise has been usual."""

    def __init__(self, connection: Connection, city: City = CITY) -> None:
        self.connection, self.city = connection, city
        self.writer = Writer(connection)
        self.now = NOON

    def measures(self, since: datetime, until: datetime, values: dict[int, float]) -> None:
        """Store readings every five minutes with since <= time < until."""
        count = int((until - since) / FIVE)
        times = [stamp(since + n * FIVE) for n in range(count)]
        channels = [number for number in values for _ in times]
        batch = make_batch(channels, times * len(values), [values[number] for number in channels])
        self.writer.store_batch(batch)
        self.connection.commit()

    def finds(self, *events: Event, after: timedelta = timedelta(0)) -> Any:
        self.now += after
        return settle(self.connection, list(events), NOTHING, self.now, self.city)

    def does(
        self, verb: Verb, role: Role, after: timedelta = MINUTE, reason: str = "", **details: Any
    ) -> State:
        self.now += after
        version = self.one("SELECT version FROM cases WHERE id = %s", self.case)
        done = apply(
            self.connection, self.case, version, verb, f"a {role}", role, self.now, self.city,
            reason, details,
        )  # fmt: skip
        self.connection.commit()
        return done.state

    def waits(self, until: datetime) -> None:
        """Let the scheduler do its work as time passes."""
        while self.now < until:
            self.now = min(self.now + FIVE, until)
            fire(self.connection, self.now, self.city)

    def one(self, query: str, *values: Any) -> Any:
        row = self.connection.execute(query, values).fetchone()
        self.connection.commit()
        return row[0] if row and len(row) == 1 else row

    @property
    def case(self) -> int:
        return int(self.one("SELECT max(id) FROM cases"))

    @property
    def state(self) -> str:
        return str(self.one("SELECT state FROM cases WHERE id = %s", self.case))

    @property
    def missing(self) -> str:
        return "; ".join(
            self.one("SELECT missing FROM verifications WHERE case_id = %s", self.case)
        )

    def said(self, verb: Verb) -> list[str]:
        found = self.connection.execute(
            "SELECT reason FROM case_log WHERE case_id = %s AND verb = %s ORDER BY version",
            (self.case, verb),
        ).fetchall()
        self.connection.commit()
        return [reason for (reason,) in found]

    def is_handled(self) -> None:
        self.does(Verb.HANDLE, Role.DEPARTMENT)
        self.does(Verb.FEED_BACK, Role.DEPARTMENT, after=28 * MINUTE)

    def is_inspected(self) -> None:
        self.does(Verb.ASK_INSPECT, Role.INTAKE)
        self.does(Verb.INSPECT, Role.INSPECTOR, passed=True)


@pytest.fixture
def town(database: Connection) -> Town:
    database.execute(SETUP)
    database.commit()
    town = Town(database)
    town.measures(NOON - 10 * DAY, NOON, USUAL)
    return town


def found(began: datetime = NOON, **changes: Any) -> Event:
    return an_event(**{
        "began": stamp(began),
        "raised": stamp(began + FIVE),
        "found": stamp(began + FIVE),
        **changes,
    })  # fmt: skip


def burst(began: datetime = NOON, **changes: Any) -> Event:
    return found(began, **{
        "rule": "water.burst", "scope": "zone", "subject": "east", "code": "0501",
        "condition": "pipe-burst", "channels": (P1, P2, INFLOW), "case_key": "0501|zone|east",
        **changes,
    })  # fmt: skip


def gas(began: datetime = NOON, **changes: Any) -> Event:
    peak = {
        "channel": "well/methane",
        "quantity": "methane",
        "began": "2026-03-06T04:00:00Z",
        "peak": 2.0,
        "peak_value": 0.021,
    }
    return found(began, **{
        "rule": "gas.methane.jump", "scope": "pipe", "subject": "main", "code": "0502",
        "condition": "gas-leak", "channels": (WELL,), "case_key": "0502|pipe|main",
        "why": {"members": [peak]}, **changes,
    })  # fmt: skip


def over(event: Event, ended: datetime) -> Event:
    return replace(event, standing=Standing.OVER, ended=stamp(ended))


def test_a_burst_is_closed_when_its_pressure_is_back_and_people_have_looked(town: Town) -> None:
    """The rule's own event is over 70 minutes after it began though the pressure stays down."""
    town.finds(burst())
    town.is_handled()  # at half past twelve
    fed_back = town.now
    town.finds(over(burst(), NOON + 70 * MINUTE))
    town.measures(NOON, NOON + 3 * HOUR, BURST)
    town.waits(NOON + 3 * HOUR)
    assert "p1/pressure: pressure 0.26 MPa at 14:50, must be back in its band" in town.missing
    assert "inflow/flow: flow 57.6 m³/h" in town.missing
    town.is_inspected()
    with pytest.raises(Refused, match="its sensor has not been normal for long enough"):
        town.does(Verb.CLOSE, Role.SHIFT_LEAD, outcome="real")
    town.measures(NOON + 3 * HOUR, NOON + 5 * HOUR, USUAL)
    town.waits(NOON + 3 * HOUR + 55 * MINUTE)
    assert "has been normal since 15:00, must be back in its band" in town.missing
    assert town.one("SELECT confirmed FROM cases") is None
    town.waits(NOON + 4 * HOUR + 15 * MINUTE)
    assert town.one("SELECT confirmed FROM cases") is not None
    assert town.does(Verb.CLOSE, Role.SHIFT_LEAD, outcome="real") is State.CLOSED
    town.waits(NOON + 6 * HOUR)
    assert len(town.said(Verb.CONFIRM)) == 1
    body = town.one("SELECT body FROM confirmations")
    assert datetime.fromisoformat(body["since"]) == NOON + 3 * HOUR
    assert datetime.fromisoformat(body["fed_back"]) == fed_back
    assert {curve["channel"]: curve["value"][-1] for curve in body["curves"]} == {
        "p1/pressure": 0.30e6, "p2/pressure": 0.32e6, "inflow/flow": 0.010,
    }  # fmt: skip


def trusting() -> City:
    closings = CITY.closings
    gas_leak = closings.conditions["gas-leak"].model_copy(update={"inspection": Inspection.TRUSTED})
    conditions = {**closings.conditions, "gas-leak": gas_leak}
    return replace(CITY, closings=closings.model_copy(update={"conditions": conditions}))


def test_a_class_that_trusts_its_sensor_is_closed_by_the_system(town: Town) -> None:
    town.city = trusting()
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + HOUR, LEAK)
    town.measures(NOON + HOUR, NOON + 4 * HOUR, {WELL: 0.002})
    town.waits(NOON + 3 * HOUR)
    assert (town.state, "methane 0.2 %VOL" in town.missing) == ("fed-back", True)
    assert town.one("SELECT stage FROM cases") is None  # nobody is late for ordering an inspection
    town.waits(NOON + 3 * HOUR + 15 * MINUTE)
    assert (town.state, town.one("SELECT outcome FROM cases")) == ("closed", "real")
    assert town.one("SELECT at FROM case_timers WHERE kind = 'look'") is None
    assert town.one("SELECT next_look FROM verifications") is None


def test_people_look_where_a_trusted_sensor_is_silent_for_a_day(town: Town) -> None:
    town.city = trusting()
    town.finds(gas())
    town.is_handled()
    town.waits(NOON + 26 * HOUR)
    assert town.state == "fed-back"
    town.waits(NOON + 27 * HOUR)
    assert (town.state, town.one("SELECT stage FROM cases")) == ("inspecting", "inspect")
    assert "silence is not normal" in town.said(Verb.ASK_INSPECT)[0]


def test_what_is_not_trusted_waits_for_people(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + 4 * HOUR, {WELL: 0.002})
    town.waits(NOON + 4 * HOUR)
    assert town.one("SELECT confirmed IS NOT NULL FROM cases")
    assert town.state == "fed-back"


def test_silence_confirms_nothing(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + 40 * MINUTE, {WELL: 0.002})
    town.waits(NOON + 12 * HOUR)
    assert town.one("SELECT confirmed FROM cases") is None
    assert town.missing == "well/methane is silent since 12:35; silence is not normal"
    town.is_inspected()
    with pytest.raises(Refused, match="its sensor has not been normal"):
        town.does(Verb.CLOSE, Role.SHIFT_LEAD, outcome="real")
    closed = town.does(
        Verb.CLOSE,
        Role.SHIFT_LEAD,
        outcome="real",
        reason="the sensor was taken out; measured by hand",
    )
    assert closed is State.CLOSED


def test_a_sensor_that_speaks_again_in_verification_sends_the_case_back(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.is_inspected()
    again = gas(town.now + HOUR)
    town.finds(over(gas(), NOON + 20 * MINUTE), again, after=2 * HOUR)
    assert town.state == "handling"
    assert town.said(Verb.REWORK) == [
        "传感器再次报警 the sensor speaks again: "
        "gas.methane.jump on pipe main (methane 2.1 %VOL on well/methane)"
    ]
    town.finds(again, after=HOUR)
    assert len(town.said(Verb.REWORK)) == 1


def test_what_stands_all_the_while_and_what_was_over_before_say_nothing_new(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    early = gas(NOON + MINUTE, rule="gas.methane.dangerous")
    town.finds(gas(severity="red"), over(early, NOON + 10 * MINUTE), after=HOUR)
    assert (town.state, town.said(Verb.REWORK)) == ("fed-back", [])
    assert town.said(Verb.JOIN) == ["joined by event of gas.methane.dangerous on pipe main"]


@pytest.mark.parametrize("seen", ["standing", "only when it was over"])
def test_an_event_that_comes_back_speaks_again(town: Town, seen: str) -> None:
    """A rule rejoins what comes back soon: it is the same event, and may be over when we look."""
    town.finds(gas())
    town.finds(over(gas(), NOON + 20 * MINUTE), after=25 * MINUTE)
    town.is_handled()
    back = gas() if seen == "standing" else over(gas(), NOON + 2 * HOUR)
    town.finds(back, after=2 * HOUR)
    assert town.state == "handling"


def test_what_was_reworked_is_verified_anew_since_its_next_feed_back(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + 8 * HOUR, {WELL: 0.002})
    town.waits(NOON + 3 * HOUR)
    town.finds(gas(town.now, ended=stamp(town.now + FIVE), standing=Standing.OVER), after=HOUR)
    assert town.state == "handling"
    town.does(Verb.FEED_BACK, Role.DEPARTMENT)
    town.waits(NOON + 5 * HOUR + 55 * MINUTE)
    assert town.one("SELECT confirmed FROM cases") is None
    town.waits(NOON + 6 * HOUR + 15 * MINUTE)
    assert town.one("SELECT confirmed IS NOT NULL FROM cases")
    assert len(town.said(Verb.CONFIRM)) == 2


METERS = """
INSERT INTO devices (id, status, tags)
    SELECT 'm' || n, 'active', '{"kind": "power", "transformer": "t1"}'
    FROM generate_series(1, 5) n;
INSERT INTO channels (id, device, name, quantity, unit, interval)
    SELECT 'm' || n || '/gasp', 'm' || n, 'gasp', 'last_gasp', '1', 'PT5M'
    FROM generate_series(1, 2) n;
INSERT INTO channels (id, device, name, quantity, unit, interval, tags)
    SELECT 'm' || n || '/voltage', 'm' || n, 'voltage', 'voltage', 'V', 'PT5M',
           CASE n WHEN 5 THEN '{"transformer": "t2"}'::jsonb ELSE '{}' END
    FROM generate_series(1, 5) n;
"""


def test_where_what_spoke_measures_nothing_its_place_is_asked(town: Town) -> None:
    """Last gasps say that the supply is gone; the voltages of the transformer, that it is back."""
    town.connection.execute(METERS)
    town.connection.commit()
    numbers = dict(town.connection.execute("SELECT id, number FROM channels").fetchall())
    outage = found(
        rule="power.transformer-outage", scope="transformer", subject="t1", code="0595",
        condition="power-outage", channels=(numbers["m1/gasp"], numbers["m2/gasp"]),
        case_key="0595|transformer|t1",
    )  # fmt: skip
    town.finds(outage)
    town.is_handled()
    back = {numbers[f"m{n}/voltage"]: 225.0 for n in (1, 2, 3)}
    town.measures(NOON, NOON + 3 * HOUR, back)
    # The fifth is fed by another transformer, whatever its device says.
    town.measures(NOON, NOON + 3 * HOUR, {numbers["m5/voltage"]: 0.0})
    town.waits(NOON + HOUR)
    assert town.missing == "m4/voltage sends no good readings; silence is not normal"
    town.measures(NOON + HOUR, NOON + 3 * HOUR, {numbers["m4/voltage"]: 225.0})
    town.waits(NOON + 2 * HOUR)
    assert town.one("SELECT confirmed IS NOT NULL FROM cases")


def test_late_readings_take_a_confirmation_back_and_leave_it_in_the_log(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    fed_back = town.now
    town.measures(NOON, NOON + 4 * HOUR, {WELL: 0.002})
    town.waits(NOON + 3 * HOUR)
    assert town.one("SELECT confirmed IS NOT NULL FROM cases")
    # Over the closing limit and under every rule's: nobody has to work, but it cannot be closed.
    late = make_batch([WELL], [stamp(fed_back + HOUR + 2 * MINUTE)], [0.008])
    town.writer.store_batch(late)
    town.connection.commit()
    town.waits(NOON + 3 * HOUR + 20 * MINUTE)
    assert (town.state, town.one("SELECT confirmed FROM cases")) == ("fed-back", None)
    assert ["taken back" in reason for reason in town.said(Verb.CONFIRM)] == [False, True]
    town.waits(NOON + 4 * HOUR)
    assert ["taken back" in reason for reason in town.said(Verb.CONFIRM)] == [False, True, False]


def test_silence_takes_nothing_back(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + 3 * HOUR, {WELL: 0.002})
    town.waits(NOON + 12 * HOUR)
    assert len(town.said(Verb.CONFIRM)) == 1


def test_what_its_sensors_deny_for_a_day_goes_back(town: Town) -> None:
    town.finds(gas())
    town.is_handled()
    town.measures(NOON, NOON + 2 * DAY, {WELL: 0.008})
    town.waits(NOON + 26 * HOUR)
    assert town.state == "fed-back"
    town.waits(NOON + 27 * HOUR)
    assert town.state == "handling"
    [reason] = town.said(Verb.REWORK)
    assert "methane 0.8 %VOL" in reason


# After closing -----------------------------------------------------------------------------


def closed(town: Town, outcome: str = "real") -> None:
    town.finds(gas())
    town.finds(over(gas(), NOON + 20 * MINUTE), after=25 * MINUTE)
    town.is_handled()
    town.is_inspected()
    town.does(Verb.CLOSE, Role.SHIFT_LEAD, outcome=outcome, reason="measured by hand")


def cases(town: Town) -> list[str]:
    found = town.connection.execute("SELECT state FROM cases ORDER BY id").fetchall()
    town.connection.commit()
    return [state for (state,) in found]


def test_a_sensor_that_speaks_again_three_hours_after_closing_reopens_the_case(town: Town) -> None:
    closed(town)
    before = town.one("SELECT department FROM cases")
    settled = town.finds(gas(town.now + 3 * HOUR), after=4 * HOUR)
    assert settled.reopened == [town.case]
    assert cases(town) == ["dispatched"]
    assert town.one("SELECT department, outcome, closed FROM cases") == (before, None, None)
    assert "methane 2.1 %VOL" in town.said(Verb.REOPEN)[0]
    assert town.one("SELECT count(*) FROM events WHERE case_id = %s", town.case) == 2
    assert town.one("SELECT due > %s FROM cases", town.now)  # its clock began anew


def test_two_days_later_it_is_a_new_case(town: Town) -> None:
    closed(town)
    settled = town.finds(gas(town.now + 2 * DAY), after=3 * DAY)
    assert (cases(town), len(settled.opened)) == (["closed", "dispatched"], 1)


def test_by_event_time_however_late_it_comes(town: Town) -> None:
    closed(town)
    town.finds(gas(town.now + 3 * HOUR), after=3 * DAY)
    assert cases(town) == ["dispatched"]


def test_what_was_false_is_not_there_again(town: Town) -> None:
    closed(town, outcome="false")
    town.finds(gas(town.now + 3 * HOUR), after=4 * HOUR)
    assert cases(town) == ["closed", "dispatched"]


def test_the_very_event_of_a_closed_case_that_stands_again_reopens_it(town: Town) -> None:
    closed(town)
    town.finds(gas(), after=3 * DAY)
    assert cases(town) == ["dispatched"]


def test_what_is_told_of_a_closed_case_without_speaking_again_leaves_it_closed(town: Town) -> None:
    closed(town)
    town.finds(replace(over(gas(), NOON + 20 * MINUTE), severity="red"), after=HOUR)
    assert cases(town) == ["closed"]


def test_two_settlements_at_once_leave_one_open_case(town: Town, database_url: str) -> None:
    closed(town)
    at, start = town.now + 4 * HOUR, Barrier(4)

    def run(n: int) -> None:
        rule = (
            "gas.methane.jump",
            "gas.methane.lasting",
            "gas.methane.ethane",
            "gas.methane.two-wells",
        )[n]
        with connect(database_url) as connection:
            start.wait()
            settle(
                connection, [gas(town.now + (3 * 60 + n) * MINUTE, rule=rule)], NOTHING, at, CITY
            )

    threads = [Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cases(town) == ["dispatched"]
    assert len(town.said(Verb.REOPEN)) == 1
    assert town.one("SELECT count(*) FROM events WHERE case_id = %s", town.case) == 5


def test_the_row_is_what_the_log_says(town: Town) -> None:
    closed(town)
    town.finds(gas(town.now + 3 * HOUR), after=4 * HOUR)
    number = town.case
    with town.connection.transaction():
        held = hold(town.connection, number, CITY)
    told = columns(held.case)
    with town.connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM cases").fetchone()
    assert row
    assert {name: row[name] for name in told} == told
