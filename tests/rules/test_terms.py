"""Versions of then: each reading is judged by the version in force at its own device time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_city import (
    CHANNELS,
    MINUTE,
    RULES,
    START,
    Ledger,
    changed_at,
    in_order,
    new_engine,
    readings,
    signal_of,
)

from ingest.batch import concatenate, make_batch
from rules.event import Episode, Standing
from rules.judgement import Remembered
from rules.pack import read_pack
from rules.schema import Status
from rules.term import Term, ordered

WITHOUT_RATE = [replace(c, largest_rate=float("inf")) for c in CHANNELS]
LOWER = RULES.replace("high: 15 cm", "high: 5 cm")
HIGHER = RULES.replace("high: 15 cm", "high: 50 cm")
#: Nothing that a signal looks at is another: the versions share all of their state.
RENAMED = RULES.replace("why: it is deep", "why: it is deep, and the road is low")
AT = START + 60 * MINUTE


def depths(*values, begin=0, number=3):
    """Return depths [m] a minute apart, from minute `begin` on."""
    n = len(values)
    return make_batch([number] * n, START + (begin + np.arange(n)) * MINUTE, np.array(values))


def judged(terms, *batches, until=None, channels=WITHOUT_RATE):
    """Return the ledger of an engine that has had these terms all along."""
    engine, ledger = new_engine(Remembered(*batches), terms, channels), Ledger()
    for batch in batches:
        engine.judge(batch)
        engine.advance(batch.time.max() if until is None else until)
        ledger.settle(engine)
    return ledger


def told(ledger, rule="water"):
    """Return (version, began, ended) of the rule's facts, in minutes since START."""

    def minute(time):
        return None if time is None else int((time - START) / MINUTE)

    facts = sorted(ledger.facts().values(), key=lambda event: event.began)
    return [(e.version, minute(e.began), minute(e.ended)) for e in facts if e.rule == rule]


def version(text, rule="water"):
    return read_pack(text).rules[rule].version


# What belongs to whom -----------------------------------------------------------------------

CLIPPED = [
    ("before the term", 0, 10, 50, None),
    ("cleared as the term begins", 0, 10, 60, None),
    ("standing as the term begins: taken up there", 0, 10, 70, (60, 60, 70)),
    ("begun before, raised within", 55, 65, 70, (60, 65, 70)),
    ("within", 65, 70, 80, (65, 70, 80)),
    ("standing as the term ends: over there", 65, 70, 150, (65, 70, 120)),
    ("standing still: over at the end", 65, 70, None, (65, 70, 120)),
    ("raised as the term ends", 115, 120, None, None),
    ("all of it and more", 0, 10, None, (60, 60, 120)),
]


@pytest.mark.parametrize(
    ("began", "raised", "cleared", "left"), [c[1:] for c in CLIPPED], ids=[c[0] for c in CLIPPED]
)
def test_an_episode_is_clipped_to_its_term(began, raised, cleared, left):
    def at(minute):
        return None if minute is None else START + minute * MINUTE

    term = Term(read_pack(RULES).rules["water"], at(60), at(120))
    whole = Episode("water", "deep", 3, at(began), at(raised), at(raised), at(cleared), 2.0, 0.3)
    clipped = term.clip(whole)
    assert (None if clipped is None else (clipped.began, clipped.raised, clipped.cleared)) == (
        None if left is None else tuple(map(at, left))
    )


def test_what_stands_at_a_changeover_is_taken_up_by_the_new_version():
    terms = changed_at(AT, RULES, LOWER)
    ledger = judged(terms, depths(*[0.4] * 100))
    assert told(ledger) == [(version(RULES), 0, 60), (version(LOWER), 60, None)]
    keys = {event.case_key for event in ledger.facts().values() if event.rule == "water"}
    assert len(keys) == 1  # so the case goes on


def test_what_the_new_version_does_not_find_is_over_at_the_changeover():
    ledger = judged(changed_at(AT, RULES, HIGHER), depths(*[0.4] * 100))
    assert told(ledger) == [(version(RULES), 0, 60)]


def test_what_only_the_new_version_finds_counts_from_the_changeover():
    ledger = judged(changed_at(AT, RULES, LOWER), depths(*[0.1] * 100))
    assert told(ledger) == [(version(LOWER), 60, None)]


def test_a_late_reading_is_judged_by_the_version_of_its_time():
    """A puddle from before the changeover is none; it was not deep enough for the rule of then."""
    terms = changed_at(AT, RULES, LOWER)
    on_time = concatenate([depths(*[0.02] * 20), depths(*[0.1] * 20, begin=70)])
    late = concatenate([depths(*[0.1] * 10, begin=25), depths(*[0.02] * 10, begin=40)])
    ledger = judged(terms, on_time, late, until=START + 120 * MINUTE)
    assert told(ledger) == [(version(LOWER), 70, None)]


def test_late_readings_before_a_changeover_change_no_event_of_the_new_version():
    terms = changed_at(AT, RULES, LOWER)
    base = concatenate([depths(*[0.02] * 20), depths(*[0.1] * 20, begin=70)])
    without = judged(terms, base, until=START + 120 * MINUTE)
    late = concatenate([depths(*[0.4] * 10, begin=25), depths(*[0.02] * 10, begin=40)])
    ledger = judged(terms, base, late, until=START + 120 * MINUTE)
    assert told(ledger) == [(version(RULES), 25, 46), *told(without)]


def test_a_peak_after_the_changeover_is_none_of_the_former_version():
    ledger = judged(changed_at(AT, RULES, RENAMED), depths(*[0.2] * 60, *[0.9] * 10))
    former, present = sorted(
        (e for e in ledger.facts().values() if e.rule == "water"), key=lambda e: e.began
    )
    assert (former.severity, present.severity) == ("yellow", "orange")
    assert former.peak == pytest.approx(0.2 / 0.15)


def test_versions_share_the_signals_that_are_the_same_in_them():
    engine = new_engine(Remembered(), changed_at(AT, RULES, RENAMED))
    assert len(engine.signals) == len(new_engine(Remembered()).signals)
    assert signal_of(engine, "water", "deep")


def test_a_rule_that_came_later_judges_nothing_from_before_it_came():
    terms = changed_at(AT, RULES, RULES.replace("id: water", "id: other-water"))
    ledger = judged(terms, depths(*[0.4] * 40, *[0.02] * 40, *[0.4] * 20))
    assert [began for _, began, _ in told(ledger, "other-water")] == [80]


def test_versions_that_explain_each_other_in_a_circle_are_ordered_by_the_terms_alone():
    rules = read_pack(RULES).rules
    rain = rules["rain"].model_copy(
        update={"explained_by": rules["water"].explained_by[:1], "version": "x"}
    )
    rain = rain.model_copy(
        update={"explained_by": (rain.explained_by[0].model_copy(update={"rule": "water"}),)}
    )
    terms = [Term(rules["rain"], until=AT), Term(rain, since=AT), Term(rules["water"])]
    assert ordered(terms) == ordered(terms[::-1])


def test_every_version_of_a_rule_explains_what_came_in_its_time():
    """Rain that goes on over a change of its rule quietens puddles before and after it."""
    terms = changed_at(AT, RULES, RULES.replace("why: it explains", "why: it does explain"))
    rain = depths(*[1.0] * 100, number=21)
    water = concatenate([depths(*[0.4] * 10, *[0.02] * 70), depths(*[0.4] * 20, begin=80)])
    ledger = judged(terms, concatenate([rain, water]))
    found = [e for e in ledger.facts().values() if e.rule == "water"]
    assert [e.standing for e in found] == [Standing.EXPLAINED] * 2
    assert len({e.why["explained_by"]["event"] for e in found}) == 2


# On trial -------------------------------------------------------------------------------------


def on_trial(text, since=AT):
    rule = read_pack(text).rules["water"]
    return Term(rule.model_copy(update={"status": Status.SHADOW}), since)


def test_a_version_on_trial_stands_beside_the_one_in_force_and_opens_no_case():
    terms = [*ordered(read_pack(RULES)), on_trial(LOWER)]
    ledger = judged(terms, depths(*[0.02] * 65, *[0.1] * 10, *[0.4] * 10))
    assert told(ledger) == [(version(LOWER), 65, None), (version(RULES), 75, None)]
    shadow, active = sorted(
        (e for e in ledger.facts().values() if e.rule == "water"), key=lambda e: e.began
    )
    assert (shadow.shadow, active.shadow) == (True, False)
    assert shadow.case_key == ""
    assert shadow.why["would_open"] == active.case_key


def test_the_version_in_force_on_trial_too_is_told_apart():
    terms = [*ordered(read_pack(RULES)), on_trial(RULES)]
    ledger = judged(terms, depths(*[0.02] * 65, *[0.4] * 10))
    assert len(told(ledger)) == 2


# Neither order nor crash nor the moment of the change matters -----------------------------------

CHANGES = {
    "a lower limit": LOWER,
    "only words": RENAMED,
    "a rule less": RULES.replace("id: flooded-zone", "id: another"),
    "the rain another": RULES.replace("high: 10 mm/h", "high: 1 mm/h"),
    "a longer delay": RULES.replace("on_delay: PT4M", "on_delay: PT10M"),
}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 9),
    order=st.integers(0, 2**32 - 1),
    minute=st.integers(1, 239),
    change=st.sampled_from(sorted(CHANGES)),
    twice=st.booleans(),
)
def test_order_batches_crashes_and_when_a_change_is_known_change_nothing(
    seed, order, minute, change, twice
):
    """The change is in force from a device time; the engine learns of it at any other moment."""
    rng = np.random.default_rng(order)
    batch = readings(seed)
    at = START + minute * MINUTE
    before, after = read_pack(RULES), changed_at(at, RULES, CHANGES[change])
    if twice:  # and back again
        back = at + np.timedelta64(40, "m")
        after = [replace(term, until=back) if term.since == at else term for term in after]
        after += [Term(term.rule, since=back) for term in after if term.until == at]
    delay = rng.uniform(0, rng.choice([1, 200]) * 60e6, len(batch)).astype("m8[us]")
    arrival = np.argsort(batch.time + delay, kind="stable")
    cuts = np.sort(rng.integers(0, len(batch) + 1, 9))
    parts = [rows for rows in np.split(arrival, cuts) if len(rows)]
    received = np.empty(len(batch), dtype="M8[us]")
    for number, rows in enumerate(parts):
        received[rows] = batch.time.max() + np.timedelta64(number + 1, "s")
    batch = batch.with_columns(received=received)
    history, ledger = Remembered(batch), Ledger()
    learnt, known = rng.integers(0, len(parts) + 1), before
    engine, body, since = new_engine(history, known), None, {}
    for number, rows in enumerate(parts):
        if number == learnt:
            known = after
            engine.turn_to(after)
        engine.judge(batch[rows])
        if rng.random() < 0.3:  # told twice
            engine.judge(batch[rng.permutation(rows)[:5]])
        if rng.random() < 0.5:
            engine.catch_up(int(rng.integers(1, 4)))
        if rng.random() < 0.6:
            engine.advance(batch.time[np.concatenate(parts[: number + 1])].max())
            since |= {event.id: event for event in ledger.settle(engine).events}
        if rng.random() < 0.3:
            body, since = engine.save(), {}
        if rng.random() < 0.3:  # a crash; all is stored and some of it is judged
            engine = new_engine(history, known)
            if body is not None:
                engine.restore(body)
            engine.remember(since.values())
            done = batch[np.concatenate(parts[: number + 1])]
            until = engine.received_until
            missed = done if np.isnat(until) else done[done.received > until]
            for stamp in np.unique(missed.received):
                engine.judge(missed[missed.received == stamp])
    engine.turn_to(after)
    while engine.catch_up():
        pass
    engine.advance(batch.time.max())
    ledger.settle(engine)
    once = judged(after, batch, channels=CHANNELS)
    assert ledger.facts() == once.facts()
    assert ledger.too_fast() == once.too_fast()


def test_the_changes_of_the_claim_above_do_change_something():
    plain = dict.fromkeys(CHANGES, 0)
    for seed in range(5):
        batch = readings(seed)
        for change, text in CHANGES.items():
            terms = changed_at(START + 100 * MINUTE, RULES, text)
            facts = judged(terms, batch, channels=CHANNELS).facts()
            plain[change] += facts != in_order(batch).facts()
    assert all(plain.values()), plain


def test_a_term_that_ended_long_ago_is_dropped_and_nothing_of_it_changes():
    terms = changed_at(AT, RULES, LOWER)
    engine, ledger = new_engine(Remembered(), terms, WITHOUT_RATE), Ledger()
    batch = depths(*[0.4] * 30, *[0.02] * 200)
    engine.history.add(batch)
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    before = dict(ledger.events)
    engine.forget(START + 200 * MINUTE)
    assert [t.since for t in engine.terms if t.rule.id == "water"] == [AT]
    ledger.settle(engine)
    assert ledger.events == before
    assert [e.standing for e in before.values() if e.rule == "water"] == [Standing.OVER]
